import type { Detector, Pattern } from '../types.ts';
import type { MonitorView, TypeView } from '../view.ts';
import { type Judged, surprising } from './found.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';
import { shareSurprise } from './statistics.ts';

/** Options of {@link outcomeDetector}. */
export interface OutcomeOptions extends FindingOptions {
  /** Such outcomes that the window must hold; default 10. */
  readonly countMin?: number;
  /** Observations of the type before the window that there must be; default 100. */
  readonly historyMin?: number;
  /** Least ratio to the share before; default 2. */
  readonly ratio?: number;
  /** Least difference from the share before; default 0.01. */
  readonly riseMin?: number;
}

type Names = 'countMin' | 'historyMin' | 'ratio' | 'riseMin';

const bounds: Bounds<Names> = {
  countMin: [10, 1, 1e9],
  historyMin: [100, 1, 1e9],
  ratio: [2, 1, 1e9],
  riseMin: [0.01, 0, 1],
};

const watched = ['failed', 'invalid', 'denied'] as const;

/**
 * Finds types of which a far greater share fails (`failed-spike`), violates its shapes
 * (`invalid-spike`) or is denied (`denied-spike`) than before the window. Said in cycles in which
 * the outcome occurred, as long as the window shows it.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * outcomeDetector({ countMin: 50 }).name; // => 'outcomes'
 * outcomeDetector({ riseMin: 2 }); // => throws KNHK_LOOP_SETTING
 */
export function outcomeDetector(options: OutcomeOptions = {}): Detector {
  const settings = settingsOf('outcomeDetector', options, bounds);
  return { name: 'outcomes', detect: (view) => detect(view, settings) };
}

function detect(view: MonitorView, settings: Settings<Names>): readonly Pattern[] {
  const found: Judged[] = [];
  let keys = 0;
  for (const type of view.types()) {
    keys += watched.length;
    const { count } = type;
    if (count < settings.countMin || type.total - count < settings.historyMin) continue;
    const { outcomes } = type;
    for (const outcome of watched) {
      if (outcomes[outcome] < settings.countMin) continue;
      const judged = judge(type, outcome, view, settings);
      if (judged !== undefined) found.push(judged);
    }
  }
  return surprising('outcomes', found, keys, settings);
}

function judge(
  type: TypeView,
  outcome: (typeof watched)[number],
  view: MonitorView,
  settings: Settings<Names>,
): Judged | undefined {
  const { count: observed, total } = type;
  const count = type.outcomes[outcome];
  const observedBefore = total - observed;
  const countBefore = type.totals[outcome] - count;
  const share = count / observed;
  const shareBefore = countBefore / observedBefore;
  if (share < settings.ratio * shareBefore) return undefined;
  if (share - shareBefore < settings.riseMin) return undefined;
  const samples = type.samples(outcome);
  const fresh = samples.some((seq) => seq >= view.open.seqs[0]);
  if (!fresh) return undefined;
  return {
    kind: `${outcome}-spike`,
    subject: type.type,
    direction: 'more',
    surprise: shareSurprise(count, observed, countBefore, observedBefore),
    evidence: { count, observed, share, shareBefore, observedBefore },
    seqs: [...samples],
    recommend: 'alert',
  };
}
