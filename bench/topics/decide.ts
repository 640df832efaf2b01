import type { Runtime } from 'knhk';
import {
  countFiring,
  deniedPayments,
  isStopped,
  manyRules,
  Payment,
  payingRules,
  paymentCount,
  payments,
  reviewRules,
  withRuntime,
} from '../decide/payments.ts';
import { blockTimes, bytesPerCall } from '../decide/single.ts';
import { type BenchContext, type Contestant, type Measured, measure } from '../harness.ts';
import { isolated } from '../isolated.ts';
import { ajv, casbin, cedar, cel, rulesEngine } from '../peers.ts';

/** Packages of bench/package.json that this topic compares with. */
export const peers: readonly string[] = [
  ...['ajv', '@marcbachmann/cel-js', 'casbin', '@cedar-policy/cedar-wasm/nodejs'],
  'json-rules-engine',
];

const decisions = 262_144;
const rounds = 15;
const mask = paymentCount - 1;

/** One decision from a plain object: alone, with many hooks, and denied with the reason. */
export async function run(context: BenchContext): Promise<void> {
  const { url } = import.meta;
  await isolated(context, url, 'threeConditions');
  await isolated(context, url, 'underShapes');
  await isolated(context, url, 'inBlocks');
  await isolated(context, url, 'manyHooks');
  await isolated(context, url, 'denied');
}

/** Says by which engine decisions are made, where the runtime does. */
function sayEngine(knhk: Runtime): void {
  const { engine } = knhk as { readonly engine?: unknown };
  if (engine !== undefined) console.error(`decide: runtime.engine is ${JSON.stringify(engine)}`);
}

type Stops = (payment: Payment) => boolean | Promise<boolean>;

type Loop = (inputs: readonly Payment[], stops: Stops, times: number) => number;

// Compiled anew for each contestant: in a loop that all share, V8 would see seven functions called
// at one place and inline none of them, as it does at a host's own call.
const newLoop = (name: string): Loop =>
  new Function(
    ...['inputs', 'stops', 'times'],
    // The name keeps V8 from taking the same text for the same function.
    `let count = 0; // ${name}
    for (let index = 0; index < times; index++) {
      if (stops(inputs[index & ${mask}])) count += index & 255;
    }
    return count;`,
  ) as Loop;

/** Counts over a list of payments; the places of those stopped count, so that none may differ. */
function counted(
  name: string,
  inputs: readonly Payment[],
  stops: (payment: Payment) => boolean,
  iterations?: number,
): Contestant {
  const loop = newLoop(name);
  const run = (times: number): number => loop(inputs, stops, times);
  return { name, ...(iterations === undefined ? {} : { iterations }), run };
}

/** What a peer must be slower by, at least; level means within a twentieth. */
const goals: Readonly<Record<string, number>> = {
  ...{ ajv: 0.95, 'cel-js': 4, casbin: 45, 'cedar-wasm': 700 },
};

/** One hook of three conditions, and the same question asked of peers. */
export async function threeConditions(context: BenchContext): Promise<void> {
  const inputs = payments();
  const peers = await peersFor(context);
  await withRuntime(context, 'decide', reviewRules, async (knhk) => {
    sayEngine(knhk);
    const own = (payment: Payment): boolean => knhk.decide(Payment, payment).outcome === 'acted';
    await checkAnswers(inputs, { knhk: own, ...peers });
    const { ajv, 'cel-js': cel, casbin, 'cedar-wasm': cedar, 'json-rules-engine': rules } = peers;
    const measured = await measure({
      iterations: decisions,
      rounds,
      // Their rounds differ in length; every answer was compared before.
      checksums: 'differ',
      contestants: [
        counted('knhk', inputs, own),
        counted('hand-written', inputs, isStopped),
        counted('ajv', inputs, ajv),
        counted('cel-js', inputs, cel, 65_536),
        counted('casbin', inputs, casbin, 8_192),
        counted('cedar-wasm', inputs, cedar, 512),
        countedLater('json-rules-engine', inputs, rules, 1_024),
      ],
    });
    reportPeers(context, measured);
  });
}

function countedLater(
  name: string,
  inputs: readonly Payment[],
  stops: (payment: Payment) => Promise<boolean>,
  iterations: number,
): Contestant {
  const run = async (times: number): Promise<number> => {
    let count = 0;
    for (let index = 0; index < times; index++) if (await stops(inputs[index & mask]!)) count++;
    return count;
  };
  return { name, iterations, run };
}

function reportPeers(context: BenchContext, measured: readonly Measured[]): void {
  const [own, ...others] = measured as [Measured, ...Measured[]];
  const figure = 'decide, 3 conditions';
  const goal = { goal: '<= 25', met: own.medianNs <= 25 };
  context.figure({ figure: `${figure}, median`, value: own.medianNs, unit: 'ns', ...goal });
  context.figure({ figure: `${figure}, min`, value: own.minNs, unit: 'ns' });
  for (const { name, medianNs } of others) {
    const ratio = medianNs / own.medianNs;
    const least = goals[name];
    context.figure({
      ...{ figure: 'the same answer, median', value: medianNs, unit: 'ns', peer: name, ratio },
      ...(least === undefined ? {} : { goal: `>= ${least}x`, met: ratio >= least }),
    });
  }
}

async function peersFor(context: BenchContext) {
  const byAjv = await ajv(context, {
    type: 'object',
    required: ['amount', 'country', 'verified'],
    properties: {
      amount: { type: 'integer', minimum: 500 },
      country: { const: 'NG' },
      verified: { const: false },
    },
  });
  const byCel = await cel(context, 'amount >= 500.0 && country == "NG" && verified == false');
  const matcher = 'r.obs.amount >= 500 && r.obs.country == "NG" && r.obs.verified == false';
  const byCedar = await cedar(context, {
    stop: matcher.replaceAll('r.obs', 'context'),
  });
  const byRules = await rulesEngine(context, {
    stop: [
      { fact: 'amount', operator: 'greaterThanInclusive', value: 500 },
      { fact: 'country', operator: 'equal', value: 'NG' },
      { fact: 'verified', operator: 'equal', value: false },
    ],
  });
  return {
    ajv: byAjv,
    'cel-js': (payment: Payment): boolean => byCel(payment) === true,
    casbin: await casbin(context, matcher),
    'cedar-wasm': (payment: Payment): boolean => byCedar(payment).length > 0,
    'json-rules-engine': async (payment: Payment) => (await byRules(payment)).length > 0,
  };
}

/**
 * Compares every answer with the one by hand.
 *
 * @throws Error at the first difference
 */
async function checkAnswers(
  inputs: readonly Payment[],
  contestants: Readonly<Record<string, Stops>>,
): Promise<void> {
  for (const [name, stops] of Object.entries(contestants)) {
    for (const payment of inputs) {
      if ((await stops(payment)) === isStopped(payment)) continue;
      throw new Error(`${name} answers otherwise: ${JSON.stringify(payment)}`);
    }
  }
}

const paymentShapes = `
  @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix pay: <https://example.com/pay#> .
  pay:Shape a sh:NodeShape ; sh:targetClass pay:Payment ;
    sh:property [ sh:path pay:amount ; sh:minCount 1 ; sh:minInclusive 0 ; sh:maxExclusive 1000 ] ;
    sh:property [ sh:path pay:country ; sh:in ("NG" "DE" "FR" "US") ] .`;

/** The same hook under shapes that are rows of the kernel too. */
export async function underShapes(context: BenchContext): Promise<void> {
  const inputs = payments();
  const use = async (knhk: Runtime): Promise<void> => {
    const [routing] = knhk.routing();
    const bad = knhk.decide(Payment, { ...inputs[0]!, amount: -1 }).sigma;
    if (routing?.route !== 'hot' || bad !== 'violates') throw new Error('the shapes are warm');
    const stops = (payment: Payment): boolean => knhk.decide(Payment, payment).outcome === 'acted';
    await checkAnswers(inputs, { shaped: stops });
    const contestants = [counted('under shapes', inputs, stops)];
    const [own] = await measure({ contestants, iterations: decisions, rounds });
    const figure = 'decide, 3 conditions, under shapes as rows';
    context.figure({ figure: `${figure}, median`, value: own!.medianNs, unit: 'ns' });
    context.figure({ figure: `${figure}, min`, value: own!.minNs, unit: 'ns' });
  };
  await withRuntime(context, 'shaped', reviewRules, use, paymentShapes);
}

/** The slowest of a hundred blocks, and what idle decisions leave on the heap. */
export async function inBlocks(context: BenchContext): Promise<void> {
  const inputs = payments();
  const idle = inputs.filter((payment) => !isStopped(payment)).slice(0, paymentCount / 2);
  await withRuntime(context, 'blocks', reviewRules, async (knhk) => {
    const decide = (list: readonly Payment[], wanted: string) => (from: number, count: number) => {
      let found = 0;
      for (let index = from; index < from + count; index++) {
        if (knhk.decide(Payment, list[index & (list.length - 1)]!).outcome === wanted) found++;
      }
      return found;
    };
    const bytes = bytesPerCall(decide(idle, 'idle'));
    const { p99 } = blockTimes(decide(inputs, 'acted'));
    context.figure({
      ...{ figure: 'decide, 3 conditions, p99 of blocks of 64', value: p99, unit: 'ns' },
      ...{ goal: '<= 100', met: p99 <= 100 },
    });
    context.figure({
      ...{ figure: 'decide, nothing fires, heap', value: bytes, unit: 'B' },
      ...{ goal: '0', met: bytes === 0 },
    });
  });
}

/** 31 hooks of three conditions. */
export async function manyHooks(context: BenchContext): Promise<void> {
  const inputs = payments();
  await withRuntime(context, 'many', manyRules, async (knhk) => {
    const fired = (payment: Payment): number => {
      const decision = knhk.decide(Payment, payment);
      return decision.outcome === 'acted' ? decision.fired.length : 0;
    };
    for (const payment of inputs) {
      if (fired(payment) === countFiring(payment)) continue;
      throw new Error(`knhk fires otherwise: ${JSON.stringify(payment)}`);
    }
    const contestant = counted('knhk', inputs, (payment) => fired(payment) > 0);
    const [own] = await measure({ contestants: [contestant], iterations: decisions, rounds });
    const share = inputs.filter((payment) => countFiring(payment) > 0).length / inputs.length;
    const { medianNs, minNs } = own!;
    context.figure({
      ...{ figure: 'decide, 31 hooks, median', value: medianNs, unit: 'ns' },
      ...{ goal: '<= 40', met: medianNs <= 40 },
    });
    context.figure({ figure: 'decide, 31 hooks, min', value: minNs, unit: 'ns' });
    context.figure({ figure: 'decide, 31 hooks, share that fires', value: 100 * share, unit: '%' });
  });
}

/** An action that a guard denies: the answer with its verdicts, and everything explained. */
export async function denied(context: BenchContext): Promise<void> {
  const inputs = deniedPayments();
  await withRuntime(context, 'denied', payingRules, async (knhk) => {
    const decided = (payment: Payment): boolean => {
      const decision = knhk.decide(Payment, payment);
      return decision.outcome === 'denied' && decision.verdicts[0]!.guard === 'review-first';
    };
    const explained = (payment: Payment): boolean => {
      const why = knhk.explain(Payment, payment);
      return why.outcome === 'denied' && why.guards[1]!.firstFalse?.seen === payment.amount;
    };
    if (!inputs.every((payment) => decided(payment) && explained(payment))) {
      throw new Error('knhk does not deny, or does not say why');
    }
    const measured = await measure({
      ...{ iterations: 32_768, rounds },
      contestants: [
        counted('decide, denied with verdicts', inputs, decided),
        counted('explain, denied: hook and 2 guards', inputs, explained),
      ],
    });
    for (const { name, medianNs, minNs } of measured) {
      const goal = { goal: '<= 300', met: medianNs <= 300 };
      context.figure({ figure: `${name}, median`, value: medianNs, unit: 'ns', ...goal });
      context.figure({ figure: `${name}, min`, value: minNs, unit: 'ns' });
    }
  });
}
