import { hashCanonical } from '../base/canonical.ts';
import type { Clock } from '../base/clock.ts';
import type { ContextState } from '../rules/context.ts';
import { type EvaluationRecord, evaluate } from '../rules/evaluate.ts';
import type { Snapshot, TypePlan } from '../rules/snapshot.ts';
import { readObservation } from '../terms/read.ts';
import { type Glance, timeOf } from './glance.ts';
import { type Decision, decidedOf, nothing, type Sigma } from './outcome.ts';

/** Options of decide() and apply(). */
export interface ObservationOptions {
  /** The host's id, at most 256 bytes; by default the content's hash. */
  readonly id?: string;
  /** Time in ms for types without a time field; by default the receipt's time. */
  readonly at?: number;
  /** Who asks, for guards; at most 256 bytes. */
  readonly principal?: string;
  /**
   * Trace identifier that the leaf keeps, such as a traceparent of W3C Trace Context: at most 64
   * printable ASCII characters. By default what a listener on `channels.trace` says.
   */
  readonly trace?: string;
  /** Cancels an apply() that has not been sequenced yet: no leaf, and the id stays free. */
  readonly signal?: AbortSignal;
}

/** The decisions where nothing fires: frozen constants, so that they cost no memory. */
const idleConforms: Decision = Object.freeze({ ...nothing, sigma: 'conforms' });
const idleUnchecked: Decision = Object.freeze({ ...nothing, sigma: 'unchecked' });

/**
 * decide(): the fields that conditions read are checked and classified straight from the input;
 * only when something fires is the whole observation read and evaluated.
 */
export function decideOn(
  snapshot: Snapshot,
  plan: TypePlan,
  glance: Glance,
  context: ContextState,
  clock: Clock,
  input: unknown,
  options: ObservationOptions | undefined,
): Decision {
  const conforms = snapshot.document.shapes === null;
  const sigma: Sigma = conforms ? 'conforms' : 'unchecked';
  const idle = conforms ? idleConforms : idleUnchecked;
  if (typeof input === 'object' && input !== null) {
    try {
      // An unreadable field needs the whole reading too: it names what is wrong.
      const members = input as Record<string, unknown>;
      const at = glance.windowed ? timeOf(plan.observation, members, clock, options?.at) : 0;
      const look = at === undefined ? -1 : glance.look(members, context, at);
      if (look === 0) return idle;
      const known = look === 1 ? glance.known(snapshot, sigma) : undefined;
      if (known !== undefined && glance.reader.fits(input)) return known;
    } catch {
      // A getter or proxy of the host's object threw; reading it whole turns that into an issue.
    }
  }
  // explain() builds the same record. Sharing the code makes this function small enough for V8 to
  // inline into its caller, and the first look above is then no longer inlined: 58 ns become 68.
  const { observation } = plan;
  const read = readObservation(observation, input);
  if (!read.ok) return { outcome: 'invalid', stage: 'terms', issues: read.issues, sigma };
  const { time } = observation;
  const at = time === undefined ? (options?.at ?? clock.now()) : (read.data[time] as number);
  const view = context.view(observation.type, read.data, at);
  const record: EvaluationRecord = {
    type: observation.type,
    data: read.data,
    at,
    // Only code asks for the id: a template decides without hashing.
    get id() {
      return options?.id ?? hashCanonical('record', read.record);
    },
    ...(options?.principal === undefined ? {} : { principal: options.principal }),
  };
  const evaluation = evaluate(snapshot, view, record);
  if (evaluation.fired.length === 0) return idle;
  return { ...decidedOf(evaluation, snapshot), sigma };
}
