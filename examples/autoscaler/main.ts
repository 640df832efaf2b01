import { parseArgs } from 'node:util';
import {
  defineAction,
  defineBudget,
  defineGuard,
  defineObservation,
  exceeds,
  gt,
  instant,
  integer,
  iri,
  number,
  openKeys,
  openRuntime,
  verifyLog,
} from 'knhk';
import { type Detector, hpaPlanner, LoopAction, loopActions, openLoop } from 'knhk/loop';

// Kubernetes' autoscaling rule on the loop: a detector turns what was measured into a pattern, the
// planner that into the number of replicas there should be, and guards decide whether the action
// leaves. Here the cluster is a few lines below. Every decision has a receipt. Prints a line for
// each cycle of 15 s in which something was planned, and what verifying the log found.

const origin = 'example.com/cluster';
const start = Date.UTC(2026, 0, 1);
const stepMs = 15_000;
// Percent of one replica's processor that all requests need together, cycle by cycle.
const load = [
  ...Array<number>(4).fill(110),
  ...Array<number>(8).fill(900),
  ...Array<number>(6).fill(400),
  ...Array<number>(30).fill(60),
];

const Measured = defineObservation('service.measured', {
  class: 'https://example.com/cluster#Service',
  subject: 'service',
  time: 'measured',
  fields: { service: iri(), measured: instant(), replicas: integer(), cpu: number() },
});
const Scale = defineAction('scale', { fields: { replicas: integer() } });
const scalings = defineBudget({
  ...{ name: 'scalingsPerHour', on: 'scale', key: 'target', perMs: 3_600_000, max: 20 },
});
const rules = [
  ...[Scale, scalings, loopActions],
  defineGuard({ name: 'quota', on: Scale, protected: true, deny: [gt('replicas', 14)] }),
  defineGuard({ name: 'no-flapping', on: Scale, protected: true, deny: [exceeds(scalings)] }),
];

/** The load of the open cycle, calm ones too: the rule's windows remember what it recommended. */
const loadDetector: Detector = {
  name: 'load',
  detect: (view) => {
    const cpu = view.field(Measured.type, 'cpu')?.numbersNow;
    const replicas = view.field(Measured.type, 'replicas')?.numbersNow;
    if (!cpu?.count || !replicas?.count) return [];
    const evidence = { replicas: Math.round(replicas.max), cpu: Math.round(cpu.mean) };
    const found = { detector: 'load', kind: 'load', subject: 'web', confidence: 1 } as const;
    return [{ ...found, evidence, seqs: [...view.open.seqs], recommend: 'enforce' }];
  },
};

const { values } = parseArgs({ options: { data: { type: 'string', default: './data' } } });
const { data } = values;
const { signer, secret, keyring } = openKeys(`${data}.keys`, { origin });
let now = start;
const knhk = await openRuntime({
  ...{ origin, data, signer, secret, rules },
  observations: [Measured, LoopAction],
  unguarded: 'deny',
  // The time of the cluster is that of the example.
  clock: { now: () => now },
});

const cluster = { replicas: 2 };
const denied: string[] = [];
const loop = await openLoop({
  runtime: knhk,
  detectors: [loadDetector],
  planners: [
    hpaPlanner({ minReplicas: 2, maxReplicas: 16, metrics: [{ name: 'cpu', target: 60 }] }),
  ],
  autonomy: 'promote',
  // What guards let leave is carried out; nothing else changes the cluster.
  onAction: (_planned, outcome) => {
    if (!('actions' in outcome)) return;
    for (const { data: wanted } of outcome.actions) cluster.replicas = Number(wanted['replicas']);
    denied.push(...outcome.verdicts.map(({ guard }) => String(guard)));
  },
});

for (const [cycle, total] of load.entries()) {
  const { replicas } = cluster;
  now = start + stepMs * cycle;
  const cpu = total / replicas;
  const input = { service: 'urn:service:web', measured: new Date(now), replicas, cpu };
  await knhk.apply(Measured, input, { id: `web-${cycle}` });
  const { actions, problems } = await loop.cycle();
  if (problems.length > 0) throw new Error(problems[0]?.message);
  // The planned action has its own observation, which is behind the cycle.
  await knhk.flush();
  for (const { reasoning } of actions) {
    const line = { cycle: cycle + 1, reasoning, replicas: cluster.replicas };
    process.stdout.write(`${JSON.stringify({ ...line, denied: denied.splice(0) })}\n`);
  }
}
await loop.close();
await knhk.close();
const { ok, total_count } = await verifyLog(data, keyring);
process.stdout.write(`${JSON.stringify({ ok, leaves: total_count })}\n`);
