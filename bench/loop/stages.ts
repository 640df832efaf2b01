import type { Runtime } from 'knhk';
import type { Measurements } from 'knhk/loop';
import { type BenchContext, quantile } from '../harness.ts';
import { kindOf, type Offer, offer, plant } from './desk.ts';

// The stages themselves out of dist: a loop's propose() writes its journal besides.

interface Control {
  snapshot(): { readonly hash: string };
  shapes(): object | undefined;
  readonly catalogue: object;
}

interface Report {
  readonly passed: boolean;
  readonly stages: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly message?: string;
    readonly stageMs: number;
  }[];
}

interface Modules {
  readonly control: { controlOf(runtime: Runtime): Control };
  readonly recorded: { recordedObservations(control: Control): readonly object[] };
  readonly validate: { validate(input: object): Promise<Report> };
}

const paths: Readonly<Record<keyof Modules, string>> = {
  control: 'runtime/control.js',
  recorded: 'loop/recorded.js',
  validate: 'loop/validate.js',
};

const fine: Measurements = {
  ...{ retrocausationViolations: 0, violationsActedUpon: 0, tickCompliancePercent: 100 },
  ...{ operationNs: 10, warmP95Ms: 1, errorPercent: 0, rssBytes: 1e8, cpuPercent: 10 },
  loopDelayP99Ms: 1,
};

const warming = 100;
const counted = 500;

/**
 * Proposals through the seven stages, each another one, so that no verdict comes out of a cache: 50
 * shapes, 200 hooks, 256 recorded observations. What is timed begins with a proposal and ends with
 * the verdict: the candidate's rows are compiled in it, its shapes read, linted and compiled.
 */
export async function measureStages(context: BenchContext): Promise<void> {
  const modules = await loaded(context);
  const runtime = await plant(context, 'stages', 1_000);
  try {
    const control = modules.control.controlOf(runtime);
    const recorded = modules.recorded.recordedObservations(control);
    const taken: { readonly kind: string; readonly ms: number; readonly stagesMs: number }[] = [];
    for (let index = 0; index < warming + counted; index++) {
      const input = inputOf(control, offer(index), recorded);
      const begin = performance.now();
      const report = await modules.validate.validate(input);
      const ms = performance.now() - begin;
      if (!report.passed) throw new Error(`${index}: ${JSON.stringify(report.stages)}`);
      const stagesMs = report.stages.reduce((sum, { stageMs }) => sum + stageMs, 0);
      if (index >= warming) taken.push({ kind: kindOf(index), ms, stagesMs });
    }
    tell(context, taken);
  } finally {
    await runtime.close();
  }
}

function inputOf(control: Control, { shapesText, ...offered }: Offer, recorded: object): object {
  const current = control.snapshot();
  const carried = shapesText === undefined ? {} : { shapesText };
  const said = { parent: current.hash, planner: 'bench', reasoning: 'to be timed' };
  const { catalogue } = control;
  const proposal = { ...said, ...offered, ...carried };
  return { proposal, current, catalogue, shapes: control.shapes(), measurements: fine, recorded };
}

function tell(
  context: BenchContext,
  taken: readonly { readonly kind: string; readonly ms: number; readonly stagesMs: number }[],
): void {
  const unit = 'ms';
  const what = `seven stages, 50 shapes, ${taken.length} proposals`;
  const all = taken.map(({ ms }) => ms);
  const p95 = quantile(all, 0.95);
  context.figure({ figure: `${what}, p50`, value: quantile(all, 0.5), unit });
  context.figure({ figure: `${what}, p95`, value: p95, unit, goal: '< 45', met: p95 < 45 });
  const inside = quantile(
    taken.map(({ stagesMs }) => stagesMs),
    0.95,
  );
  context.figure({ figure: `${what}, within the stages, p95`, value: inside, unit });
  for (const kind of new Set(taken.map((one) => one.kind))) {
    const ofKind = taken.filter((one) => one.kind === kind).map(({ ms }) => ms);
    context.figure({
      ...{ figure: `seven stages, a change of ${kind}, p95`, value: quantile(ofKind, 0.95), unit },
    });
  }
}

async function loaded(context: BenchContext): Promise<Modules> {
  const modules = await Promise.all(
    Object.entries(paths).map(async ([name, path]) => [name, await context.internal(path)]),
  );
  return Object.fromEntries(modules) as Modules;
}
