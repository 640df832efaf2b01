import {
  defineHook,
  defineParameter,
  eq,
  gte,
  openRuntime,
  param,
  type Rule,
  type Runtime,
} from 'knhk';
import { testRuntime } from 'knhk/testing';
import { type BenchContext, type Contestant, measure } from '../harness.ts';
import { Reading } from './readings.ts';

const rounds = 15;

const limit = defineParameter({
  ...{ name: 'limit', kind: 'integer', value: 500, min: 0, max: 1_000_000 },
});

/** 64 hooks, each of which reads the parameter. */
const hooks: readonly Rule[] = [
  limit,
  ...Array.from({ length: 64 }, (_, index) =>
    defineHook({
      ...{ name: `check-${index}`, on: Reading },
      when: [gte('speed', param('limit')), eq('model', `m${index}`), gte('heat', index)],
      act: { type: 'machine.check', target: 'desk' },
    }),
  ),
];

/** Reading the current snapshot, and publishing one beside a store that other threads see. */
export async function reading(context: BenchContext): Promise<void> {
  const data = (name: string): string => `${context.directory}/snapshots-${name}`;
  const origin = 'bench.example/snapshots';
  const options = { origin, observations: [Reading], rules: hooks };
  const one = await openRuntime({ ...options, data: data('one') });
  const two = await openRuntime({ ...options, data: data('two') });
  try {
    await reportRead(context, [one, two]);
    await reportPublish(context);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}

/**
 * Two runtimes in turn, or V8 reads once before the loop; what a loop over them that reads nothing
 * takes is subtracted, for it takes more than the reading.
 */
async function reportRead(
  context: BenchContext,
  runtimes: readonly [Runtime, Runtime],
): Promise<void> {
  const read = (iterations: number): number => {
    let changes = 0;
    let last: unknown;
    for (let index = 0; index < iterations; index++) {
      const { parameters } = runtimes[index & 1]!;
      if (parameters !== last) changes++;
      last = parameters;
    }
    return changes;
  };
  const loop = (iterations: number): number => {
    let changes = 0;
    let last: unknown;
    for (let index = 0; index < iterations; index++) {
      const runtime = runtimes[index & 1]!;
      if (runtime !== last) changes++;
      last = runtime;
    }
    return changes;
  };
  const contestants = [
    { name: 'read', run: read },
    { name: 'loop', run: loop },
  ];
  const [whole, empty] = await measure({ contestants, iterations: 400_000, rounds: 45 });
  const value = whole!.medianNs - empty!.medianNs;
  const goal = { goal: '<= 1', met: value <= 1 };
  const figure = 'read the snapshot, loop subtracted';
  context.figure({ figure: `${figure}, median`, value, unit: 'ns', ...goal });
  context.figure({ figure: `${figure}, min`, value: whole!.minNs - empty!.minNs, unit: 'ns' });
}

/**
 * Publishing as designed: the object that this thread reads, and the generation that others do. The
 * runtime's own is one statement among those of a promotion and cannot be timed alone.
 */
async function reportPublish(context: BenchContext): Promise<void> {
  const generation = new Int32Array(new SharedArrayBuffer(64));
  const snapshots = [0, 1, 2, 3].map((version) => Object.freeze({ version }));
  const holder = { current: snapshots[0]! };
  const storing: Contestant = {
    name: 'one Atomics.store',
    run: (iterations) => {
      for (let index = 0; index < iterations; index++) Atomics.store(generation, 0, index);
      return generation[0]!;
    },
  };
  const publishing: Contestant = {
    name: 'publish',
    run: (iterations) => {
      for (let index = 0; index < iterations; index++) {
        holder.current = snapshots[index & 3]!;
        Atomics.store(generation, 0, index);
      }
      return generation[0]! + holder.current.version - ((iterations - 1) & 3);
    },
  };
  const contestants = [storing, publishing];
  const [store, publish] = await measure({ contestants, iterations: 200_000, rounds: 45 });
  const ratio = publish!.medianNs / store!.medianNs;
  context.figure({
    ...{ figure: 'publish a snapshot (as designed), median', value: publish!.medianNs, unit: 'ns' },
    ...{ peer: store!.name, ratio: 1 / ratio },
    ...{ goal: 'time ratio <= 1.3', met: ratio <= 1.3 },
  });
}

interface Snapshot {
  readonly hash: string;
  readonly document: object;
}
interface ControlModule {
  controlOf(runtime: object): {
    snapshot(): Snapshot;
    promote(promotion: object): Promise<unknown>;
  };
}
interface ChangesModule {
  applyChange(document: object, change: object): object;
}

/** Promotions of 64 hooks that read the changed parameter, on a disk whose syncs cost nothing. */
export async function promotion(context: BenchContext): Promise<void> {
  const controls = await context.internal<ControlModule>('runtime/control.js');
  const changes = await context.internal<ChangesModule>('rules/changes.js');
  if (controls === undefined || changes === undefined) throw new Error('no promotions in dist');
  const test = await testRuntime({ observations: [Reading], rules: hooks });
  try {
    const control = controls.controlOf(test.runtime);
    let value = 500;
    const run = async (iterations: number): Promise<number> => {
      for (let index = 0; index < iterations; index++) {
        const { hash: parent, document } = control.snapshot();
        const change = { kind: 'parameter', name: 'limit', value: ++value };
        await control.promote({
          ...{ kind: 'promote', parent, document: changes.applyChange(document, change) },
          ...{ proposal: '0'.repeat(64), stages: Array(7).fill('pass') },
        });
        // The first decision under the new rules belongs to the promotion.
        test.runtime.decide(Reading, idle);
        if (test.runtime.parameters['limit'] !== value) throw new Error('not promoted');
      }
      return iterations;
    };
    const contestants = [{ name: 'promote', run }];
    const [promoted] = await measure({ contestants, iterations: 20, rounds });
    const ms = promoted!.medianNs / 1e6;
    context.figure({
      ...{ figure: 'promote 64 hooks beside the sync, median', value: ms, unit: 'ms' },
      ...{ goal: '<= 5', met: ms <= 5 },
    });
  } finally {
    await test.close();
  }
}

const idle = {
  ...{ machine: 'urn:machine:0', speed: 0, heat: 0, load: 0, age: 0 },
  ...{ site: 'north', pressure: 0.5, running: true, model: 'm1' },
};
