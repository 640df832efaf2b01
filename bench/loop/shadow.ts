import type { Change, Runtime } from 'knhk';
import { type BenchContext, median } from '../harness.ts';
import { offer, plant } from './desk.ts';

// The shadow itself out of dist: a loop shows it only together with what else it does.

interface Snapshot {
  readonly hash: string;
  readonly version: number;
  readonly document: object;
}

interface Control {
  snapshot(): Snapshot;
  readonly catalogue: object;
  readonly log: object;
  shapes(): object | undefined;
}

interface Report {
  readonly evaluated: number;
  readonly differing: number;
}

type Shadow = (
  source: object,
  candidate: object,
  options: { readonly observations: number; readonly shapes: object | undefined },
) => Promise<Report>;

interface Modules {
  readonly control: { controlOf(runtime: Runtime): Control };
  readonly changes: { applyChange(document: object, change: Change): object };
  readonly snapshot: { linkSnapshot(document: object, catalogue: object, at: object): object };
  readonly shadow: { readonly shadow: Shadow };
}

const paths: Readonly<Record<keyof Modules, string>> = {
  control: 'runtime/control.js',
  changes: 'rules/changes.js',
  snapshot: 'rules/snapshot.js',
  shadow: 'loop/shadow.js',
};

const observations = 100_000;
const rounds = 9;

/**
 * A candidate on 100,000 recorded observations: read from the log, as a loop does the first time,
 * and from what it keeps of them, as it does from then on. Each round has another candidate.
 */
export async function measureShadow(context: BenchContext): Promise<void> {
  const modules = await loaded(context);
  const runtime = await plant(context, 'shadow', observations);
  try {
    const control = modules.control.controlOf(runtime);
    const { log, catalogue } = control;
    const source = () => ({
      ...{ log, catalogue, snapshot: () => control.snapshot(), shapes: () => control.shapes() },
    });
    const kept = source();
    const timed = { read: [] as number[], kept: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      const candidate = candidateOf(modules, control, 5 * round);
      // Nothing is kept of a source that nobody has asked before.
      for (const [name, from] of [
        ['read', source()],
        ['kept', kept],
      ] as const) {
        const begin = performance.now();
        const report = await run(modules, control, from, candidate);
        // The first round warms up, and fills what is kept.
        if (round > 0) timed[name].push(performance.now() - begin);
        if (report.differing === 0) throw new Error('a candidate that changes nothing');
      }
    }
    const unit = 'ms';
    const [read, memory] = [median(timed.read), median(timed.kept)];
    const what = 'shadow of 100,000 recorded observations';
    context.figure({ figure: what, value: memory, unit, goal: '< 1000', met: memory < 1_000 });
    context.figure({ figure: `${what}, read from the log first`, value: read, unit });
  } finally {
    await runtime.close();
  }
}

function candidateOf(modules: Modules, control: Control, index: number): object {
  const { hash, version, document } = control.snapshot();
  const changed = modules.changes.applyChange(document, offer(index).change);
  const at = { parent: hash, version: version + 1 };
  return modules.snapshot.linkSnapshot(changed, control.catalogue, at);
}

async function run(
  { shadow }: Modules,
  control: Control,
  source: object,
  candidate: object,
): Promise<Report> {
  // Leaves of the log: one more than observations, for the deploy.
  const options = { observations: observations + 1, shapes: control.shapes() };
  const report = await shadow.shadow(source, candidate, options);
  if (report.evaluated !== observations) throw new Error(`${report.evaluated} were evaluated`);
  return report;
}

async function loaded(context: BenchContext): Promise<Modules> {
  const modules = await Promise.all(
    Object.entries(paths).map(async ([name, path]) => [name, await context.internal(path)]),
  );
  return Object.fromEntries(modules) as Modules;
}
