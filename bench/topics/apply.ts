import { createPrivateKey, sign } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ObservationInput, openRuntime } from 'knhk';
import { flights, type Flight as Row } from '../../examples/flights/data.ts';
import { Flight, rules } from '../../examples/flights/rules.ts';
import { type BenchContext, type Measured, measure } from '../harness.ts';
import { probeFdatasync, probeSha256 } from './probe.ts';

type Input = ObservationInput<typeof Flight>;

const perRound = 20_000;
const rounds = 9;
// Signing and syncing each record is so slow that fewer of them give the same rate.
const naiveShare = 20;

/**
 * Durable receipts a second with the operations desk's rules over real flights: shapes off, shapes
 * on, and, in the same interleaved run, the plain scheme that signs and syncs every record.
 */
export async function run(context: BenchContext): Promise<void> {
  const inputs = await readFlights((rounds + 1) * perRound);
  const off = await contestant(context, 'off', inputs, undefined);
  const on = await contestant(context, 'on', inputs, shapesText());
  const naive = signEach(context, inputs);
  try {
    const measured = await measure({
      iterations: perRound,
      rounds,
      checksums: 'differ',
      contestants: [off, on, naive],
    });
    await report(context, measured);
  } finally {
    await Promise.all([off.close(), on.close()]);
    naive.close();
  }
}

async function report(context: BenchContext, measured: readonly Measured[]): Promise<void> {
  const rates = measured.map(({ medianNs }) => 1e9 / medianNs);
  const [off, on, naive] = rates as [number, number, number];
  const unit = 'receipts/s';
  const figure = 'durable receipts, shapes off';
  context.figure({ figure, value: off, unit, goal: '>= 40000', met: off >= 40_000 });
  const each = naive / naiveShare;
  context.figure({
    figure: 'sign each + fdatasync each (node:crypto)',
    value: each,
    unit,
    peer: 'the plain scheme',
    ratio: off / each,
    goal: 'ratio >= 5',
    met: off / each >= 5,
  });
  const shaped = 'durable receipts, with the shapes of the flights';
  context.figure({ figure: shaped, value: on, unit, goal: '>= 10000', met: on >= 10_000 });
  const share = (100 * on) / off;
  context.figure({
    ...{ figure: 'durable receipts, with shapes, of the rate without', value: share, unit: '%' },
    ...{ goal: '>= 60', met: share >= 60 },
  });
  const hashed = await probeSha256();
  const synced = await probeFdatasync(context.directory);
  context.figure({ figure: 'probe: SHA-256 of 256 B', value: hashed.medianNs, unit: 'ns' });
  context.figure({
    figure: 'probe: append 300 B + fdatasync',
    value: synced.medianNs / 1e6,
    unit: 'ms',
  });
}

interface Running {
  readonly name: string;
  run(iterations: number): Promise<number> | number;
  close(): Promise<void> | void;
}

async function contestant(
  context: BenchContext,
  name: string,
  inputs: readonly Row[],
  shapes: string | undefined,
): Promise<Running> {
  const data = join(context.directory, `apply-${name}`);
  const knhk = await openRuntime({
    origin: 'bench.example/apply',
    data,
    observations: [Flight],
    rules,
    unguarded: 'allow',
    ...(shapes === undefined ? {} : { shapes }),
  });
  let next = 0;
  return {
    name: `shapes ${name}`,
    run: async (iterations) => {
      const slice = inputs.slice(next, next + iterations).map(withoutRow);
      next += iterations;
      let receipts = 0;
      const id = (input: Input): string => input.flight;
      for await (const outcome of knhk.applyAll(Flight, slice, { id })) {
        if ('receipt' in outcome && outcome.outcome !== 'duplicate') receipts++;
      }
      if (receipts !== iterations) throw new Error(`${receipts} receipts for ${iterations}`);
      // The same in every round, as the harness wants it: each round must seal all it was given.
      return receipts;
    },
    close: async () => {
      await knhk.close();
      for (const path of [data, `${data}.keys`]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function withoutRow({ row: _, ...input }: Row): Input {
  return input;
}

/** The plain scheme: JSON of each record, one signature and one sync for each. */
function signEach(context: BenchContext, inputs: readonly Row[]): Running {
  const path = join(context.directory, 'naive');
  const file = openSync(path, 'a', 0o600);
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([prefix, Buffer.alloc(32, 7)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  let next = 0;
  return {
    name: 'sign each',
    run: (iterations) => {
      let bytes = 0;
      for (let done = 0; done < iterations / naiveShare; done++) {
        const record = Buffer.from(JSON.stringify(inputs[next++ % inputs.length]));
        bytes += writeSync(file, Buffer.concat([record, sign(null, record, key)])) > 0 ? 1 : 0;
        fdatasyncSync(file);
      }
      return bytes;
    },
    close: () => {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

async function readFlights(limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of flights({ limit })) rows.push(row);
  return rows;
}

function shapesText(): string {
  // Compiled topics lie in build/bench/topics, the Turtle beside the example's source.
  const url = new URL('../../../examples/flights/shapes.ttl', import.meta.url);
  return readFileSync(fileURLToPath(url), 'utf8');
}
