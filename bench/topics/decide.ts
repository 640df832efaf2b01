import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  boolean,
  defineHook,
  defineObservation,
  eq,
  gte,
  integer,
  iri,
  type ObservationInput,
  openRuntime,
  string,
} from 'knhk';
import { type BenchContext, type Measured, measure } from '../harness.ts';

/** Packages of bench/package.json that this topic compares with. */
export const peers: readonly string[] = ['ajv', '@marcbachmann/cel-js'];

const Payment = defineObservation('payment.requested', {
  class: 'https://example.com/pay#Payment',
  subject: 'payment',
  fields: { payment: iri(), amount: integer(), country: string(), verified: boolean() },
});
type Payment = ObservationInput<typeof Payment>;

const inputCount = 20_000;
const countries = ['NG', 'DE', 'FR', 'US'];

/** Non-repeating payments from a fixed generator; every condition holds for a half or less. */
function payments(): Payment[] {
  let state = 20_261_121;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: inputCount }, (_, index) => ({
    payment: `urn:payment:${index}`,
    amount: Math.floor(random() * 1_000),
    country: countries[Math.floor(random() * countries.length)] as string,
    verified: random() < 0.5,
  }));
}

/**
 * One guard of three conditions over a plain object: is this payment stopped for review? 6 in 100
 * are. Every contestant gets the same objects and must give the same answers.
 */
export async function run(context: BenchContext): Promise<void> {
  const inputs = payments();
  const knhk = await contestant(context);
  const counted = (stopped: (payment: Payment) => boolean) => (iterations: number) => {
    let count = 0;
    for (let index = 0; index < iterations; index++) {
      if (stopped(inputs[index % inputCount]!)) count += index & 0xff;
    }
    return count;
  };
  try {
    const measured = await measure({
      iterations: 10 * inputCount,
      rounds: 15,
      contestants: [
        { name: 'knhk', run: counted(knhk.stopped) },
        { name: 'hand-written', run: counted(byHand) },
        { name: 'ajv', run: counted(await byAjv(context)) },
        { name: 'cel-js', run: counted(await byCel(context)) },
      ],
    });
    report(context, measured);
  } finally {
    await knhk.close();
  }
}

function report(context: BenchContext, measured: readonly Measured[]): void {
  const [own, ...others] = measured as [Measured, ...Measured[]];
  context.figure({
    figure: 'decide, 3 conditions, median',
    value: own.medianNs,
    unit: 'ns',
    goal: '<= 60',
    met: own.medianNs <= 60,
  });
  context.figure({ figure: 'decide, 3 conditions, min', value: own.minNs, unit: 'ns' });
  for (const other of others) {
    context.figure({
      figure: 'the same answer, median',
      value: other.medianNs,
      unit: 'ns',
      peer: other.name,
      ratio: other.medianNs / own.medianNs,
    });
  }
}

async function contestant(context: BenchContext): Promise<{
  stopped(payment: Payment): boolean;
  close(): Promise<void>;
}> {
  const data = join(context.directory, 'decide');
  const review = defineHook({
    name: 'review',
    on: Payment,
    when: [gte('amount', 500), eq('country', 'NG'), eq('verified', false)],
    act: { type: 'payment.review', target: 'desk' },
  });
  const knhk = await openRuntime({
    origin: 'bench.example/decide',
    data,
    observations: [Payment],
    rules: [review],
    unguarded: 'allow',
  });
  return {
    stopped: (payment) => knhk.decide(Payment, payment).outcome === 'acted',
    close: async () => {
      await knhk.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function byHand(payment: Payment): boolean {
  return payment.amount >= 500 && payment.country === 'NG' && payment.verified === false;
}

interface Ajv {
  compile(schema: unknown): (value: unknown) => boolean;
}

async function byAjv(context: BenchContext): Promise<(payment: Payment) => boolean> {
  const { default: exported } = await context.peer<{ default: unknown }>('ajv');
  const Ajv = ((exported as { default?: unknown }).default ?? exported) as new () => Ajv;
  return new Ajv().compile({
    type: 'object',
    required: ['amount', 'country', 'verified'],
    properties: {
      amount: { type: 'integer', minimum: 500 },
      country: { const: 'NG' },
      verified: { const: false },
    },
  });
}

interface Cel {
  parse(expression: string): (context: unknown) => unknown;
}

async function byCel(context: BenchContext): Promise<(payment: Payment) => boolean> {
  const { parse } = await context.peer<Cel>('@marcbachmann/cel-js');
  const evaluate = parse('amount >= 500.0 && country == "NG" && verified == false');
  return (payment) => evaluate(payment) === true;
}
