import { hashCanonical } from '../base/canonical.ts';
import { monotonicMs } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { Commitments, SaltedCommitments } from '../receipts/log/secrets.ts';
import type { Observation } from '../terms/observation.ts';
import { type Issue, readObservation } from '../terms/read.ts';
import { isWellFormed, utf8Length } from '../terms/scalars.ts';
import { channels } from './channels.ts';
import type { ObservationOptions } from './decide.ts';
import { type Answering, Flight } from './flight.ts';
import type { Outcome } from './outcome.ts';
import type { RuntimeParts } from './parts.ts';
import type { Privacy } from './privacy.ts';
import type { Sealed } from './seal.ts';
import type { Tally } from './tally.ts';
import { isTrace, traceOf } from './trace.ts';

/**
 * An observation that was read and is new: what goes through the pipeline. Commitments under a
 * subject's own key are made when its leaf is: before, an erasure may still destroy that key.
 */
export interface Admitted extends Sealed {
  /** Keyed name of the data subject, where payloads are encrypted. */
  readonly subject: string | undefined;
  /** Its own time in ms, undefined where the receipt's time counts. */
  readonly at: number | undefined;
  readonly flight: Flight;
}

/** Reads, names and recognises observations (mu . mu = mu); ids in flight are on its table. */
export class Admittance {
  readonly #log: ReceiptLog;
  readonly #commitments: Commitments;
  readonly #tally: Tally;
  readonly #privacy: Privacy | undefined;
  readonly #inFlight = new Map<string, Flight>();
  #unreadable = 0;

  constructor(
    { log, commitments, privacy }: Pick<RuntimeParts, 'log' | 'commitments' | 'privacy'>,
    tally: Tally,
  ) {
    this.#log = log;
    this.#commitments = commitments;
    this.#tally = tally;
    this.#privacy = privacy;
  }

  /** Inputs refused as unreadable since opening. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /**
   * Admits a new observation, which is then on the table of ids in flight until
   * {@link Admittance.release}; anything else is answered here, or when its first one is.
   */
  admit(
    observation: Observation,
    input: unknown,
    options: ObservationOptions | undefined,
    to: Answering,
  ): Admitted | undefined {
    const startedMs = monotonicMs();
    checkOptions(observation, options);
    const read = readObservation(observation, input);
    if (!read.ok) {
      const { issues } = read;
      this.#refused(observation, () => issues);
      const id = options?.id;
      const named = id === undefined ? {} : { id };
      to.resolve({ outcome: 'invalid', stage: 'terms', ...named, issues });
      return undefined;
    }
    const { data, record } = read;
    const id = options?.id ?? hashCanonical('record', record);
    const idHash = this.#commitments.id(observation.type, id);
    const isOwn = this.#privacy !== undefined;
    const salted = isOwn ? unnamed : this.#commitments.salted(id);
    const cell = this.#tally.sectorOf(observation, data);
    // Members one by one: a spread in a literal took 6 us, and made a slow object.
    const admitted: Admitted = {
      observation,
      data,
      record,
      id,
      idHash,
      salted,
      observationHash: isOwn ? '' : salted.commit('observation', record),
      subject: undefined,
      at: observation.time === undefined ? options?.at : (data[observation.time] as number),
      principal: options?.principal,
      trace: options?.trace ?? traceOf(observation.type),
      flight: new Flight(idHash, record, to, cell, startedMs),
    };
    if (this.#isKnown(admitted, to)) return undefined;
    this.#inFlight.set(idHash, admitted.flight);
    return admitted;
  }

  /**
   * Reads an observation that came through observe() and fired. It is named when its leaf is
   * written, and no other can have its id.
   */
  admitStreamed(
    observation: Observation,
    input: unknown,
    at: number | undefined,
    to: Answering,
  ): Admitted | undefined {
    const startedMs = monotonicMs();
    const read = readObservation(observation, input);
    if (!read.ok) {
      const { issues } = read;
      this.#refused(observation, () => issues);
      to.resolve({ outcome: 'invalid', stage: 'terms', issues });
      return undefined;
    }
    const { data, record } = read;
    const cell = this.#tally.sectorOf(observation, data);
    return {
      observation,
      data,
      record,
      id: '',
      idHash: '',
      observationHash: '',
      salted: unnamed,
      subject: undefined,
      at: observation.time === undefined ? at : (data[observation.time] as number),
      principal: undefined,
      trace: traceOf(observation.type),
      flight: new Flight('', '', to, cell, startedMs),
    };
  }

  /**
   * Names a streamed observation after the place of its leaf, and commits under the subject's own
   * key where it has one; any other is as it was admitted.
   */
  named(admitted: Admitted, seq: number): Admitted {
    const { observation, data, record, flight } = admitted;
    if (!flight.isStreamed && this.#privacy === undefined) return admitted;
    const id = flight.isStreamed ? streamedId(seq) : admitted.id;
    const subject = this.#privacy?.subjectOf(observation, data);
    const salted =
      subject === undefined
        ? this.#commitments.salted(id)
        : this.#privacy!.saltedFor(subject, id, seq);
    return {
      ...admitted,
      id,
      idHash: flight.isStreamed ? this.#commitments.id(observation.type, id) : flight.idHash,
      salted,
      observationHash: salted.commit('observation', record),
      subject,
    };
  }

  /** Counts input that observe() could not read, and tells why where somebody listens. */
  refuse(observation: Observation, input: unknown): void {
    this.#refused(observation, () => {
      const read = readObservation(observation, input);
      return read.ok ? [] : read.issues;
    });
  }

  #refused(observation: Observation, issues: () => readonly Issue[]): void {
    this.#unreadable++;
    this.#tally.sectorOf(observation, undefined).answered('invalid');
    if (!channels.refused.hasSubscribers) return;
    // What came instead may quote the observation, which no channel does.
    const places = issues().map(({ path, expected }) => ({ path, expected }));
    channels.refused.publish({ type: observation.type, issues: places });
  }

  /** Takes an observation off the table: it is in the log now, or will never be. */
  release(flight: Flight): void {
    this.#inFlight.delete(flight.idHash);
  }

  #isKnown(admitted: Admitted, to: Answering): boolean {
    const { id, idHash, flight } = admitted;
    const { cell } = flight;
    const waiting = this.#inFlight.get(idHash);
    if (waiting !== undefined) {
      const same = waiting.record === flight.record;
      waiting.join({
        resolve: (first) => {
          const outcome = again(first, id, same);
          cell.answered(outcome.outcome);
          to.resolve(outcome);
        },
        reject: (error) => to.reject(error),
      });
      return true;
    }
    const seq = this.#log.findId(idHash);
    if (seq === undefined) return false;
    const entry = this.#log.read(seq);
    const { leaf, hash } = entry;
    if (leaf.kind !== 'apply') return false;
    const { time, snapshot } = leaf;
    const same =
      this.#privacy === undefined
        ? leaf.observation === admitted.observationHash
        : this.#privacy.isSame(entry, leaf.observation, admitted);
    const outcome = same ? 'duplicate' : 'conflict';
    cell.answered(outcome);
    to.resolve({
      outcome,
      id,
      receipt: { seq, hash, time, snapshot },
      first: leaf.outcome,
    });
    return true;
  }
}

const streamedPrefix = 'observe/';

/** Id of a streamed observation's leaf: its place in the log, which no other leaf has. */
export function streamedId(seq: number): string {
  return `${streamedPrefix}${seq}`;
}

const unnamed: SaltedCommitments = {
  commit: () => fail('KNHK_LOG_LEAF', 'observe', 'an observation with an id', 'none'),
};

function again(first: Outcome, id: string, same: boolean): Outcome {
  // Whatever waits for an id has been read, so its first outcome carries a receipt.
  const { receipt } = first as Extract<Outcome, { receipt: unknown }>;
  return { outcome: same ? 'duplicate' : 'conflict', id, receipt, first: first.outcome };
}

/** Checks what the host passes beside the observation; a mistake here is misuse. */
function checkOptions(observation: Observation, options: ObservationOptions | undefined): void {
  if (options === undefined) return;
  const { id, at, principal, trace } = options;
  const where = `apply ${observation.type}`;
  const text = (name: string, value: unknown): void => {
    const fine = typeof value === 'string' && value !== '' && isWellFormed(value);
    // A UTF-16 unit takes at most three bytes, so most ids need no count.
    if (fine && (3 * value.length <= limits.idBytes || utf8Length(value) <= limits.idBytes)) return;
    fail('KNHK_RUNTIME_OPTION', `${where}, ${name}`, `1 to ${limits.idBytes} bytes of text`, value);
  };
  if (id !== undefined) {
    text('id', id);
    if (id.startsWith(streamedPrefix)) {
      const expected = `an id that does not begin with ${streamedPrefix}`;
      fail('KNHK_RUNTIME_OPTION', `${where}, id`, expected, id);
    }
  }
  if (principal !== undefined) text('principal', principal);
  if (trace !== undefined && !isTrace(trace)) {
    fail('KNHK_RUNTIME_OPTION', `${where}, trace`, '1 to 64 printable ASCII characters', trace);
  }
  if (at !== undefined) checkAt(observation, at, where);
}

/**
 * Checks the time that a host gives beside an observation.
 *
 * @throws KnhkError KNHK_RUNTIME_OPTION
 */
export function checkAt(observation: Observation, at: unknown, where: string): void {
  if (observation.time !== undefined) {
    const expected = `no at: the time is the field ${observation.time}`;
    fail('KNHK_RUNTIME_OPTION', `${where}, at`, expected, at);
  }
  if (!Number.isSafeInteger(at) || Object.is(at, -0)) {
    fail('KNHK_RUNTIME_OPTION', `${where}, at`, 'integer milliseconds', at);
  }
}
