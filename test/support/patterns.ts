import fc from 'fast-check';
import { KnhkError } from '../../src/base/errors.ts';

/** Few characters, so that patterns and texts meet: each kind that sets tell apart, and halves. */
const characters = ['a', 'b', 'c', '1', '_', ' ', '-', '\n', '\u00e9', '\u2028', '\u{1f600}'];
const halves = ['\ud83d', '\ude00'];

/** Short texts; halves of surrogate pairs stand alone, in the wrong order, and make pairs. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: drawn([...characters, ...halves], 7) },
  { weight: 2, arbitrary: drawn(['a', 'b'], 7) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 7 }) },
);

function drawn(units: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...units), maxLength });
}

const literals = fc.constantFrom(
  ...characters,
  ...['\\.', '\\$', '\\n', '\\cJ', '\\x61', '\\u0062', '\\u{63}', '\\ud83d\\ude00', '\\ud83d'],
);
const sets = fc.constantFrom('.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S');
const assertions = fc.constantFrom('^', '$', '\\b', '\\B');
const items = fc.oneof(
  fc.constantFrom('a-b', 'b-z', '0-9', '\\-', '\\b', '\\]', '_', ' -a', '\u00e9-\u{1f600}'),
  fc.constantFrom(...['a', 'b', '\\d', '\\W', '\\s', '\\ud83d', '\\u{1f600}', '\\x31-\\x39']),
);
const classes = fc
  .tuple(fc.boolean(), fc.array(items, { maxLength: 3 }), fc.boolean())
  .map(([negated, list, hyphen]) => `[${negated ? '^' : ''}${list.join('')}${hyphen ? '-' : ''}]`);
const quantifiers = fc.constantFrom(
  ...['*', '+', '?', '*?', '+?', '??', '{0}', '{2}', '{1,}', '{0,2}', '{1,3}?', '{3,}?'],
);

/** Patterns of the subset, nested at most two deep: RegExp must come to an end on them. */
export const patterns: fc.Arbitrary<string> = fc.letrec<{ choice: string; atom: string }>(
  (tie) => ({
    atom: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      literals,
      sets,
      classes,
      tie('choice').map((inner) => `(${inner})`),
      tie('choice').map((inner) => `(?:${inner})`),
    ),
    choice: fc
      .array(sequenceOf(tie('atom')), { minLength: 1, maxLength: 3 })
      .map((list) => list.join('|')),
  }),
).choice;

function sequenceOf(atom: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const quantified = fc.tuple(atom, quantifiers).map(([left, right]) => left + right);
  const term = fc.oneof(
    { weight: 4, arbitrary: atom },
    { weight: 2, arbitrary: quantified },
    { weight: 1, arbitrary: assertions },
  );
  return fc.array(term, { maxLength: 4 }).map((list) => list.join(''));
}

const tokens = [
  ...['a', 'b', '-', ',', '1', '2', 'd', 'u', 'x', '0', 'c', 'k', 'p', '/', '\n', '\u{1f600}'],
  ...['(', ')', '[', ']', '{', '}', '*', '+', '?', '|', '^', '$', '\\', '.', '(?:', '(?=', '(?<'],
  ...['{2}', '{1,}', '{2,1}', '\\b', '\\d', '[^', '[a-', '\\ud83d', '\\u{', '\\x61', '\\-', '\\1'],
];

/** Anything that looks like a pattern; most of them have a syntax error. */
export const scribbles: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...tokens), { maxLength: 7 })
  .map((list) => list.join(''));

/** Compiles within a property; the rare pattern that crosses a limit is passed over. */
export function withinLimits<Compiled>(compile: () => Compiled): Compiled {
  try {
    return compile();
  } catch (error) {
    fc.pre(!(error instanceof KnhkError && error.details.expected.startsWith('at most')));
    throw error;
  }
}
