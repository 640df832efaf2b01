import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import type { Pattern, Recommendation } from '../types.ts';
import type { FieldView, MonitorView, TypeView } from '../view.ts';
import type { Finding } from './settings.ts';
import { confidenceOf, round } from './statistics.ts';

/** What a judgement says of a pattern; detector, confidence and rounding are added. */
export interface Judged extends Omit<Pattern, 'detector' | 'confidence' | 'recommend'> {
  readonly surprise: number;
  readonly recommend: Recommendation;
}

/** Asks about each type and keeps what surprises enough among as many. */
export function overTypes(
  name: string,
  view: MonitorView,
  settings: Finding,
  judge: (type: TypeView) => Judged | undefined,
): readonly Pattern[] {
  const found: Judged[] = [];
  let keys = 0;
  for (const type of view.types()) {
    keys++;
    const judged = judge(type);
    if (judged !== undefined) found.push(judged);
  }
  return surprising(name, found, keys, settings);
}

/** Asks about each field and keeps what surprises enough among as many. */
export function overFields(
  name: string,
  view: MonitorView,
  settings: Finding,
  judge: (field: FieldView) => Judged | undefined,
): readonly Pattern[] {
  const found: Judged[] = [];
  let keys = 0;
  for (const field of view.fields()) {
    keys++;
    const judged = judge(field);
    if (judged !== undefined) found.push(judged);
  }
  return surprising(name, found, keys, settings);
}

const none: readonly Pattern[] = [];

/**
 * What would be found no more often than the false alarms allowed, were nothing the matter
 * (Bonferroni: the allowance is shared among all keys), the most surprising first.
 */
export function surprising(
  detector: string,
  found: readonly Judged[],
  keys: number,
  { falseAlarms, patternsMax, recommend }: Finding,
): readonly Pattern[] {
  if (found.length === 0) return none;
  const least = Math.log(keys / falseAlarms);
  return found
    .filter(({ surprise }) => surprise >= least)
    .sort((left, right) => right.surprise - left.surprise)
    .slice(0, patternsMax)
    .map((judged) => patternOf(detector, judged, recommend));
}

const most = Number.MAX_VALUE;

/** The pattern of a judgement. */
export function patternOf(
  detector: string,
  { surprise, evidence, ...rest }: Judged,
  recommend: Recommendation = rest.recommend,
): Pattern {
  const rounded: Record<string, number> = {};
  for (const [name, value] of Object.entries({ ...evidence, surprise })) {
    // Figures of values near the greatest number overflow; evidence has to be finite.
    if (!Number.isNaN(value)) rounded[name] = round(Math.max(-most, Math.min(most, value)));
  }
  const confidence = confidenceOf(surprise);
  return { detector, ...rest, confidence, evidence: rounded, recommend };
}

const outcomes: readonly LeafOutcome[] = [
  ...(['acted', 'pending', 'denied', 'idle', 'invalid', 'failed'] as const),
];

/** Seqs of the latest observations of a type, ascending, at most 8. */
export function latestSeqs(type: TypeView): readonly number[] {
  const seqs = outcomes.flatMap((outcome) => type.samples(outcome));
  return seqs.sort((left, right) => left - right).slice(-8);
}
