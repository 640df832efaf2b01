import type { Detector, Pattern } from '../types.ts';
import type { FieldView, MonitorView } from '../view.ts';
import { type Judged, surprising } from './found.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';
import { shareSurprise } from './statistics.ts';

/** Options of {@link presenceDetector}. */
export interface PresenceOptions extends FindingOptions {
  /** Observations of the open cycle that there must be; default 20. */
  readonly countMin?: number;
  /** Observations before the open cycle that there must be; default 100. */
  readonly historyMin?: number;
  /** Least difference from the share before; default 0.1. */
  readonly change?: number;
}

type Names = 'countMin' | 'historyMin' | 'change';

const bounds: Bounds<Names> = {
  countMin: [20, 1, 1e9],
  historyMin: [100, 1, 1e12],
  change: [0.1, 0, 1],
};

/**
 * Finds fields whose use has changed: `schema-drift`, where another share of observations has them
 * than before, and `field-kind`, where another share of their values are numbers.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * presenceDetector({ change: 0.5 }).name; // => 'presence'
 * presenceDetector({ change: 2 }); // => throws KNHK_LOOP_SETTING
 */
export function presenceDetector(options: PresenceOptions = {}): Detector {
  const settings = settingsOf('presenceDetector', options, bounds);
  return { name: 'presence', detect: (view) => detect(view, settings) };
}

function detect(view: MonitorView, settings: Settings<Names>): readonly Pattern[] {
  const found: Judged[] = [];
  let keys = 0;
  for (const field of view.fields()) {
    keys += 2;
    const now = field.presentNow;
    const observed = now + field.absentNow;
    if (observed < settings.countMin) continue;
    const before = field.present - now;
    const observedBefore = field.present + field.absent - observed;
    const presence = judge(
      'schema-drift',
      field,
      [now, observed, before, observedBefore],
      settings,
    );
    if (presence !== undefined) found.push(presence);
    const numbers = field.numbersNow?.count ?? 0;
    const numbersBefore = field.numbers?.count ?? 0;
    if (now < settings.countMin || numbers + numbersBefore === 0) continue;
    const kind = judge('field-kind', field, [numbers, now, numbersBefore, before], settings);
    if (kind !== undefined) found.push(kind);
  }
  return surprising('presence', found, keys, settings);
}

function judge(
  kind: string,
  field: FieldView,
  [count, observed, countBefore, observedBefore]: readonly [number, number, number, number],
  settings: Settings<Names>,
): Judged | undefined {
  if (observedBefore < settings.historyMin) return undefined;
  const share = count / observed;
  const shareBefore = countBefore / observedBefore;
  if (Math.abs(share - shareBefore) < settings.change || share === shareBefore) return undefined;
  return {
    kind,
    subject: `${field.type} ${field.field}`,
    direction: share > shareBefore ? 'more' : 'less',
    surprise: shareSurprise(count, observed, countBefore, observedBefore),
    evidence: { count, observed, share, shareBefore, observedBefore },
    seqs: [],
    recommend: 'alert',
  };
}
