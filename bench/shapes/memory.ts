import { createWriteStream, readFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { importInternal, importPeer } from '../packages.ts';
import { n3, type Quad } from './engines.ts';
import { Orders, ordersFor, textOf } from './orders.ts';
import { shopValidator } from './own.ts';

// One step over a large graph, in a process of its own; its last line is JSON.
const [what, file, triples] = process.argv.slice(2) as [string, string, string];
const context = {
  peer: importPeer,
  internal: importInternal,
  directory: '',
  figure: (): void => {},
};
const shop = () => new Orders(20_261_123, 0.1).shop(ordersFor(Number(triples)));

async function write(): Promise<void> {
  const out = createWriteStream(file);
  for (const lines of shop()) {
    if (!out.write(textOf(lines)))
      await new Promise<void>((done) => void out.once('drain', () => done()));
  }
  out.end();
  await finished(out);
}

/** Quads that nobody holds longer than it takes to read them. */
async function passing(): Promise<() => Generator<Quad>> {
  const { Parser } = await n3(context);
  return function* () {
    for (const lines of shop()) {
      yield* new Parser({ format: 'N-Quads', blankNodePrefix: '' }).parse(textOf(lines));
    }
  };
}

async function validate(): Promise<void> {
  const validator = shopValidator();
  const quads = await passing();
  const before = process.resourceUsage().maxRSS;
  const start = performance.now();
  const graph = validator.graph(what === 'text' ? readFileSync(file, 'utf8') : quads());
  const read = performance.now();
  const { results } = validator.validate(graph);
  const ms = performance.now() - read;
  const { maxRSS } = process.resourceUsage();
  const size = graph.size;
  console.log(
    JSON.stringify({ size, readMs: read - start, ms, maxRSS, before, results: results.length }),
  );
}

await (what === 'write' ? write() : validate());
