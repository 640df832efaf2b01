import { fail } from '../base/errors.ts';
import { isWellFormed } from '../terms/scalars.ts';
import type { AuditReceipt } from './audit.ts';
import type { RuntimeCore } from './core.ts';
import type { Privacy } from './privacy.ts';
import { systemError } from './systemError.ts';

/** Why a subject is erased, and who asks for it; both are written to the log for ever. */
export interface EraseOptions {
  /** Such as a ticket or an article of law. It must not name the subject. */
  readonly reason: string;
  /** Who asked; not the subject itself. */
  readonly actor?: string;
}

/** What an erasure did. Nothing of it is known to be done before it is returned. */
export interface EraseReport {
  /** Keyed hash of the subject, as the erase leaf names it. */
  readonly subject: string;
  /** Keys that were destroyed; 0 where there was none left. */
  readonly keys: number;
  /** Payloads that were destroyed with it; 0 where none was left. */
  readonly payloads: number;
  /** Leaves that lost their payload to the last erasure of this subject, and stay in the log. */
  readonly leaves: number;
  /** The erase leaf; undefined where the log never held anything of the subject. */
  readonly receipt?: AuditReceipt;
}

const marksEvery = 65_536;

/** True where a text holds the subject as a word of its own. */
function names(text: string, subject: string): boolean {
  const escaped = subject.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const word = new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'iu');
  return word.test(text);
}

function check(subject: unknown, options: EraseOptions): void {
  const isText = (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && isWellFormed(value);
  if (!isText(subject)) fail('KNHK_RUNTIME_ERASE', 'erase, subject', 'a subject', subject);
  for (const [member, value] of Object.entries({ actor: 'unknown', ...options })) {
    if (member !== 'reason' && member !== 'actor') continue;
    const where = `erase, ${member}`;
    if (!isText(value)) fail('KNHK_RUNTIME_ERASE', where, 'a text', value);
    // What came is not quoted: it is what must not be written down.
    if (names(value, subject)) fail('KNHK_RUNTIME_ERASE', where, 'not the subject', 'its name');
  }
  if (options?.reason === undefined) {
    fail('KNHK_RUNTIME_ERASE', 'erase, reason', 'a text', undefined);
  }
}

/**
 * Erases subjects, one after the other. The erase leaf is the intent: whatever breaks behind it is
 * finished when the log is opened again, and the leaf never comes before a savepoint that needs
 * none of the payloads.
 */
export class Erasures {
  readonly #core: RuntimeCore;
  #work: Promise<unknown> = Promise.resolve();
  #markedAt: number;
  /** A leaf may be durable whose key is alive. */
  #isErasing = false;

  constructor(core: RuntimeCore) {
    this.#core = core;
    const { log, privacy } = core.parts;
    this.#markedAt = log.durableSize;
    if (privacy === undefined) return;
    privacy.resume = () => this.#resume(privacy);
    log.onCheckpoint(({ size }) => {
      if (size - this.#markedAt >= marksEvery) this.#mark(privacy);
    });
  }

  /** Erases one subject. */
  erase(subject: string, options: EraseOptions): Promise<EraseReport> {
    const erasing = this.#work.then(() => this.#erase(subject, options));
    this.#work = erasing.catch(() => {});
    return erasing;
  }

  /** Finishes what an earlier process began. What keeps it from that is tried again later. */
  async #resume(privacy: Privacy): Promise<void> {
    try {
      if (privacy.unfinished.size > 0) await this.#again(privacy);
    } catch (error) {
      process.emitWarning(`erasure: ${String(error)}`, 'KnhkWarning');
    }
  }

  /** Resolves when no erasure is under way, and lets go of the keys. */
  async close(): Promise<void> {
    await this.#work;
    const { privacy } = this.#core.parts;
    if (privacy === undefined) return;
    this.#mark(privacy);
    privacy.store.close();
  }

  async #erase(subject: string, options: EraseOptions): Promise<EraseReport> {
    const { log, privacy, commitments } = this.#core.parts;
    if (privacy === undefined) {
      const expected = 'a runtime that was opened with encryption';
      return fail('KNHK_RUNTIME_ENCRYPTION', 'erase', expected, 'one without');
    }
    check(subject, options);
    this.#refuse();
    const name = commitments.subject(subject);
    let done: Begun = { keys: 0, payloads: 0 };
    try {
      if (privacy.unfinished.size > 0) await this.#again(privacy);
      // In a thread of its own, so that little is left to look through while nothing is sequenced.
      if (privacy.keyring.find(name).length > 0) await log.seal();
      // Nothing is sequenced between the savepoint and the death of the key.
      await this.#core.turns.paused(async () => {
        if (privacy.keyring.find(name).length === 0) return;
        this.#isErasing = true;
        done = await this.#begin(privacy, subject, name, options);
        this.#isErasing = false;
        // Here, where no other epoch is on its way: the segment surely ends behind the erasure.
        await log.seal();
      });
      if (privacy.unfinished.size > 0) await this.#finish(privacy);
      return this.#report(name, done);
    } catch (error) {
      throw systemError(error, `erase, ${log.origin}`);
    }
  }

  #refuse(): void {
    const core = this.#core;
    if (core.closing) fail('KNHK_RUNTIME_CLOSED', 'erase', 'an open runtime', 'a closed one');
    const refusal = core.refusal();
    if (refusal !== undefined) throw refusal;
  }

  /** Savepoint, leaf, and the death of the key. */
  async #begin(
    privacy: Privacy,
    subject: string,
    name: string,
    { reason, actor }: EraseOptions,
  ): Promise<Begun> {
    const core = this.#core;
    const { log } = core.parts;
    await core.savepoints.save();
    const found = log.find({ subject: name });
    const payloads = found.filter((seq) => log.read(seq).payloadState === 'present').length;
    this.#refuse();
    const body = { kind: 'erase', subject: name, reason, payloads } as const;
    const { seq, durable } = log.append(
      actor === undefined ? body : { ...body, actor },
      log.tick(),
    );
    // As folding the leaf does, where names are all that is known.
    core.context.forget((value) => (value === subject ? name : undefined));
    await durable;
    privacy.unfinished.set(name, seq);
    const keys = await privacy.store.destroy(new Map([[name, seq]]));
    privacy.keyring.forget();
    return { keys, payloads };
  }

  /** Finishes what could not be finished before. */
  async #again(privacy: Privacy): Promise<void> {
    await this.#core.parts.log.seal();
    await this.#finish(privacy);
  }

  /** Payloads and older savepoints: what nobody can open, or still holds the subject as a key. */
  async #finish(privacy: Privacy): Promise<void> {
    const { log } = this.#core.parts;
    const erased = new Map(privacy.unfinished);
    await this.#core.savepoints.save();
    log.dropSavepoints(1 + Math.max(...erased.values()));
    log.dropPayloads(erased);
    for (const name of erased.keys()) privacy.unfinished.delete(name);
    this.#mark(privacy);
  }

  #report(name: string, { keys, payloads }: Begun): EraseReport {
    const { log, privacy } = this.#core.parts;
    const report = { subject: name, keys, payloads };
    for (const seq of privacy?.keyring.erasedBy(name) ?? []) {
      // Keys outlive a log that was put back: another leaf may stand there now, or none.
      if (seq >= log.durableSize) continue;
      const { leaf, hash } = log.read(seq);
      if (leaf.kind !== 'erase' || leaf.subject !== name) continue;
      return { ...report, leaves: leaf.payloads, receipt: { seq, hash, time: leaf.time } };
    }
    return { ...report, leaves: 0 };
  }

  /** Without a mark all erasures since the last one are looked up at the next opening. */
  #mark({ store, unfinished }: Privacy): void {
    const { log } = this.#core.parts;
    const size = log.durableSize;
    const isSettled = unfinished.size === 0 && !this.#isErasing;
    if (!isSettled || size === 0 || log.failure !== undefined) return;
    try {
      store.setMark(size, log.read(size - 1).hash);
      this.#markedAt = size;
    } catch (error) {
      process.emitWarning(`erasures: ${String(error)}`, 'KnhkWarning');
    }
  }
}

interface Begun {
  readonly keys: number;
  readonly payloads: number;
}
