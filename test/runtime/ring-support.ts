import { expect } from 'vitest';
import type { Engine } from '../../src/kernel/engine.ts';
import { TickMeter } from '../../src/kernel/ticks.ts';
import type { Hook } from '../../src/rules/hooks.ts';
import { type ObservationRing, ringOf } from '../../src/runtime/ring.ts';
import {
  between,
  type ConditionDraft,
  eq,
  gte,
  isIn,
  lt,
  neq,
  present,
} from '../../src/terms/conditions.ts';
import {
  boolean,
  decimal,
  type Fields,
  instant,
  integer,
  iri,
  list,
  number,
  oneOf,
  optional,
  string,
} from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { countOf, field, lengthOf, matches, unique } from '../../src/terms/questions.ts';
import { engines } from '../kernel/engines.ts';
import type { Choices } from '../kernel/lanes.ts';
import { type Answer, hookOn, type Looks } from './look-support.ts';

const shape = { class: 'https://example.com/test#Sample', subject: 'subject' } as const;

/** Fields of every kind, named as the generated encoder names its own things. */
export const Sample = defineObservation('sample.taken', {
  ...shape,
  fields: {
    subject: iri(),
    head: integer(),
    cells0: optional(integer()),
    low0: number(),
    high0: optional(number()),
    at: boolean(),
    cell: optional(boolean()),
    input: string(),
    v0_0: optional(string()),
    context: oneOf(['red', 'green', "'", '"', '\\', '\u2028', '*/', '`$' + '{c}`', 'a', 'b']),
    t0_0: optional(iri()),
    c: decimal(),
    f0_0: optional(decimal()),
    encode: instant(),
    m0_0: list(string(), { max: 3 }),
    o0_0: optional(list(integer())),
  },
}) as unknown as Observation;

/** Sixty numbers. */
export const Many = defineObservation('sample.many', {
  ...shape,
  fields: {
    subject: iri(),
    ...(Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`n${n}`, optional(integer())]),
    ) as Fields),
  },
}) as unknown as Observation;

const texts = [
  '',
  'a',
  "'",
  '"',
  '\\',
  '\n',
  '\u2028',
  '`$' + '{c}`',
  '*/',
  '__proto__',
  '\u{1f600}',
];
const iris = ['urn:x:1', 'urn:x:2', "urn:'", 'https://example.com/a'];
const decimals = ['0', '-1.5', '10', '9.99', '9999999999999999999999999999999999'];
const instants = ['2026-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'];

/** A value of a field's kind, as a host and as a rule may write it. */
function sampleOf(name: string, choices: Choices): unknown {
  const { kind, values } = Sample.fields[name] ?? { kind: 'integer' };
  switch (kind) {
    case 'integer':
      return choices.chance(25) ? 1_000 : choices.below(60) - 5;
    case 'number':
      return choices.one([-1e308, -0.5, 0, 0.1, 0.25, 7, 1e308]);
    case 'boolean':
      return choices.chance(50);
    case 'oneOf':
      return choices.one(values!);
    case 'iri':
      return choices.one(iris);
    case 'decimal':
      return choices.one(decimals);
    case 'instant':
      return choices.one(instants);
    case 'list': {
      const items = name === 'm0_0' ? texts : [1, 2, 3];
      return Array.from({ length: choices.below(4) }, () => choices.one<unknown>(items));
    }
    default:
      return choices.one(texts);
  }
}

const unreadable = [null, -0, Number.NaN, '\ud800', 'no iri', {}, [null], 1n, Symbol('s'), 2 ** 53];

/** An input of mostly readable values. */
export function inputOf(of: Observation, choices: Choices): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, { optional: missable }] of Object.entries(of.fields)) {
    if (missable && choices.chance(25)) continue;
    const odd = choices.below(400);
    if (odd === 0) continue;
    if (odd < 4) values[name] = choices.one(unreadable);
    else values[name] = name === 'subject' ? choices.one(iris) : sampleOf(name, choices);
  }
  return values;
}

/** A condition on a field; equalities are rare where lanes must not come to stand in groups. */
function conditionOn(name: string, choices: Choices): ConditionDraft {
  const kind = Sample.fields[name]?.kind ?? 'integer';
  const value = (): never => sampleOf(name, choices) as never;
  const text = kind === 'string' || kind === 'iri' || kind === 'oneOf';
  const pick = choices.below(8);
  if (pick === 0) return present(name);
  if (kind === 'list') {
    if (pick < 3) return unique(name);
    const item = name === 'm0_0' ? choices.one(texts) : 1 + choices.below(3);
    return pick < 5 ? gte(countOf(name, item), 1) : gte(lengthOf(name), choices.below(4));
  }
  if (pick === 1 && text) return matches(name, choices.one(['^a', ':', "'", '.']));
  if (pick === 1 && kind === 'integer') return lt(name, field(name === 'head' ? 'cells0' : 'head'));
  if (pick < 4) return isIn(name, Array.from({ length: 1 + choices.below(12) }, value));
  if (text || kind === 'boolean') return pick < 7 ? eq(name, value()) : neq(name, value());
  if (pick === 4) return between(name, value(), value());
  return choices.one([neq, gte, lt])(name, value());
}

/** Hooks of up to `longest` conditions over some fields of Sample; some are there twice. */
export function hooksOver(
  names: readonly string[],
  count: number,
  longest: number,
  choices: Choices,
): Hook[] {
  const lanes = Array.from({ length: count }, () =>
    Array.from({ length: choices.below(longest + 1) }, () =>
      conditionOn(choices.one(names), choices),
    ),
  );
  return lanes.map((when, n) =>
    hookOn(Sample, `h${n}`, choices.chance(15) ? choices.one(lanes) : when),
  );
}

/** A ring, who evaluates it and what it was counted as. */
export interface Ringed {
  readonly name: string;
  readonly ring: ObservationRing;
  readonly ticks: TickMeter;
}

/** One ring of these rules. */
export function ringFor(
  { plan, snapshot, context }: Looks,
  engine: Engine,
  generate: boolean,
  ticks: TickMeter = new TickMeter(engine),
): Ringed {
  const { windows } = snapshot.document;
  const ring = ringOf({ plan, windows, context, engine, generate, ticks });
  return { name: `${engine.report.name}, generated: ${generate}`, ring, ticks };
}

/** A ring for every engine that runs here and both encoders. */
export function ringsFor(looks: Looks): readonly Ringed[] {
  return engines.flatMap((engine) =>
    [true, false].map((generate) => ringFor(looks, engine, generate)),
  );
}

/** Evaluates what is pending: what each of those taken in fires, in their order. */
export function evaluated(ring: ObservationRing): (readonly number[])[] {
  const answers: (readonly number[])[] = Array.from({ length: ring.pending }, () => []);
  const fired = ring.evaluate();
  expect(ring.pending).toBe(0);
  let last = -1;
  for (let index = 0; index < fired; index++) {
    const position = ring.position(index);
    expect(position).toBeGreaterThan(last);
    expect(position).toBeLessThan(answers.length);
    answers[position] = ring.lanes(index);
    expect(answers[position]!.length).toBeGreaterThan(0);
    last = position;
  }
  return answers;
}

/** What a ring says of inputs that are evaluated in batches of these sizes, over and over. */
export function answersOf(
  ring: ObservationRing,
  inputs: readonly unknown[],
  sizes: readonly number[],
): Answer[] {
  const answers: Answer[] = [];
  const taken: number[] = [];
  let batch = 0;
  const evaluate = (): void => {
    evaluated(ring).forEach((lanes, position) => {
      answers[taken[position]!] = lanes;
    });
    taken.length = 0;
    batch++;
  };
  inputs.forEach((input, index) => {
    const { pending } = ring;
    if (ring.append(input)) taken.push(index);
    else answers[index] = -1;
    expect(ring.pending).toBe(taken.length);
    expect(taken.length - pending).toBe(answers[index] === -1 ? 0 : 1);
    if (taken.length >= sizes[batch % sizes.length]!) evaluate();
  });
  evaluate();
  return answers;
}
