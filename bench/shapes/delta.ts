import type { ShapesSession, ValidationReport } from 'knhk/shapes';
import { type BenchContext, quantile } from '../harness.ts';
import { type Quad, rdfValidateShacl } from './engines.ts';
import { Orders } from './orders.ts';
import { keysOf, shopValidator } from './own.ts';
import { graphsOf } from './timing.ts';

const entities = 5_000;
const violating = 0.1;
const changes = 4_000;
const warmed = 1_000;

/** A session over 5,000 orders: one of them is replaced, or comes and goes. */
export async function measureDelta(context: BenchContext): Promise<void> {
  const before = new Orders(1, violating);
  const documents = [...before.shop(entities)];
  const graphs = await graphsOf(context, documents);
  const session = shopValidator().open(graphs.flatMap(({ quads }) => quads));
  // The first document is the hierarchy, and each sixteen orders come after their customer.
  const held = graphs.map(({ quads }) => quads).filter((quads) => quads.length > 10);
  const after = new Orders(2, violating);
  const news = Array.from({ length: changes }, (_, turn) => {
    const index = (turn * 1_931) % entities;
    return after.order(index, Math.floor(index / 16));
  });
  const fresh = (await graphsOf(context, news)).map(({ quads }) => quads);
  const taken: number[] = [];
  for (const [turn, added] of fresh.entries()) {
    const index = (turn * 1_931) % entities;
    const removed = held[index]!;
    const start = performance.now();
    session.apply({ added, removed });
    taken.push(performance.now() - start);
    held[index] = added;
  }
  const unit = 'ms';
  const ms = quantile(taken.slice(warmed), 0.5);
  const figure = `one of ${entities} orders replaced`;
  context.figure({ figure: `${figure}, p50`, value: ms, unit, goal: '<= 0.3', met: ms <= 0.3 });
  context.figure({ figure: `${figure}, p99`, value: quantile(taken.slice(warmed), 0.99), unit });
  comingAndGoing(context, session, held);
  const rest = graphs.map(({ quads }) => quads).filter((quads) => quads.length <= 10);
  await compareFull(context, [...rest, ...held].flat(), session.report(), ms);
}

/** Each order leaves and comes back, in two changes. */
function comingAndGoing(
  context: BenchContext,
  session: ShapesSession,
  held: readonly (readonly Quad[])[],
): void {
  const times: number[][] = [[], []];
  for (let turn = 0; turn < changes; turn++) {
    const quads = held[(turn * 1_931) % entities]!;
    const start = performance.now();
    session.apply({ removed: quads });
    const between = performance.now();
    session.apply({ added: quads });
    times[0]!.push(between - start);
    times[1]!.push(performance.now() - between);
  }
  for (const [index, what] of ['removed', 'added'].entries()) {
    const value = quantile(times[index]!.slice(warmed), 0.5);
    const figure = `one of ${entities} orders ${what}, p50`;
    context.figure({ figure, value, unit: 'ms', goal: '<= 0.3', met: value <= 0.3 });
  }
}

/** The whole graph by rdf-validate-shacl, once: the session's report must be the same. */
async function compareFull(
  context: BenchContext,
  quads: readonly Quad[],
  report: ValidationReport,
  ms: number,
): Promise<void> {
  const engine = await rdfValidateShacl(context);
  const loaded = engine.load(quads, '');
  const start = performance.now();
  await engine.read(loaded);
  const value = performance.now() - start;
  const wanted = [...(await engine.keys(loaded))].sort().join('\n');
  if (keysOf(report).sort().join('\n') !== wanted) throw new Error('a session says otherwise');
  const ratio = value / ms;
  context.figure({
    figure: `${quads.length} triples whole, one cold run`,
    ...{ value, unit: 'ms', peer: engine.name, ratio },
    ...{ goal: 'ratio >= 500', met: ratio >= 500 },
  });
}
