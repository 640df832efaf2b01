import type { Detector, Pattern } from '../types.ts';
import type { MonitorView } from '../view.ts';
import { type Bounds, numbersOf } from './settings.ts';
import { round } from './statistics.ts';

/** Options of {@link hookRateDetector}. */
export interface HookRateOptions {
  /** Closed cycles a hook needs before it is judged; default 4. */
  readonly historyMin?: number;
  /** Firings a hook must be expected to have before it is judged; default 25. */
  readonly expectedMin?: number;
  /** Standard deviations from the expected count; default 3. */
  readonly deviations?: number;
  /** Least ratio to the expected count, either way; default 1.5. */
  readonly ratio?: number;
}

const bounds: Bounds<keyof HookRateOptions> = {
  historyMin: [4, 2, 64],
  expectedMin: [25, 0, 1e12],
  deviations: [3, 0, 1e9],
  ratio: [1.5, 1, 1e9],
};

/**
 * Finds hooks that fire far more or far less often than their history. The count of a cycle is
 * compared with the pooled rate of the cycles before; the spread allowed for is the binomial one
 * plus what the history's own cycles varied by, so that a restless hook is not called anomalous
 * for being restless.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * const detectors = [hookRateDetector({ deviations: 4, ratio: 2 })];
 * const watching = await openLoop({ runtime: knhk, detectors, planners: [], autonomy: 'observe' });
 * await watching.close();
 */
export function hookRateDetector(options: HookRateOptions = {}): Detector {
  const { historyMin, expectedMin, deviations, ratio } = numbersOf(
    'hookRateDetector',
    options,
    bounds,
  );
  return {
    name: 'hook-rate',
    detect: (view) =>
      view.document.hooks.flatMap((hook) => {
        const pattern = judge(view, hook.name, hook.on, historyMin);
        if (pattern === undefined) return [];
        const { z, count, expected } = pattern.evidence as Record<string, number>;
        if (expected! < expectedMin) return [];
        const times = (count! + 0.5) / (expected! + 0.5);
        const far = Math.abs(z!) >= deviations && (times >= ratio || times <= 1 / ratio);
        return far ? [pattern] : [];
      }),
  };
}

function judge(
  view: MonitorView,
  hook: string,
  type: string,
  historyMin: number,
): Pattern | undefined {
  const history = view.history(hook).filter(({ observed }) => observed > 0);
  const observed = view.open.observed[type] ?? 0;
  if (history.length < historyMin || observed === 0) return undefined;
  const total = history.reduce((sum, cycle) => sum + cycle.observed, 0);
  const firedBefore = history.reduce((sum, cycle) => sum + cycle.fired, 0);
  // Half a firing more keeps a rule that never fired comparable (Jeffreys' prior).
  const rate = (firedBefore + 0.5) / (total + 1);
  const count = view.open.fired[hook] ?? 0;
  const expected = observed * rate;
  const binomial = observed * rate * (1 - rate) * (1 + observed / total);
  const spread =
    history.reduce((sum, cycle) => sum + (cycle.fired / cycle.observed - rate) ** 2, 0) /
    (history.length - 1);
  // What exceeds the binomial spread of the history's own cycles is the hook's restlessness.
  const mean = total / history.length;
  const restless = Math.max(0, spread - (rate * (1 - rate)) / mean) * observed ** 2;
  const z = (count - expected) / Math.sqrt(binomial + restless);
  return {
    detector: 'hook-rate',
    kind: 'hook-rate',
    subject: hook,
    direction: z > 0 ? 'more' : 'less',
    // Cantelli's inequality: holds whatever the distribution of the counts.
    confidence: round(1 - 1 / (1 + z * z)),
    evidence: {
      count,
      observed,
      expected: round(expected),
      rate: round(count / observed),
      historyRate: round(rate),
      historyCycles: history.length,
      z: round(z),
    },
    seqs: view.samples(hook),
    recommend: 'propose',
  };
}
