import { expect, test } from 'vitest';
import { eq, gt, isIn, type Operand, present } from '../../src/terms/conditions.ts';
import {
  type Field,
  instant,
  integer,
  iri,
  oneOf,
  optional,
  string,
} from '../../src/terms/fields.ts';
import {
  checkFieldName,
  checkTypeName,
  defineObservation,
  type Observation,
} from '../../src/terms/observation.ts';
import { fromQuads, rdfType } from '../../src/terms/rdf.ts';
import { nameConditions, resolveConditions, type Scope } from '../../src/terms/resolve.ts';
import { parseTurtle } from '../../src/terms/turtle.ts';
import { type Mistake, mistakeOf } from '../support/errors.ts';

const ns = 'https://example.com/test#';
const fields: Readonly<Record<string, Field>> = {
  thing: iri(),
  seen: instant(),
  kind: oneOf(['a', 'b']),
  count: optional(integer()),
  maker: optional(iri()),
};
const define = (changes: object = {}, type = 'thing.seen'): Observation =>
  defineObservation(type, { class: `${ns}Thing`, subject: 'thing', fields, ...changes });

const scope: Scope = {
  where: 'hook h',
  bare: 'field',
  field: (operand: Operand) => {
    if ('budget' in operand) return { kind: 'boolean', optional: true };
    return 'field' in operand ? fields[operand.field] : undefined;
  },
};
const guardScope = { where: 'guard g', bare: 'action' } as const;
const resolve = (...drafts: unknown[]): unknown => resolveConditions(drafts as never, scope);

const read = (turtle: string): unknown =>
  fromQuads(define(), parseTurtle(`@prefix : <${ns}> . ${turtle}`, 'thing.ttl'));

test.each<[string, () => unknown, Mistake]>([
  [
    'a type in upper case',
    () => define({}, 'Thing'),
    ['KNHK_TERMS_NAME', 'observation type', 'lower-case words with dots or hyphens', 'Thing'],
  ],
  [
    'a type that is no text',
    () => checkTypeName(7, 'guard'),
    ['KNHK_TERMS_NAME', 'guard', 'lower-case words with dots or hyphens', '7'],
  ],
  [
    'a name with a hyphen',
    () => checkFieldName('a-b', 'window w'),
    ['KNHK_TERMS_NAME', 'window w', 'at most 64 letters, digits or _, a letter first', 'a-b'],
  ],
  [
    'no field',
    () => define({ fields: {} }),
    ['KNHK_LIMIT_FIELDS', 'observation thing.seen', '1 to 64 fields', '0'],
  ],
  [
    'a field with a hyphen',
    () => define({ fields: { ...fields, 'a-b': string() } }),
    [
      'KNHK_TERMS_NAME',
      'observation thing.seen, field a-b',
      'at most 64 letters, digits or _, a letter first',
      'a-b',
    ],
  ],
  [
    'a class that is no IRI',
    () => define({ class: 'Thing' }),
    ['KNHK_TERMS_DECLARATION', 'observation thing.seen, class', 'an absolute IRI', 'Thing'],
  ],
  [
    'no such subject',
    () => define({ subject: 'none' }),
    [
      'KNHK_TERMS_DECLARATION',
      'observation thing.seen, subject',
      'a required iri',
      'no field none',
    ],
  ],
  [
    'a subject of another kind',
    () => define({ subject: 'seen' }),
    [
      'KNHK_TERMS_DECLARATION',
      'observation thing.seen, subject',
      'a required iri',
      'instant, optional: false',
    ],
  ],
  [
    'a time of another kind, optional too',
    () => define({ time: 'count' }),
    [
      'KNHK_TERMS_DECLARATION',
      'observation thing.seen, time',
      'a required instant',
      'integer, optional: true',
    ],
  ],
  [
    'a sector field of another kind',
    () => define({ sectorField: 'seen' }),
    [
      'KNHK_TERMS_DECLARATION',
      'observation thing.seen, sectorField',
      'a required oneOf or string',
      'instant, optional: false',
    ],
  ],
  [
    'a personal field that is optional',
    () => define({ personal: 'count' }),
    [
      'KNHK_TERMS_DECLARATION',
      'observation thing.seen, personal',
      'a required iri or string or oneOf or integer',
      'integer, optional: true',
    ],
  ],
  [
    'sector and sector field',
    () => define({ sector: 'x', sectorField: 'kind' }),
    ['KNHK_TERMS_DECLARATION', 'observation thing.seen', 'either sector or sectorField', 'both'],
  ],
  [
    'a sector with a space',
    () => define({ sector: 'a b' }),
    [
      'KNHK_TERMS_NAME',
      'observation thing.seen, sector',
      'lower-case words with dots or hyphens',
      'a b',
    ],
  ],
  [
    'a predicate twice',
    () => define({ fields: { ...fields, more: string({ predicate: `${ns}count` }) } }),
    [
      'KNHK_TERMS_DECLARATION',
      'observation thing.seen, field more',
      'a predicate IRI of its own',
      'the predicate of field count',
    ],
  ],
  [
    'the predicate of the class',
    () => define({ fields: { ...fields, more: iri({ predicate: rdfType }) } }),
    [
      'KNHK_TERMS_DECLARATION',
      'observation thing.seen, field more',
      'a predicate IRI of its own',
      'http://www.w3.org/1999/02/22-rdf-syntax-ns#type',
    ],
  ],
  [
    'a predicate that is no IRI',
    () => string({ predicate: 'x' }),
    ['KNHK_TERMS_DECLARATION', 'string field', 'an absolute IRI as predicate', 'x'],
  ],
  [
    'one of nothing',
    () => oneOf([]),
    ['KNHK_TERMS_DECLARATION', 'oneOf', '1 to 1024 distinct strings', '0 values'],
  ],
  [
    'one of the same',
    () => oneOf(['a', 'a']),
    ['KNHK_TERMS_DECLARATION', 'oneOf', '1 to 1024 distinct strings', '2 values with repetitions'],
  ],
  [
    'no left side',
    () => eq(undefined as never, 1),
    ['KNHK_TERMS_CONDITION', 'eq', 'a field name, a window, a budget or observed()', 'undefined'],
  ],
  [
    'a set too large',
    () =>
      isIn(
        'a',
        Array.from({ length: 1_025 }, (_, index) => index),
      ),
    ['KNHK_LIMIT_CONDITIONS', 'in', 'at most 1024 values', '1025'],
  ],
  [
    'a condition that is text',
    () => resolve('x'),
    ['KNHK_TERMS_CONDITION', 'hook h', 'a condition made by eq(), gte(), ...', 'x'],
  ],
  [
    'a condition that is null',
    () => resolve(null),
    ['KNHK_TERMS_CONDITION', 'hook h', 'a condition made by eq(), gte(), ...', 'null'],
  ],
  [
    'a condition without a left side',
    () => resolve({ op: 'eq' }),
    ['KNHK_TERMS_CONDITION', 'hook h', 'a condition made by eq(), gte(), ...', 'an object'],
  ],
  [
    'nine conditions',
    () => resolve(...Array.from({ length: 9 }, () => present('count'))),
    ['KNHK_LIMIT_CONDITIONS', 'hook h', 'a list of at most 8 conditions', 'an array of 9'],
  ],
  [
    'no list of conditions',
    () => resolveConditions({} as never, scope),
    ['KNHK_LIMIT_CONDITIONS', 'hook h', 'a list of at most 8 conditions', 'an object'],
  ],
  [
    "no list of a guard's conditions",
    () => nameConditions('x' as never, guardScope),
    ['KNHK_LIMIT_CONDITIONS', 'guard g', 'a list of at most 8 conditions', 'x'],
  ],
  [
    "a number in a guard's conditions",
    () => nameConditions([1] as never, guardScope),
    ['KNHK_TERMS_CONDITION', 'guard g', 'a condition made by eq(), gte(), ...', '1'],
  ],
  [
    'a field that is not declared',
    () => resolve(eq('none', 1)),
    ['KNHK_TERMS_CONDITION', 'hook h, field none', 'something this rule can read', 'field none'],
  ],
  [
    'a budget compared',
    () => resolve({ op: 'gt', left: { budget: 'b' }, right: { value: 1 } }),
    [
      'KNHK_TERMS_CONDITION',
      'hook h, budget b',
      'exceeds() with a budget, and nothing else with it',
      'gt',
    ],
  ],
  [
    'a field that exceeds',
    () => resolve({ op: 'exceeds', left: { field: 'count' } }),
    [
      'KNHK_TERMS_CONDITION',
      'hook h, field count',
      'exceeds() with a budget, and nothing else with it',
      'exceeds',
    ],
  ],
  [
    'an unknown operator',
    () => resolve({ op: 'like', left: { field: 'count' }, right: { value: 1 } }),
    [
      'KNHK_TERMS_CONDITION',
      'hook h, field count',
      'eq, neq, lt, lte, gt, gte, between, in, present, absent, exceeds',
      'like',
    ],
  ],
  [
    'an order on a kind without one',
    () => resolve(gt('kind', 'a')),
    ['KNHK_TERMS_CONDITION', 'hook h, field kind', 'an ordered kind for gt', 'oneOf'],
  ],
  [
    'no right side',
    () => resolve({ op: 'eq', left: { field: 'count' } }),
    ['KNHK_TERMS_CONDITION', 'hook h, field count', 'a right side', 'none'],
  ],
  [
    'between a parameter',
    () => resolve({ op: 'between', left: { field: 'count' }, right: { param: 'p' } }),
    ['KNHK_TERMS_CONDITION', 'hook h, field count', 'literals for between', 'param p'],
  ],
  [
    'in a parameter',
    () => resolve({ op: 'in', left: { field: 'count' }, right: { param: 'p' } }),
    ['KNHK_TERMS_CONDITION', 'hook h, field count', 'literals for in', 'param p'],
  ],
  [
    'in an empty set',
    () => resolve(isIn('count', [])),
    ['KNHK_TERMS_CONDITION', 'hook h, field count', 'a list of values', 'an array of 0'],
  ],
  [
    'in a number',
    () => resolve({ op: 'in', left: { field: 'count' }, right: { value: 5 } }),
    ['KNHK_TERMS_CONDITION', 'hook h, field count', 'a list of values', '5'],
  ],
  [
    'a literal that does not fit',
    () => resolve(eq('count', 1.5)),
    ['KNHK_TERMS_CONDITION', 'hook h, field count', 'an integer with |n| <= 2^53-1, not -0', '1.5'],
  ],
  [
    'a literal of a set that does not fit',
    () => resolve(isIn('count', [1, 'x'])),
    ['KNHK_TERMS_CONDITION', 'hook h, field count', 'an integer with |n| <= 2^53-1, not -0', '"x"'],
  ],
  [
    'Turtle that does not parse',
    () => parseTurtle('<urn:a>\n<urn:b> .', 'a.ttl'),
    ['KNHK_TERMS_RDF', 'a.ttl, line 2', 'Turtle', 'Expected entity but got . on line 2.'],
  ],
  [
    'Turtle too long',
    () => parseTurtle('#'.repeat(16_777_217), 'a.ttl'),
    ['KNHK_TERMS_RDF', 'a.ttl', 'at most 16777216 characters', '16777217'],
  ],
  [
    'a blank subject',
    () => read('_:b a :Thing .'),
    ['KNHK_TERMS_RDF', 'RDF of thing.seen', 'no blank nodes', 'b1_b'],
  ],
  [
    'a blank object',
    () => read('<urn:a> a :Thing ; :kind [] .'),
    ['KNHK_TERMS_RDF', 'RDF of thing.seen', 'no blank nodes', 'urn:a'],
  ],
  [
    'two subjects',
    () => read('<urn:a> a :Thing . <urn:b> a :Thing .'),
    ['KNHK_TERMS_RDF', 'RDF of thing.seen', 'one subject', 'urn:b'],
  ],
  [
    'an unknown predicate',
    () => read('<urn:a> a :Thing ; :none 1 .'),
    [
      'KNHK_TERMS_RDF',
      'RDF of thing.seen',
      'declared predicates only',
      'https://example.com/test#none',
    ],
  ],
  [
    'the subject as a predicate',
    () => read('<urn:a> a :Thing ; :thing <urn:a> .'),
    [
      'KNHK_TERMS_RDF',
      'RDF of thing.seen',
      'declared predicates only',
      'https://example.com/test#thing',
    ],
  ],
  [
    'two values',
    () => read('<urn:a> a :Thing ; :count 1, 2 .'),
    ['KNHK_TERMS_RDF', 'RDF of thing.seen, count', 'one value', 'two'],
  ],
  [
    'no triple',
    () => read(''),
    [
      'KNHK_TERMS_RDF',
      'RDF of thing.seen',
      'a subject of class https://example.com/test#Thing',
      'none',
    ],
  ],
  [
    'no class',
    () => read('<urn:a> :count 1 .'),
    [
      'KNHK_TERMS_RDF',
      'RDF of thing.seen',
      'a subject of class https://example.com/test#Thing',
      'none',
    ],
  ],
  [
    'another class',
    () => read('<urn:a> a :Other .'),
    [
      'KNHK_TERMS_RDF',
      'RDF of thing.seen',
      'declared predicates only',
      'http://www.w3.org/1999/02/22-rdf-syntax-ns#type',
    ],
  ],
  [
    'a literal of another datatype',
    () => read('<urn:a> a :Thing ; :count "1" .'),
    [
      'KNHK_TERMS_RDF',
      'RDF of thing.seen, count',
      'a literal of http://www.w3.org/2001/XMLSchema#integer',
      'http://www.w3.org/2001/XMLSchema#string',
    ],
  ],
  [
    'an IRI for a literal',
    () => read('<urn:a> a :Thing ; :count <urn:x> .'),
    [
      'KNHK_TERMS_RDF',
      'RDF of thing.seen, count',
      'a literal of http://www.w3.org/2001/XMLSchema#integer',
      'NamedNode',
    ],
  ],
  [
    'a literal for an IRI',
    () => read('<urn:a> a :Thing ; :maker "x" .'),
    ['KNHK_TERMS_RDF', 'RDF of thing.seen, maker', 'an IRI', 'Literal'],
  ],
])('%s', (_name, work, mistake) => {
  expect(mistakeOf(work)).toEqual(mistake);
});
