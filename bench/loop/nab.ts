import { type SeriesAnomaly, seriesAnomaly } from 'knhk/loop';
import { type BenchContext, measure } from '../harness.ts';
import { sequence } from '../inputs.ts';
import { type NabSeries, nabCorpus } from './nab-corpus.ts';
import { type NabProfile, nabScore } from './nab-score.ts';

const recordsMin = 1_000_000;
const goals: readonly [NabProfile, number][] = [
  ['standard', 58],
  ['lowFalseAlarms', 54],
];

/** What the detector of series reaches on the benchmark's part here, and what a record takes. */
export async function measureNab(context: BenchContext): Promise<void> {
  const corpus = nabCorpus();
  if (corpus === undefined) return;
  for (const timed of [true, false]) {
    const anomalies = corpus.map((series) => scoresOf(series, timed));
    for (const [profile, goal] of goals) {
      const { score } = nabScore(corpus, anomalies, profile);
      const figure = `NAB ${profile}${timed ? '' : ', without times'}`;
      const judged = timed ? { goal: `>= ${goal}`, met: score >= goal } : {};
      context.figure({ figure, value: score, unit: 'of 100', ...judged });
    }
  }
  const copies = copiesOf(corpus);
  const iterations = copies.reduce((sum, { values }) => sum + values.length, 0);
  const [measured] = await measure({
    contestants: [{ name: 'seriesAnomaly', run: () => passOver(copies) }],
    iterations,
  });
  const value = measured!.medianNs;
  const goal = '<= 300';
  context.figure({ figure: 'a record of a series', value, unit: 'ns', goal, met: value <= 300 });
}

function scoresOf(series: NabSeries, timed: boolean): Float64Array {
  const detector: SeriesAnomaly = seriesAnomaly();
  return series.values.map((value, index) =>
    timed ? detector.update(value, series.times[index]) : detector.update(value),
  );
}

/** The corpus again and again, each value a little different each time. */
function copiesOf(corpus: readonly NabSeries[]): NabSeries[] {
  const random = sequence(29);
  const copies: NabSeries[] = [];
  for (let records = 0; records < recordsMin; ) {
    for (const series of corpus) {
      const values = series.values.map((value) => value * (1 + random() / 1_000));
      copies.push({ ...series, values });
      records += values.length;
    }
  }
  return copies;
}

/** Every record through a detector of its series; the sum of the scores. */
function passOver(copies: readonly NabSeries[]): number {
  let sum = 0;
  for (const { values, times } of copies) {
    const detector = seriesAnomaly();
    for (let index = 0; index < values.length; index++) {
      sum += detector.update(values[index]!, times[index]);
    }
  }
  return sum;
}
