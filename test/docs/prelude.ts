/**
 * What the examples in docstrings may use without declaring it. Exported constants are the same in
 * every example; what `Resources` lists is opened for each example that names it, and closed after
 * it. These names stand in src beside every `@example`: renaming one breaks examples.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  action,
  defineAction,
  defineBudget,
  defineGuard,
  defineHook,
  defineObservation,
  defineParameter,
  exceeds,
  gt,
  gte,
  instant,
  integer,
  iri,
  type Keyring,
  nodeSigner,
  openRuntime,
  param,
  type Rule,
  type Runtime,
  string,
} from 'knhk';
import { hookRateDetector, type Loop, openLoop, parameterPlanner } from 'knhk/loop';

/** Name of every log in the examples. */
export const origin = 'example.com/ops';
/** 2026-11-21T12:00:00Z in ms: what the clocks of the examples say. */
export const now: number = Date.UTC(2026, 10, 21, 12);

/** A departure; its time is the field `departed`. */
export const Flight = defineObservation('flight.departed', {
  class: 'https://example.com/ops#Departure',
  subject: 'flight',
  time: 'departed',
  fields: { flight: iri(), departed: instant(), origin: string(), delayMinutes: integer() },
});
/** A flight that is late enough for `holdConnections` and conforms to `shapesTurtle`. */
export const flight = {
  flight: 'urn:flight:LH400',
  departed: '2026-11-21T12:00:00Z',
  origin: 'FRA',
  delayMinutes: 50,
};
export const Hold = defineAction('connection.hold', { fields: { minutes: integer() } });
export const lateMinutes = defineParameter({
  ...{ name: 'lateMinutes', kind: 'integer', value: 45, min: 15, max: 180 },
});
export const holds = defineBudget({
  ...{ name: 'holdsPerHour', on: 'connection.hold', key: 'target', perMs: 3_600_000, max: 10 },
});
export const holdConnections = defineHook({
  name: 'hold-connections',
  version: '1',
  on: Flight,
  when: [gte('delayMinutes', param('lateMinutes'))],
  run: ({ data }) => [action('connection.hold', { target: data.origin, minutes: 20 })],
});
export const holdBudget = defineGuard({ name: 'hold-budget', on: Hold, deny: [exceeds(holds)] });
export const holdLength = defineGuard({
  ...{ name: 'hold-length', on: Hold, deny: [gt('minutes', 60)] },
});
export const rules: readonly Rule[] = [
  ...[Hold, lateMinutes, holds, holdConnections, holdBudget, holdLength],
];
export const shapesTurtle = `
  @prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix ops: <https://example.com/ops#> .
  ops:DepartureShape a sh:NodeShape ; sh:targetClass ops:Departure ;
    sh:property [ sh:path ops:delayMinutes ; sh:maxInclusive 1440 ] .
`;

/** Keys of every log in the examples. */
export const secret: Uint8Array = new Uint8Array(32).fill(5);
export const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(9) });
export const keyring: Keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

/** What is opened for one example and closed after it. */
export interface Resources {
  /** A fresh, empty directory; `./data` is the same one. */
  readonly directory: string;
  /** A directory with `flights.ttl`, which holds `shapesTurtle`. */
  readonly shapesDirectory: string;
  /** A closed log: one deploy, then the flights LH400 to LH402, all acted upon. */
  readonly logDirectory: string;
  /** A runtime over `directory` with `rules`. */
  readonly knhk: Runtime;
  /** A loop over `knhk` that may promote. */
  readonly loop: Loop;
}

const openOver = (data: string): Promise<Runtime> =>
  openRuntime({
    ...{ origin, data, observations: [Flight], rules, signer, secret },
    clock: { now: () => now },
  });

async function writeLog(data: string): Promise<string> {
  const runtime = await openOver(data);
  for (const name of ['LH400', 'LH401', 'LH402']) {
    await runtime.apply(Flight, { ...flight, flight: `urn:flight:${name}` }, { id: name });
  }
  await runtime.close();
  return data;
}

/** Runs work with the resources it needs, and releases them whatever happens. */
export async function withResources(
  needs: readonly string[],
  work: (resources: Resources) => Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'knhk-docs-'));
  const open: { knhk?: Runtime; loop?: Loop } = {};
  const before = process.cwd();
  try {
    // So that `./data` in an example is its own; openRuntime may make `./data.keys` beside it.
    process.chdir(root);
    const directory = join(root, 'data');
    mkdirSync(directory);
    const shapesDirectory = join(root, 'shapes');
    mkdirSync(shapesDirectory);
    writeFileSync(join(shapesDirectory, 'flights.ttl'), shapesTurtle);
    const logDirectory = join(root, 'log');
    if (needs.includes('logDirectory')) await writeLog(logDirectory);
    if (needs.includes('knhk') || needs.includes('loop')) open.knhk = await openOver(directory);
    if (needs.includes('loop')) {
      open.loop = await openLoop({
        runtime: open.knhk!,
        detectors: [hookRateDetector()],
        planners: [parameterPlanner()],
        autonomy: 'promote',
      });
    }
    const given = { knhk: open.knhk!, loop: open.loop! };
    await work({ directory, shapesDirectory, logDirectory, ...given });
  } finally {
    await open.loop?.close();
    await open.knhk?.close();
    process.chdir(before);
    rmSync(root, { recursive: true, force: true });
  }
}
