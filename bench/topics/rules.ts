import type { Hook } from 'knhk';
import { type BenchContext, type Contestant, type Measured, measure } from '../harness.ts';
import { isolated } from '../isolated.ts';
import { type Decider, decidersFor, type OwnDecider } from '../rules/contestants.ts';
import {
  firingOn,
  hooksOf,
  Order,
  ordersFor,
  rulesOf,
  type SetKind,
  setKinds,
} from '../rules/sets.ts';

/** Packages of bench/package.json that this topic compares with. */
export const peers: readonly string[] = [
  ...['casbin', '@cedar-policy/cedar-wasm/nodejs', 'json-rules-engine'],
];

const sizes = [10, 100, 1_000, 10_000];
const largest = 10_000;
const decisions = 65_536;

/** What a set must reach at 10,000 rules: nanoseconds, and times what it takes with 10. */
const goals: readonly { readonly ns: number; readonly growth?: number }[] = [
  { ns: 300, growth: 2 },
  { ns: 500, growth: 8 },
  { ns: 3_000 },
];

/**
 * Many rules over one type of observation: what one decision takes as their number grows, beside
 * peers with the same rules and the same answers.
 */
export async function run(context: BenchContext): Promise<void> {
  for (const [index, kind] of setKinds.entries()) {
    const medians = new Map<number, number>();
    for (const size of sizes) {
      const median = isolated<number>(context, import.meta.url, 'measureSet', index, size);
      medians.set(size, await median);
    }
    const growth = medians.get(largest)! / medians.get(sizes[0]!)!;
    const most = goals[index]!.growth;
    context.figure({
      ...{ figure: `${kind.name}: t(10,000) / t(10)`, value: growth, unit: 'x' },
      ...(most === undefined ? {} : { goal: `<= ${most}`, met: growth <= most }),
    });
  }
  await isolated(context, import.meta.url, 'reportCompile');
}

/** Median nanoseconds of one decision by knhk. */
export async function measureSet(
  context: BenchContext,
  index: number,
  size: number,
): Promise<number> {
  const kind = setKinds[index]!;
  const goalNs = goals[index]!.ns;
  const rules = rulesOf(kind, size);
  const orders = ordersFor(rules);
  const deciders = await decidersFor(context, rules, orders);
  try {
    const wanted = orders.slice(0, ownChecked).map((order) => firingOn(rules, order).sort());
    const share = await checkAnswers(deciders, orders, wanted);
    const contestants = [...deciders, ...apart(deciders[0], orders, wanted)];
    // Their rounds differ in length, and casbin says no more than that something fired.
    const measured = await measure({ contestants, iterations: decisions, checksums: 'differ' });
    const figure = `${kind.name}: ${size} rules`;
    const [own, ...rest] = measured as [Measured, ...Measured[]];
    const others = rest.slice(0, deciders.length - 1);
    const goal =
      size === largest ? { goal: `<= ${goalNs}`, met: own.medianNs <= goalNs } : undefined;
    context.figure({ figure: `${figure}, median`, value: own.medianNs, unit: 'ns', ...goal });
    context.figure({ figure: `${figure}, min`, value: own.minNs, unit: 'ns' });
    for (const { name, medianNs } of others) {
      const ratio = medianNs / own.medianNs;
      const value = medianNs / 1e3;
      context.figure({ figure: `${figure}, median`, value, unit: 'us', peer: name, ratio });
    }
    for (const { name, medianNs } of rest.slice(others.length)) {
      context.figure({ figure: `${figure}, ${name}, median`, value: medianNs, unit: 'ns' });
    }
    context.figure({ figure: `${figure}, share that fires`, value: share, unit: '%' });
    if (size === largest) reportOpening(context, kind, deciders);
    return own.medianNs;
  } finally {
    for (const decider of deciders) await decider.close();
  }
}

/** Orders of which none fires, and others of which each does: what the mixture is made of. */
function apart(
  own: OwnDecider,
  orders: readonly Order[],
  wanted: readonly (readonly string[])[],
): Contestant[] {
  const some = (count: number, fires: boolean): Order[] => {
    const found = wanted.flatMap((names, index) =>
      names.length > 0 === fires ? [orders[index]!] : [],
    );
    if (found.length < count) throw new Error(`${found.length} orders, not ${count}`);
    return found.slice(0, count);
  };
  return [
    own.over('nothing fires', some(2_048, false)),
    { ...own.over('each fires', some(128, true)), iterations: 8_192 },
  ];
}

/** Opening includes what casbin and the others do before their first decision. */
function reportOpening(context: BenchContext, kind: SetKind, deciders: readonly Decider[]): void {
  const [own, ...others] = deciders as [Decider, ...Decider[]];
  const figure = `${kind.name}: open with ${largest} rules, once`;
  context.figure({ figure, value: own.openMs, unit: 'ms' });
  for (const { name, openMs } of others) {
    const ratio = openMs / own.openMs;
    context.figure({ figure, value: openMs, unit: 'ms', peer: name, ratio });
  }
}

const ownChecked = 4_096;
const firingChecked = 2;

/**
 * Compares answers with what a look at every rule gives: knhk's on many orders, a peer's on those
 * that it will be timed with, at most 256, and on some that fire. casbin can say only whether any
 * rule holds; of the others the names are compared. Answers the share that fires, in per cent.
 *
 * @throws Error at the first difference
 */
async function checkAnswers(
  deciders: readonly Decider[],
  orders: readonly Order[],
  wanted: readonly (readonly string[])[],
): Promise<number> {
  const firing = wanted.flatMap((names, index) => (names.length > 0 ? [index] : []));
  if (firing.length < firingChecked) throw new Error('nothing fires: nothing is compared');
  for (const { name, iterations, answer } of deciders) {
    const first = Math.min(iterations ?? ownChecked, name === 'knhk' ? ownChecked : 256);
    const places = new Set([...Array(first).keys(), ...firing.slice(0, firingChecked)]);
    for (const place of places) {
      const given = await answer(orders[place]!);
      const want = wanted[place]!;
      const said = typeof given === 'boolean' ? String(given) : [...given].sort().join();
      const expected = typeof given === 'boolean' ? String(want.length > 0) : want.join();
      if (said !== expected) throw new Error(`${name}, order ${place}: ${said}, not ${expected}`);
    }
  }
  return (100 * firing.length) / wanted.length;
}

interface CatalogueModule {
  catalogueOf(options: object): { readonly document: object };
}
interface SnapshotModule {
  linkSnapshot(
    document: object,
    catalogue: object,
    at: { readonly parent: null; readonly version: number },
  ): { readonly plans: ReadonlyMap<string, unknown> };
}

/** Linking alone: rules as data, already checked and hashed, become what decides. */
export async function reportCompile(context: BenchContext): Promise<void> {
  const catalogues = await context.internal<CatalogueModule>('rules/catalogue.js');
  const snapshots = await context.internal<SnapshotModule>('rules/snapshot.js');
  if (catalogues === undefined || snapshots === undefined) throw new Error('no compiler in dist');
  const contestants = setKinds.map((kind): Contestant => {
    const hooks: Hook[] = hooksOf(rulesOf(kind, largest));
    const options = { observations: [Order], rules: hooks, unguarded: 'allow' };
    const catalogue = catalogues.catalogueOf(options);
    return {
      name: kind.name,
      run: (iterations) => {
        let plans = 0;
        for (let index = 0; index < iterations; index++) {
          const at = { parent: null, version: index + 1 };
          plans += snapshots.linkSnapshot(catalogue.document, catalogue, at).plans.size;
        }
        return plans;
      },
    };
  });
  for (const { name, medianNs, minNs } of await measure({ contestants, iterations: 1 })) {
    const figure = `${name}: compile ${largest} rules`;
    const ms = medianNs / 1e6;
    const goal = { goal: '< 1000', met: ms < 1_000 };
    context.figure({ figure: `${figure}, median`, value: ms, unit: 'ms', ...goal });
    context.figure({ figure: `${figure}, min`, value: minNs / 1e6, unit: 'ms' });
  }
}
