// A scripted run in which every metric, span, attribute and event of the registry occurs, with
// counts known beforehand. Plain JavaScript: the same file runs inside the tests over src and in
// an empty project over the installed package.

// A pattern of numbers is the engine's to check, so that batches of shapes are seen.
const shapes = `
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://example.com/pay#> .
ex:OrderShape a sh:NodeShape ; sh:targetClass ex:Order ;
  sh:property [ sh:path ex:amount ; sh:minInclusive 0 ; sh:pattern "." ] .
`;

/** The declarations of the scenario, made with the package's own functions. */
export function declarations(knhk) {
  const { action, defineAction, defineGuard, defineHook, defineObservation, gt, gte, param } = knhk;
  const Order = defineObservation('order.placed', {
    class: 'https://example.com/pay#Order',
    subject: 'order',
    sector: 'payments',
    fields: { order: knhk.iri(), amount: knhk.integer() },
  });
  const Trip = defineObservation('trip.ended', {
    class: 'https://example.com/pay#Trip',
    subject: 'trip',
    sectorField: 'region',
    fields: { trip: knhk.iri(), region: knhk.string(), late: knhk.boolean() },
  });
  // Eight facts an observation, so that a batch of 64 is long enough for any counter.
  const facts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const Beat = defineObservation('machine.beat', {
    class: 'https://example.com/plant#Beat',
    subject: 'machine',
    sector: 'payments',
    fields: {
      machine: knhk.iri(),
      ...Object.fromEntries(facts.map((name) => [name, knhk.integer()])),
    },
  });
  const Pay = defineAction('pay', { fields: { amount: knhk.integer() } });
  const Page = defineAction('page', { fields: {} });
  const rules = [
    Pay,
    Page,
    knhk.defineParameter({ name: 'floor', kind: 'integer', value: 10, min: 5, max: 20 }),
    defineHook({
      name: 'broken',
      version: '1',
      on: Order,
      when: [knhk.eq('amount', 666)],
      priority: 1,
      run: () => {
        throw new Error('a mistake in code');
      },
    }),
    defineHook({
      name: 'pay',
      version: '1',
      on: Order,
      when: [gte('amount', param('floor'))],
      priority: 2,
      run: ({ data }) => [action('pay', { target: data.order, amount: data.amount })],
    }),
    defineHook({
      name: 'page',
      version: '1',
      on: Trip,
      when: [knhk.eq('late', true)],
      priority: 3,
      run: ({ data }) => [action('page', { target: data.trip })],
    }),
    defineHook({
      name: 'alarm',
      version: '1',
      on: Beat,
      when: facts.map((name) => gte(name, 100)),
      priority: 4,
      run: ({ data }) => [action('page', { target: data.machine })],
    }),
    defineGuard({ name: 'pay-limit', on: Pay, deny: [gt('amount', 100)] }),
    defineGuard({
      name: 'pay-approval',
      on: Pay,
      check: ({ action: { data } }) =>
        data.amount > 50 && data.amount <= 100 ? knhk.requiresApproval('large') : knhk.allow(),
    }),
  ];
  return { Order, Trip, Beat, rules };
}

/** A beat of a machine; all its facts are one number. */
export const beat = (n, level) => ({
  machine: `urn:machine:${n}`,
  ...Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [name, level])),
});

const healthy = {
  retrocausationViolations: 0,
  violationsActedUpon: 0,
  tickCompliancePercent: null,
  operationNs: 10,
  warmP95Ms: 1,
  errorPercent: 0,
  rssBytes: 1,
  cpuPercent: 1,
  loopDelayP99Ms: 1,
};

const order = (n, amount) => ({ order: `urn:order:${n}`, amount });
const trip = (n, region, late) => ({ trip: `urn:trip:${n}`, region, late });

/** Patterns and plans by the number of the cycle. */
const patternOf = (cycle) => ({
  detector: 'scripted',
  kind: 'hook-rate',
  subject: 'pay',
  direction: 'more',
  confidence: cycle === 1 ? 0.75 : 0.5,
  evidence: { cycle },
  seqs: [],
  recommend: 'propose',
});
const detectors = [
  {
    name: 'scripted',
    detect: ({ cycle }) => (cycle === 1 || cycle === 3 ? [patternOf(cycle)] : []),
  },
];
const planners = [
  {
    name: 'scripted',
    // The second one lies outside the parameter's range: a stage refuses it.
    plan: (_, { cycle }) => ({
      change: { kind: 'parameter', name: 'floor', value: cycle === 1 ? 12 : 99 },
      reasoning: 'scripted',
    }),
  },
];

/**
 * The whole scenario.
 *
 * @param modules `{ knhk, loop }`: the package's root and its loop
 * @param given `directory` for logs; `fs`; `tick(ms)` called where time shall pass; `caller(work)`
 * runs work inside a caller's span
 */
export async function runScenario({ knhk, loop }, { directory, fs, tick, caller, keys }) {
  const { Order, Trip, Beat, rules } = declarations(knhk);
  const runtime = await knhk.openRuntime({
    origin: 'example.com/scenario',
    data: `${directory}/log`,
    observations: [Order, Trip, Beat],
    rules,
    shapes,
    shapesThreads: 0,
    ...keys,
    ...(fs === undefined ? {} : { fs }),
  });
  const apply = async (type, input, options) => {
    const answer = runtime.apply(type, input, options);
    tick(3);
    return (await answer).outcome;
  };
  const outcomes = [];
  // Three idle ones in one epoch, inside one caller's span.
  await caller(async () => {
    const answers = [1, 2, 3].map((n) => runtime.apply(Order, order(n, n), { id: `id-${n}` }));
    for (const answer of answers) outcomes.push((await answer).outcome);
  });
  // Two callers share the next epoch.
  const shared = [4, 5].map((n) => caller(() => runtime.apply(Order, order(n, 20))));
  for (const answer of shared) outcomes.push((await answer).outcome);
  for (const amount of [60, 200, 666, -5, 'many']) {
    outcomes.push(await apply(Order, order(10, amount)));
  }
  outcomes.push(await apply(Order, order(1, 1), { id: 'id-1' }));
  outcomes.push(await apply(Order, order(1, 2), { id: 'id-1' }));
  outcomes.push(await apply(Trip, trip(1, 'north', false)));
  outcomes.push(await apply(Trip, trip(2, 'north', false)));
  outcomes.push(await apply(Trip, trip(3, 'south', true)));
  runtime.freeze('for a moment');
  await runtime.apply(Order, order(20, 1)).catch(() => outcomes.push('refused'));
  runtime.unfreeze();
  const decided = [1, 2, 20, 60, 200, 666, 'many'].map(
    (amount) => runtime.decide(Order, order(30, amount)).outcome,
  );
  // The first cycle counts these.
  const streamed = await runStream({ runtime, Beat, tick });
  const cycles = await runCycles({ loop, runtime, Trip, apply });
  return { runtime, outcomes, decided, streamed, cycles };
}

/** Two whole batches, of which one observation fires, and the beginning of a third. */
async function runStream({ runtime, Beat, tick }) {
  const beats = Array.from({ length: 128 }, (_, n) => beat(n, n === 77 ? 100 : n % 90));
  const { observed } = runtime.observeMany(Beat, beats);
  tick(3);
  await runtime.flush();
  for (const n of [1, 2, 3]) runtime.observe(Beat, beat(n, n));
  await runtime.flush();
  const { measurable, unmeasurable } = runtime.ticks();
  return { observed, measurable, unmeasurable };
}

async function runCycles({ loop, runtime, Trip, apply }) {
  const measure = () => healthy;
  const autonomy = 'promote';
  const turning = await loop.openLoop({
    runtime,
    detectors,
    planners,
    autonomy,
    measure,
    bake: false,
  });
  const verdicts = [];
  // Something to look at before each; the fourth finds nothing new and is skipped.
  for (const cycle of [1, 2, 3]) {
    if (cycle > 1) await apply(Trip, trip(10 + cycle, 'north', false));
    const { patterns, proposals } = await turning.cycle();
    verdicts.push([patterns.length, ...proposals.map(({ verdict }) => verdict)]);
  }
  const { skipped } = await turning.cycle();
  verdicts.push([skipped]);
  await turning.rollback();
  await turning.close();
  return verdicts;
}

/** Everything that can fail does so once: spans say it in `error.type`. */
export async function runFailures({ knhk, loop }, { directory, keys, failing }) {
  const { Order, Trip, Beat, rules } = declarations(knhk);
  const open = (data, more) =>
    knhk.openRuntime({
      origin: 'example.com/failures',
      data: `${directory}/${data}`,
      observations: [Order, Trip, Beat],
      rules,
      ...keys,
      ...more,
    });
  const refused = [];
  const tried = async (work) => {
    try {
      await work();
    } catch (error) {
      refused.push(error.code ?? error.message);
    }
  };
  // A deadline that no worker can keep.
  const slow = await open('slow', { shapes, shapesThreads: 1, shapesDeadlineMs: 1 });
  await tried(() => slow.apply(Order, order(1, 1)));
  await slow.close();

  const boom = () => {
    throw new Error('boom');
  };
  const healthyPlan = { change: { kind: 'parameter', name: 'floor', value: 12 }, reasoning: 'so' };
  const base = { autonomy: 'promote', detectors: [{ name: 'd', detect: () => [patternOf(1)] }] };
  const variants = [
    { ...base, detectors: [{ name: 'd', detect: boom }], planners: [], measure: () => healthy },
    { ...base, planners: [{ name: 'p', plan: boom }], measure: () => healthy },
    { ...base, planners: [], measure: boom },
  ];
  const runtime = await open('loop', {});
  for (const [n, variant] of variants.entries()) {
    const turning = await loop.openLoop({ runtime, ...variant });
    await runtime.apply(Trip, trip(n, 'north', false));
    const { problems } = await turning.cycle();
    refused.push(...problems.map(({ message }) => message));
    await turning.close();
  }
  await runtime.close();

  // A disk that refuses the proposal's blob, then one that refuses the promotion's sync.
  for (const operation of ['openSync', 'fdatasync']) {
    const disk = failing();
    const bad = await open(`disk-${operation}`, { fs: disk.fs });
    const planners = [{ name: 'p', plan: () => healthyPlan }];
    const turning = await loop.openLoop({
      runtime: bad,
      ...base,
      planners,
      measure: () => healthy,
    });
    await bad.apply(Trip, trip(1, 'north', false));
    disk.failFromNowOn(operation);
    await tried(() => turning.cycle());
    await tried(() => turning.close());
    await tried(() => bad.close());
  }
  await tried(() => knhk.verifyLog(`${directory}/nowhere`, keys.keyring));
  return refused;
}
