import { describe, expect, it } from 'vitest';
import { driftDetector } from '../../../src/loop/detectors/drift.ts';
import { frequencyDetector } from '../../../src/loop/detectors/frequency.ts';
import { hookRateDetector } from '../../../src/loop/detectors/hook-rate.ts';
import { hookUseDetector } from '../../../src/loop/detectors/hook-use.ts';
import { noveltyDetector } from '../../../src/loop/detectors/novelty.ts';
import { outcomeDetector } from '../../../src/loop/detectors/outcomes.ts';
import { presenceDetector } from '../../../src/loop/detectors/presence.ts';
import { seasonalDetector } from '../../../src/loop/detectors/seasonal.ts';
import { seriesDetector } from '../../../src/loop/detectors/series.ts';
import { silenceDetector } from '../../../src/loop/detectors/silence.ts';
import { type StandardOptions, standardDetectors } from '../../../src/loop/detectors/standard.ts';
import type { Detector } from '../../../src/loop/types.ts';
import { codeOf } from '../../support/runtime.ts';
import { noRules, viewOf } from '../support/view.ts';

type Make = (options: object) => Detector;
const makers: Readonly<Record<string, Make>> = {
  hookRate: hookRateDetector,
  hookUse: hookUseDetector,
  frequency: frequencyDetector,
  outcomes: outcomeDetector,
  silence: silenceDetector,
  seasonal: seasonalDetector,
  drift: driftDetector,
  novelty: noveltyDetector,
  presence: presenceDetector,
  series: seriesDetector,
};

describe('the standard detectors', () => {
  it('are all, each under a name of its own; false leaves one out', () => {
    const names = (options?: StandardOptions): string[] =>
      standardDetectors(options).map(({ name }) => name);
    expect(names()).toEqual([
      ...['hook-rate', 'hook-use', 'frequency', 'outcomes', 'silence', 'seasonal'],
      ...['drift', 'novelty', 'presence', 'series'],
    ]);
    for (const key of Object.keys(makers)) {
      expect(names({ [key]: false })).toHaveLength(9);
      expect(names({ [key]: false })).not.toContain(makers[key]!({}).name);
    }
  });

  it('are given their options', async () => {
    for (const key of Object.keys(makers)) {
      const options = key === 'hookRate' ? { ratio: 0 } : { patternsMax: 0 };
      const work = async () => standardDetectors({ [key]: options });
      expect(await codeOf(work), key).toBe('KNHK_LOOP_SETTING');
    }
  });

  it('find nothing in nothing', () => {
    for (const detector of standardDetectors()) {
      expect(detector.detect(viewOf({ document: noRules }))).toEqual([]);
    }
  });
});

describe('options of a detector', () => {
  it.each([
    ['hookUse', { cyclesMin: 0, share: 0.5, patternsMax: 256 }],
    ['hookUse', { cyclesMin: 64, observedMin: 1, patternsMax: 1 }],
    ['drift', { falseAlarms: 1, recommend: 'enforce' }],
    ['seasonal', { slotMs: 1, periodMs: 2 }],
    ['seasonal', { slotMs: 1_000, periodMs: 1_024_000, typesMax: 65_536 }],
  ] as const)('%s takes the least and the greatest of them: %j', (key, options) => {
    expect(makers[key]!(options).name).toContain(makers[key]!({}).name);
  });

  it.each([
    ['hookRate', 'historyMin', [1, 65]],
    ['hookRate', 'expectedMin', [-1]],
    ['hookRate', 'deviations', [-1]],
    ['hookRate', 'ratio', [0.9]],
    ['hookUse', 'observedMin', [0]],
    ['hookUse', 'cyclesMin', [-1, 65]],
    ['hookUse', 'share', [0, 0.6]],
    ['frequency', 'countMin', [0]],
    ['frequency', 'ratio', [0.9]],
    ['frequency', 'windowsMin', [0]],
    ['outcomes', 'countMin', [0]],
    ['outcomes', 'historyMin', [0]],
    ['outcomes', 'ratio', [0.9]],
    ['outcomes', 'riseMin', [-0.1, 1.1]],
    ['silence', 'countMin', [1]],
    ['silence', 'ratio', [0.9]],
    ['silence', 'knownRatio', [-1]],
    ['seasonal', 'slotMs', [0, 7]],
    ['seasonal', 'periodMs', [0, 3_600_000, 3_600_000 * 1_025, 5_400_000]],
    ['seasonal', 'periodsMin', [0]],
    ['seasonal', 'countMin', [0]],
    ['seasonal', 'ratio', [0.9]],
    ['seasonal', 'typesMax', [0, 65_537]],
    ['drift', 'historyMin', [1]],
    ['drift', 'deviations', [-1]],
    ['novelty', 'historyMin', [9]],
    ['novelty', 'margin', [-0.1]],
    ['presence', 'countMin', [0]],
    ['presence', 'historyMin', [0]],
    ['presence', 'change', [-0.1, 1.1]],
    ['series', 'scoreMin', [0, 1.1]],
    ['series', 'historyMin', [0]],
    ['drift', 'falseAlarms', [0, 1.1]],
    ['drift', 'patternsMax', [0, 257]],
    ['drift', 'recommend', ['shout', 1]],
  ] as const)('%s refuses %s where it makes no sense', async (key, name, values) => {
    const strange = name === 'recommend' ? [] : [Number.NaN, '5', null, Number.POSITIVE_INFINITY];
    for (const value of [...values, ...strange]) {
      const work = async () => makers[key]!({ [name]: value });
      expect(await codeOf(work), String(value)).toBe('KNHK_LOOP_SETTING');
    }
    expect(makers[key]!({ [name]: undefined }).name).toBe(makers[key]!({}).name);
  });
});
