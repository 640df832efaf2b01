import type { Hook } from '../../src/rules/hooks.ts';
import {
  absent,
  between,
  type ConditionDraft,
  eq,
  gte,
  isIn,
  lt,
  lte,
  neq,
  present,
} from '../../src/terms/conditions.ts';
import {
  boolean,
  decimal,
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
import { countOf, field, includes, lengthOf, matches, unique } from '../../src/terms/questions.ts';
import { type Choices, doubles } from '../kernel/lanes.ts';
import { hookOn } from './look-support.ts';

/** Names that the generated code itself uses, or that mean something in JavaScript. */
export const Sample: Observation = defineObservation('sample.taken', {
  class: 'https://example.com/test#Sample',
  subject: 'subject',
  fields: {
    subject: iri(),
    fired: integer(),
    c: optional(integer()),
    w0: number(),
    v1: optional(number()),
    at: boolean(),
    context: optional(boolean()),
    input: string(),
    r0: optional(string()),
    arguments: oneOf(['red', 'green', 'blue', 'cyan', 'pink', 'grey', 'a', 'b', "'", '"']),
    eval: optional(iri()),
    await: decimal(),
    class: optional(decimal()),
    return: instant(),
    t0: list(string(), { max: 3 }),
    m0: optional(list(integer())),
  },
}) as unknown as Observation;

const texts = [
  ...[
    '',
    'a',
    'A',
    "'",
    '"',
    '\\',
    '`$' + '{1}`',
    '*/',
    '//',
    '\n',
    '\r\n',
    '\u2028',
    '\u2029',
    '\0',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '</script>',
    '\u{1f600}',
    '\ud7ff',
    '\uffff',
    '$' + '{at}',
  ],
  ...['"]; return 1; //', "'); throw 1; ('", '\\u0027', '\\"', 'input', 'undefined', 'null'],
];
const iris = ['urn:x:1', 'urn:x:2', "urn:'", 'https://example.com/a', 'urn:$%7B1%7D'];
const colours = Sample.fields['arguments']!.values!;
const dates = ['2026-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z'];
const decimals = ['0', '-1.5', '10', '9.99', '9999999999999999999999999999999999'];
// No literal and no value that is read is -0.
const numbers = doubles.map((value) => value + 0);
const integers = [-Number.MAX_SAFE_INTEGER, -1, 0, 1, 2, 45, Number.MAX_SAFE_INTEGER];

/** A value for each field that it can hold. */
export const makers: { readonly [name: string]: (choices: Choices) => unknown } = {
  subject: (choices) => choices.one(iris),
  fired: (choices) => choices.one(integers),
  c: (choices) => choices.one(integers),
  w0: (choices) => choices.one(numbers),
  v1: (choices) => choices.one(numbers),
  at: (choices) => choices.chance(50),
  context: (choices) => choices.chance(50),
  input: (choices) => choices.one(texts),
  r0: (choices) => choices.one(texts),
  arguments: (choices) => choices.one(colours),
  eval: (choices) => choices.one(iris),
  await: (choices) => choices.one(decimals),
  class: (choices) => choices.one([...decimals, '0.0', '+10', '9.990']),
  return: (choices) => choices.one<unknown>([...dates, new Date(0), '1970-01-01T01:00:00+01:00']),
  t0: (choices) => Array.from({ length: choices.below(4) }, () => choices.one(texts)),
  m0: (choices) => Array.from({ length: choices.below(9) }, () => choices.one(integers)),
};
export const names = Object.keys(makers);

/** What fields cannot hold, or some of them. */
export const hostile: readonly unknown[] = [
  ...[null, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 53, '1', 'true', true],
  ...['\ud800', 'a\udc00', 'x'.repeat(8_193), '\u00e9'.repeat(4_097), 'no iri', 'urn:', 'black'],
  ...[{}, [], [null], [1, '1'], new Date(Number.NaN), new Date(0), 1n, Symbol('s'), () => 1],
  ...['1e3', '.5', '2026-01-01', '2026-02-30T00:00:00Z', new String('a'), new Number(1)],
  ...[Array(2), Array(9).fill(1), ['a', 'b', 'c', 'd'], ['\ud800'], [-0], [1.5]],
];
/** The longest texts. */
export const readable: readonly unknown[] = [
  'x'.repeat(8_192),
  '\u00e9'.repeat(4_096),
  '\u{1f600}',
];

/** An input, most of it readable. */
export function inputOf(choices: Choices): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const { optional: missable } = Sample.fields[name]!;
    if (missable ? choices.chance(25) : choices.chance(1)) continue;
    const odd = choices.below(100);
    values[name] =
      odd < 2 ? choices.one(hostile) : odd < 4 ? choices.one(readable) : makers[name]!(choices);
  }
  if (choices.chance(10)) values['extra'] = 1;
  return values;
}

/** Conditions on one field, by what its kind takes. */
function conditionOn(name: string, choices: Choices): ConditionDraft {
  const { kind } = Sample.fields[name]!;
  const value = (): never => makers[name]!(choices) as never;
  const same = names.filter((other) => Sample.fields[other]!.kind === kind && other !== name);
  const pick = choices.below(12);
  if (pick === 0) return present(name);
  if (pick === 1) return absent(name);
  if (kind === 'list') {
    const length = choices.below(4);
    if (pick < 4) return gte(lengthOf(name), length);
    if (pick < 6) return unique(name);
    const item = name === 't0' ? choices.one(texts) : choices.one(integers);
    return pick < 9 ? includes(name, item) : gte(countOf(name, item), 1 + choices.below(2));
  }
  if (pick === 2 && same.length > 0) return eq(name, field(choices.one(same)));
  const text = kind === 'string' || kind === 'iri' || kind === 'oneOf';
  if (pick === 3 && text) return matches(name, choices.one(['^a', 'a|1', '.', ':', "'"]));
  if (pick === 4 && text) return lt(lengthOf(name), choices.below(5));
  if (pick < 6) return isIn(name, Array.from({ length: 1 + choices.below(12) }, value));
  if (text || kind === 'boolean') return pick < 10 ? eq(name, value()) : neq(name, value());
  if (pick === 6) return between(name, value(), value());
  return choices.one([eq, neq, gte, lt, lte])(name, value());
}

/** Hooks of up to two conditions on the given fields. */
export function hooksOf(choices: Choices, count: number, read: readonly string[]): Hook[] {
  const when = () =>
    Array.from({ length: choices.below(3) }, () => conditionOn(choices.one(read), choices));
  return Array.from({ length: count }, (_, n) => hookOn(Sample, `h${n}`, when()));
}
