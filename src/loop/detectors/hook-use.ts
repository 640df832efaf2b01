import type { RulesDocument } from '../../rules/document.ts';
import type { Detector, Pattern } from '../types.ts';
import type { MonitorView } from '../view.ts';
import { type Judged, patternOf } from './found.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';

/** Options of {@link hookUseDetector}. */
export interface HookUseOptions extends Omit<FindingOptions, 'falseAlarms'> {
  /** Observations of its type that a hook must have been asked about; default 1,000. */
  readonly observedMin?: number;
  /** Closed cycles that these must lie in, the open one beside them; default 4. */
  readonly cyclesMin?: number;
  /** The share of firings that would be use, and of the others; default 0.005. */
  readonly share?: number;
}

type Names = 'observedMin' | 'cyclesMin' | 'share';

const bounds: Bounds<Names> = {
  observedMin: [1_000, 1, 1e12],
  cyclesMin: [4, 0, 64],
  share: [0.005, 1e-9, 0.5],
};

/** Closed cycles that a view's history holds. */
const historyMax = 64;

type HookEntry = RulesDocument['hooks'][number];

/**
 * Finds hooks that fired on none (`hook-never`) or all (`hook-always`) of the observations since
 * their rules last changed, at most 65 cycles back: the one is dead, the other decides nothing.
 * Confidence is 1 less the probability that a hook with the given share of firings shows as much.
 * Said again whenever the evidence has doubled, and every 64 cycles where there is no room for
 * more. A hook without conditions fires always by its nature; hooks that are off are not asked.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * hookUseDetector({ observedMin: 10_000 }).name; // => 'hook-use'
 * hookUseDetector({ share: 0 }); // => throws KNHK_LOOP_SETTING
 */
export function hookUseDetector(options: HookUseOptions = {}): Detector {
  const settings = settingsOf('hookUseDetector', options, bounds);
  return {
    name: 'hook-use',
    detect: (view) => {
      const found: Pattern[] = [];
      for (const hook of view.document.hooks) {
        const judged = judge(hook, view, settings);
        if (judged === undefined) continue;
        found.push(patternOf('hook-use', judged, settings.recommend));
        if (found.length >= settings.patternsMax) break;
      }
      return found;
    },
  };
}

function judge(
  { name, on, when }: HookEntry,
  view: MonitorView,
  settings: Settings<Names>,
): Judged | undefined {
  const now = view.open.observed[on] ?? 0;
  if (now === 0 || view.document.switches.includes(name)) return undefined;
  const firedNow = view.open.fired[name] ?? 0;
  if (firedNow !== 0 && (firedNow < now || when.length === 0)) return undefined;
  const history = view.history(name);
  if (history.length < settings.cyclesMin) return undefined;
  let observed = now;
  let fired = firedNow;
  for (const cycle of history) {
    observed += cycle.observed;
    fired += cycle.fired;
  }
  if (fired !== 0 && fired !== observed) return undefined;
  if (observed < settings.observedMin) return undefined;
  const before = history.length === settings.cyclesMin ? 0 : observed - now;
  const doublings = (count: number): number => Math.floor(Math.log2(count / settings.observedMin));
  const grown = doublings(observed) > doublings(before);
  if (history.length < historyMax ? !grown : view.cycle % historyMax !== 0) return undefined;
  return {
    kind: fired === 0 ? 'hook-never' : 'hook-always',
    subject: name,
    surprise: -observed * Math.log1p(-settings.share),
    evidence: { fired, observed, historyCycles: history.length, share: settings.share },
    seqs: [...view.samples(name)],
    recommend: 'propose',
  };
}
