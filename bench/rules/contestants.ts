import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openRuntime } from 'knhk';
import type { BenchContext, Contestant } from '../harness.ts';
import { casbin, cedar, type EngineCondition, rulesEngine } from '../peers.ts';
import { hooksOf, Order, orderCount, type RuleData } from './sets.ts';

/** A contestant together with what it can say of one order. */
export interface Decider extends Contestant {
  /** Milliseconds that taking the rules took. */
  readonly openMs: number;
  /** Names of the rules that fired; or, where it can say no more, whether any did. */
  answer(order: Order): MaybePromise<readonly string[] | boolean>;
  close(): Promise<void>;
}

/** knhk, which also runs over other orders than the peers. */
export interface OwnDecider extends Decider {
  /** @param some a power of two of orders */
  over(name: string, some: readonly Order[]): Contestant;
}

type MaybePromise<Value> = Value | Promise<Value>;

/** Operations per round: about so much time for each contestant, at least two. */
const perRound = (rules: number, ruleEvaluations: number, most: number): number =>
  Math.max(2, Math.min(most, Math.floor(ruleEvaluations / rules)));

const noClose = async (): Promise<void> => {};

/** knhk, and its peers with the same rules, ready to decide on these orders. */
export async function decidersFor(
  context: BenchContext,
  rules: readonly RuleData[],
  orders: readonly Order[],
): Promise<[OwnDecider, ...Decider[]]> {
  return [
    await byKnhk(context, rules, orders),
    await byCasbin(context, rules, orders),
    await byCedar(context, rules, orders),
    await byRulesEngine(context, rules, orders),
  ];
}

/** Runtimes opened so far: each has its own directory. */
let opened = 0;

async function byKnhk(
  context: BenchContext,
  rules: readonly RuleData[],
  orders: readonly Order[],
): Promise<OwnDecider> {
  const data = join(context.directory, `rules-${opened++}`);
  const hooks = hooksOf(rules);
  const start = performance.now();
  const knhk = await openRuntime({
    ...{ origin: 'bench.example/rules', data, observations: [Order], rules: hooks },
    unguarded: 'allow',
  });
  // Whatever is made at the first decision belongs to the opening.
  knhk.decide(Order, orders[0]!);
  const openMs = performance.now() - start;
  const over = (name: string, some: readonly Order[]): Contestant => ({
    name,
    run: (iterations) => {
      const mask = some.length - 1;
      let fired = 0;
      for (let index = 0; index < iterations; index++) {
        const decision = knhk.decide(Order, some[index & mask]!);
        if (decision.outcome === 'acted') fired += decision.fired.length;
      }
      return fired;
    },
  });
  return {
    ...over('knhk', orders),
    over,
    openMs,
    answer: (order) => {
      const decision = knhk.decide(Order, order);
      if (decision.outcome === 'idle' || decision.outcome === 'acted') return decision.fired;
      throw new Error(`knhk: ${decision.outcome}`);
    },
    close: async () => {
      await knhk.close();
      rmSync(data, { recursive: true, force: true });
      rmSync(`${data}.keys`, { recursive: true, force: true });
    },
  };
}

async function byCasbin(
  context: BenchContext,
  rules: readonly RuleData[],
  orders: readonly Order[],
): Promise<Decider> {
  const { key, countries, ranges } = rules[0]!;
  const columns: string[] = [];
  const tests: string[] = [];
  if (key !== undefined) {
    columns.push('key');
    tests.push('r.obs.key == p.key');
  }
  for (const { field } of ranges) {
    columns.push(`${field}Low`, `${field}High`);
    tests.push(`r.obs.${field} >= p.${field}Low`, `r.obs.${field} <= p.${field}High`);
  }
  if (countries !== undefined) {
    columns.push('first', 'second');
    tests.push('(r.obs.country == p.first || r.obs.country == p.second)');
  }
  const policies = rules.map((rule) => [
    ...(rule.key === undefined ? [] : [rule.key]),
    ...rule.ranges.flatMap(({ low, high }) => [String(low), String(high)]),
    ...(rule.countries ?? []),
  ]);
  const start = performance.now();
  const allows = await casbin(context, tests.join(' && '), columns, policies);
  return {
    name: 'casbin',
    openMs: performance.now() - start,
    iterations: perRound(rules.length, 60_000, 8_192),
    answer: allows,
    run: (iterations) => {
      let count = 0;
      for (let index = 0; index < iterations; index++) {
        if (allows(orders[index & (orderCount - 1)]!)) count += index + 1;
      }
      return count;
    },
    close: noClose,
  };
}

async function byCedar(
  context: BenchContext,
  rules: readonly RuleData[],
  orders: readonly Order[],
): Promise<Decider> {
  const conditions = rules.map(({ name, key, countries, ranges }) => {
    const tests = ranges.map(
      ({ field, low, high }) => `context.${field} >= ${low} && context.${field} <= ${high}`,
    );
    if (key !== undefined) tests.unshift(`context.key == ${JSON.stringify(key)}`);
    if (countries !== undefined) {
      tests.push(`${JSON.stringify(countries)}.contains(context.country)`);
    }
    return [name, tests.join(' && ')] as const;
  });
  const start = performance.now();
  const permits = await cedar(context, Object.fromEntries(conditions));
  return {
    name: 'cedar-wasm',
    openMs: performance.now() - start,
    iterations: perRound(rules.length, 12_000, 256),
    answer: permits,
    run: (iterations) => {
      let count = 0;
      for (let index = 0; index < iterations; index++) {
        count += permits(orders[index & (orderCount - 1)]!).length;
      }
      return count;
    },
    close: noClose,
  };
}

async function byRulesEngine(
  context: BenchContext,
  rules: readonly RuleData[],
  orders: readonly Order[],
): Promise<Decider> {
  const conditions = rules.map(({ name, key, countries, ranges }) => {
    const all: EngineCondition[] = [];
    if (key !== undefined) all.push({ fact: 'key', operator: 'equal', value: key });
    for (const { field, low, high } of ranges) {
      all.push({ fact: field, operator: 'greaterThanInclusive', value: low });
      all.push({ fact: field, operator: 'lessThanInclusive', value: high });
    }
    if (countries !== undefined) all.push({ fact: 'country', operator: 'in', value: countries });
    return [name, all] as const;
  });
  const start = performance.now();
  const fires = await rulesEngine(context, Object.fromEntries(conditions));
  return {
    name: 'json-rules-engine',
    openMs: performance.now() - start,
    iterations: perRound(rules.length, 600, 64),
    answer: fires,
    run: async (iterations) => {
      let count = 0;
      for (let index = 0; index < iterations; index++) {
        count += (await fires(orders[index & (orderCount - 1)]!)).length;
      }
      return count;
    },
    close: noClose,
  };
}
