import { type BenchContext, type Measured, measure, quantile } from '../harness.ts';
import { checkEqual, type Graph } from './compare.ts';
import { type Engine, rdfValidateShacl, shaclEngine } from './engines.ts';
import { Orders, ordersFor } from './orders.ts';
import { ownEngines, shopValidator } from './own.ts';
import { graphsOf, over, singles, warm } from './timing.ts';

const smallGraphs = 400;
const violating = 0.1;
const warmMs = 3_000;
/** A pass over the small graphs takes knhk a few milliseconds: too short to be timed well. */
const ownPasses = 20;

/** Graphs of one order and its customer each, every one different. */
export async function measureSmall(context: BenchContext): Promise<void> {
  const orders = new Orders(20_261_121, violating);
  const documents = Array.from({ length: smallGraphs }, (_, index) => orders.small(index));
  const graphs = await graphsOf(context, documents);
  const own = ownEngines(shopValidator());
  const peers = [await shaclEngine(context), await rdfValidateShacl(context)];
  const found = await checkEqual([...peers, ...own], graphs);
  const triples = graphs.reduce((sum, { quads }) => sum + quads.length, 0) / graphs.length;
  const what = `${triples.toFixed(0)} triples`;
  const share = (100 * found.violating) / smallGraphs;
  context.figure({ figure: `${what}: graphs with results`, value: share, unit: '%' });
  const contestants = [
    ...own.map((engine) => over(engine, graphs, ownPasses)),
    ...peers.map((engine) => over(engine, graphs)),
  ];
  await warm(contestants, warmMs);
  const measured = await measure({ contestants, iterations: smallGraphs });
  report(context, what, measured, own.length, { goals: [30, 75], unit: 'us', perNs: 1e3 });
  const taken = await singles(own[0]!, graphs, 2 * ownPasses);
  const p95 = quantile(taken, 0.95);
  const unit = 'ms';
  const figure = `${what} from quads, one call`;
  context.figure({ figure: `${figure}, p50`, value: quantile(taken, 0.5), unit });
  context.figure({ figure: `${figure}, p95`, value: p95, unit, goal: '< 0.1', met: p95 < 0.1 });
  context.figure({ figure: `${figure}, p99`, value: quantile(taken, 0.99), unit });
}

/** What one size has to reach, and how its peers are run. */
export interface Size {
  readonly triples: number;
  /** Times faster than shacl-engine. */
  readonly goal: number;
  /** rdf-validate-shacl in the rounds as well; else one run of it. */
  readonly slowInRounds: boolean;
}

/** One graph with so many triples. */
export async function measureSize(context: BenchContext, size: Size): Promise<void> {
  const lines = [...new Orders(20_261_122, violating).shop(ordersFor(size.triples))].flat();
  const graphs = await graphsOf(context, [lines]);
  const own = ownEngines(shopValidator());
  const [fast, slow] = [await shaclEngine(context), await rdfValidateShacl(context)];
  const checked = [fast, ...own, ...(size.slowInRounds ? [slow] : [])];
  const { results } = await checkEqual(checked, graphs);
  const what = `${graphs[0]!.quads.length} triples`;
  context.figure({ figure: `${what}: results`, value: results, unit: '' });
  const peers = size.slowInRounds ? [fast, slow] : [fast];
  const contestants = [...own, ...peers].map((engine) => over(engine, graphs));
  if (size.slowInRounds) await warm(contestants, warmMs);
  const measured = await measure({ contestants, iterations: 1 });
  report(context, what, measured, own.length, { goals: [size.goal], unit: 'ms', perNs: 1e6 });
  if (!size.slowInRounds) await once(context, what, slow, graphs, measured[0]!);
}

/** One run of an engine that takes too long for rounds; its results are compared all the same. */
async function once(
  context: BenchContext,
  what: string,
  engine: Engine,
  graphs: readonly Graph[],
  { medianNs, checksum }: Measured,
): Promise<void> {
  const run = over(engine, graphs);
  const start = performance.now();
  const sum = await run.run(1);
  const value = performance.now() - start;
  if (sum !== checksum) throw new Error(`${engine.name} found ${sum}, not ${checksum}`);
  const ratio = value / (medianNs / 1e6);
  context.figure({ figure: `${what}, one cold run`, value, unit: 'ms', peer: engine.name, ratio });
}

interface Reporting {
  readonly goals: readonly number[];
  readonly unit: string;
  readonly perNs: number;
}

function report(
  context: BenchContext,
  what: string,
  measured: readonly Measured[],
  ownCount: number,
  { goals, unit, perNs }: Reporting,
): void {
  const own = measured.slice(0, ownCount);
  const [quads, text, encoded] = own as [Measured, Measured, Measured];
  for (const [how, { medianNs }] of [
    ['from quads', quads],
    ['from N-Quads', text],
    ['encoded before', encoded],
  ] as const) {
    context.figure({ figure: `${what} ${how}, median`, value: medianNs / perNs, unit });
  }
  for (const [index, { name, medianNs }] of measured.slice(ownCount).entries()) {
    const [value, ratio] = [medianNs / perNs, medianNs / quads.medianNs];
    const least = goals[index];
    const goal = least === undefined ? {} : { goal: `ratio >= ${least}`, met: ratio >= least };
    const figure = `${what}, n3.Store ready, median`;
    context.figure({ figure, value, unit, peer: name, ratio, ...goal });
    const rest = { peer: name, unit: 'x', ratio: null };
    context.figure({
      figure: `${what} from N-Quads, times faster`,
      value: medianNs / text.medianNs,
      ...rest,
    });
    const before = medianNs / encoded.medianNs;
    context.figure({ figure: `${what} encoded before, times faster`, value: before, ...rest });
  }
}
