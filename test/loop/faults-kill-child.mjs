// Opens a plant, applies readings and takes one turn of its loop, which promotes:
//   node faults-kill-child.mjs <directory> <turn | swap> <call> <before | after>
// At that call of the file system, counted from the turn's begin or from the swap of the rules, the
// process kills itself; 0 is none. It tells what it opened, where it died and what was promoted.
import { writeSync } from 'node:fs';
import process from 'node:process';
import {
  defineHook,
  defineObservation,
  defineParameter,
  gte,
  instant,
  integer,
  iri,
  nodeSigner,
  openRuntime,
  param,
} from '../../dist/index.js';
import { openLoop } from '../../dist/loop/index.js';
import { nodeFs } from '../../dist/receipts/log/index.js';

const [directory, since, callText, when] = process.argv.slice(2);
const killAt = Number(callText);
// Written at once: what is buffered dies with the process.
const tell = (...words) => writeSync(1, `${words.join(' ')}\n`);

const Reading = defineObservation('reading.taken', {
  class: 'https://example.com/test#Reading',
  subject: 'sensor',
  time: 'taken',
  fields: { sensor: iri(), taken: instant(), level: integer() },
});
const rules = [
  defineParameter({ name: 'high', kind: 'integer', value: 50, min: 0, max: 1_000_000 }),
  defineHook({
    name: 'raise',
    on: Reading,
    when: [gte('level', param('high'))],
    act: { type: 'valve.open', target: { field: 'sensor' } },
  }),
];
const fine = {
  ...{ retrocausationViolations: 0, violationsActedUpon: 0, tickCompliancePercent: 99.5 },
  ...{ operationNs: 20, warmP95Ms: 5, errorPercent: 0, rssBytes: 1e8, cpuPercent: 10 },
  loopDelayP99Ms: 20,
};

let runtime = {};
let calls = 0;
/** The snapshot that decided when the turn began; undefined before it. */
let parent;

/** File operations, of which one of those since the turn began may be the last. */
const fs = Object.fromEntries(
  Object.entries(nodeFs).map(([name, work]) => [
    name,
    (...args) => {
      const isSwapped = runtime.snapshot?.hash !== parent;
      if (parent === undefined || (since === 'swap' && !isSwapped)) return work(...args);
      if (++calls !== killAt) return work(...args);
      const die = () => {
        tell('died', when, name, isSwapped ? 'swapped' : 'not-yet');
        process.kill(process.pid, 'SIGKILL');
      };
      const done = args.at(-1);
      if (when === 'before' || typeof done !== 'function') die();
      args[args.length - 1] = die;
      return work(...args);
    },
  ]),
);

const origin = 'example.com/test';
runtime = await openRuntime({
  ...{ origin, data: directory, observations: [Reading], rules, fs, unguarded: 'allow' },
  signer: nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(9) }),
  secret: new Uint8Array(32).fill(5),
});
const finder = {
  name: 'finder',
  detect: ({ open }) => [
    {
      ...{ detector: 'finder', kind: 'test', subject: 'raise', confidence: 1 },
      ...{ recommend: 'propose', seqs: open.seqs, evidence: {} },
    },
  ],
};
const raiser = {
  name: 'raiser',
  plan: (_pattern, { document }) => ({
    change: { kind: 'parameter', name: 'high', value: document.parameters.high.value + 1 },
    reasoning: 'one more',
  }),
};
const loop = await openLoop({
  ...{ runtime, detectors: [finder], planners: [raiser], autonomy: 'promote' },
  bake: { observations: 1 },
  measure: () => fine,
});
tell('opened', runtime.health().size, runtime.snapshot.hash, runtime.parameters.high);

for (let index = 0; index < 3; index++) {
  const sensor = `urn:sensor:${runtime.health().size}`;
  await runtime.apply(Reading, { sensor, taken: new Date(), level: 10 * index });
}
parent = runtime.snapshot.hash;
const { proposals } = await loop.cycle();
parent = undefined;
for (const { verdict, receipt, reason } of proposals) {
  tell(verdict, receipt?.seq, receipt?.hash, receipt?.snapshot, reason);
}
await loop.close();
await runtime.close();
tell('closed');
