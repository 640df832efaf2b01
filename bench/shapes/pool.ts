import { openShapesGate, type ValidationReport } from 'knhk/shapes';
import { type BenchContext, type Contestant, measure, quantile } from '../harness.ts';
import { Orders, ordersFor, textOf } from './orders.ts';
import { shopDocument, shopValidator } from './own.ts';
import { warm } from './timing.ts';

const violating = 0.1;
const smallTexts = 4_096;
const warmMs = 3_000;

/** Texts sent one at a time, by their number of triples and how often. */
const submits: readonly (readonly [triples: number, count: number])[] = [
  [26, 2_000],
  [2_400, 500],
  [23_400, 200],
];

const turn = (): Promise<void> => new Promise((done) => void setImmediate(done));

/** What threads cost the calling one, and what they give. */
export async function measurePool(context: BenchContext): Promise<void> {
  await submitting(context);
  await throughput(context);
}

/** The call and the rest of its turn, in which the text leaves for a thread. */
async function submitting(context: BenchContext): Promise<void> {
  const gate = openShapesGate({ observations: [], threads: 2, inlineCharacters: 0 });
  for (const [triples, count] of submits) {
    const orders = new Orders(triples, violating);
    const texts = Array.from({ length: 32 }, (_, index) =>
      triples < 100
        ? textOf(orders.small(index))
        : textOf([...orders.shop(ordersFor(triples))].flat()),
    );
    const taken: number[] = [];
    for (let index = 0; index < count; index++) {
      // A string of its own, as one that has just been read.
      const text = Buffer.from(texts[index % texts.length]!, 'utf8').toString('utf8');
      await turn();
      const start = performance.now();
      const report = gate.validateGraph(shopDocument, text);
      await turn();
      taken.push(performance.now() - start);
      await report;
    }
    const p99 = quantile(taken.slice(count / 10), 0.99);
    const figure = `${triples} triples to a thread, calling thread`;
    const unit = 'ms';
    context.figure({ figure: `${figure}, p50`, value: quantile(taken, 0.5), unit });
    context.figure({ figure: `${figure}, p99`, value: p99, unit, goal: '<= 2', met: p99 <= 2 });
  }
  await gate.close();
}

/** Small texts, all different, by the calling thread and by threads. */
async function throughput(context: BenchContext): Promise<void> {
  const validator = shopValidator();
  const orders = new Orders(3, violating);
  const texts = Array.from({ length: smallTexts }, (_, index) => textOf(orders.small(index)));
  const resultsOf = (report: ValidationReport): number => report.results.length;
  const gates = [1, 2].map((threads) =>
    openShapesGate({ observations: [], threads, inlineCharacters: 0 }),
  );
  const pooled = gates.map(
    (gate, index): Contestant => ({
      name: `${index + 1} threads`,
      run: async () => {
        let results = 0;
        for await (const report of gate.validateGraphs(shopDocument, texts)) {
          results += resultsOf(report);
        }
        return results;
      },
    }),
  );
  const inline: Contestant = {
    name: 'inline',
    run: () => texts.reduce((sum, text) => sum + resultsOf(validator.validate(text)), 0),
  };
  const contestants = [inline, ...pooled].map((each) => ({ ...each, iterations: smallTexts }));
  try {
    await warm(contestants, warmMs);
    const measured = await measure({ contestants, iterations: smallTexts });
    for (const { name, medianNs } of measured) {
      const ratio = measured[0]!.medianNs / medianNs;
      const figure = `26 triples as text, ${name}`;
      context.figure({ figure, value: 1e9 / medianNs, unit: 'graphs/s', ratio });
    }
  } finally {
    for (const gate of gates) await gate.close();
  }
}
