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
import { mistakes } from '../support/errors.ts';

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

mistakes('KNHK_TERMS_NAME', [
  [() => define({}, 'Thing'), 'observation type', 'lower-case words with dots or hyphens', 'Thing'],
  [() => checkTypeName(7, 'guard'), 'guard', 'lower-case words with dots or hyphens', '7'],
  [
    () => checkFieldName('a-b', 'window w'),
    'window w',
    'at most 64 letters, digits or _, a letter first',
    'a-b',
  ],
  [
    () => define({ fields: { ...fields, 'a-b': string() } }),
    'observation thing.seen, field a-b',
    'at most 64 letters, digits or _, a letter first',
    'a-b',
  ],
  [
    () => define({ sector: 'a b' }),
    'observation thing.seen, sector',
    'lower-case words with dots or hyphens',
    'a b',
  ],
]);

mistakes('KNHK_LIMIT_FIELDS', [
  [() => define({ fields: {} }), 'observation thing.seen', '1 to 64 fields', '0'],
]);

mistakes('KNHK_TERMS_DECLARATION', [
  [() => define({ class: 'Thing' }), 'observation thing.seen, class', 'an absolute IRI', 'Thing'],
  [
    () => define({ subject: 'none' }),
    'observation thing.seen, subject',
    'a required iri',
    'no field none',
  ],
  [
    () => define({ subject: 'seen' }),
    'observation thing.seen, subject',
    'a required iri',
    'instant, optional: false',
  ],
  [
    () => define({ time: 'count' }),
    'observation thing.seen, time',
    'a required instant',
    'integer, optional: true',
  ],
  [
    () => define({ sectorField: 'seen' }),
    'observation thing.seen, sectorField',
    'a required oneOf or string',
    'instant, optional: false',
  ],
  [
    () => define({ personal: 'count' }),
    'observation thing.seen, personal',
    'a required iri or string or oneOf or integer',
    'integer, optional: true',
  ],
  [
    () => define({ sector: 'x', sectorField: 'kind' }),
    'observation thing.seen',
    'either sector or sectorField',
    'both',
  ],
  [
    () => define({ fields: { ...fields, more: string({ predicate: `${ns}count` }) } }),
    'observation thing.seen, field more',
    'a predicate IRI of its own',
    'the predicate of field count',
  ],
  [
    () => define({ fields: { ...fields, more: iri({ predicate: rdfType }) } }),
    'observation thing.seen, field more',
    'a predicate IRI of its own',
    'http://www.w3.org/1999/02/22-rdf-syntax-ns#type',
  ],
  [() => string({ predicate: 'x' }), 'string field', 'an absolute IRI as predicate', 'x'],
  [() => oneOf([]), 'oneOf', '1 to 1024 distinct strings', '0 values'],
  [() => oneOf(['a', 'a']), 'oneOf', '1 to 1024 distinct strings', '2 values with repetitions'],
]);

mistakes('KNHK_TERMS_CONDITION', [
  [
    () => eq(undefined as never, 1),
    'eq',
    'a field name, a window, a budget or observed()',
    'undefined',
  ],
  [() => resolve('x'), 'hook h', 'a condition made by eq(), gte(), ...', 'x'],
  [() => resolve(null), 'hook h', 'a condition made by eq(), gte(), ...', 'null'],
  [() => resolve({ op: 'eq' }), 'hook h', 'a condition made by eq(), gte(), ...', 'an object'],
  [
    () => nameConditions([1] as never, guardScope),
    'guard g',
    'a condition made by eq(), gte(), ...',
    '1',
  ],
  [
    () => resolve(eq('none', 1)),
    'hook h, field none',
    'something this rule can read',
    'field none',
  ],
  [
    () => resolve({ op: 'gt', left: { budget: 'b' }, right: { value: 1 } }),
    'hook h, budget b',
    'exceeds() with a budget, and nothing else with it',
    'gt',
  ],
  [
    () => resolve({ op: 'exceeds', left: { field: 'count' } }),
    'hook h, field count',
    'exceeds() with a budget, and nothing else with it',
    'exceeds',
  ],
  [
    () => resolve({ op: 'like', left: { field: 'count' }, right: { value: 1 } }),
    'hook h, field count',
    'eq, neq, lt, lte, gt, gte, between, in, matches, includes, unique, datatype, present, ' +
      'absent, exceeds',
    'like',
  ],
  [() => resolve(gt('kind', 'a')), 'hook h, field kind', 'an ordered kind for gt', 'oneOf'],
  [
    () => resolve({ op: 'eq', left: { field: 'count' } }),
    'hook h, field count',
    'a right side',
    'none',
  ],
  [
    () => resolve({ op: 'between', left: { field: 'count' }, right: { param: 'p' } }),
    'hook h, field count',
    'literals for between',
    'param p',
  ],
  [
    () => resolve({ op: 'in', left: { field: 'count' }, right: { param: 'p' } }),
    'hook h, field count',
    'literals for in',
    'param p',
  ],
  [() => resolve(isIn('count', [])), 'hook h, field count', 'a list of values', 'an array of 0'],
  [
    () => resolve({ op: 'in', left: { field: 'count' }, right: { value: 5 } }),
    'hook h, field count',
    'a list of values',
    '5',
  ],
  [
    () => resolve(eq('count', 1.5)),
    'hook h, field count',
    'an integer with |n| <= 2^53-1, not -0',
    '1.5',
  ],
  [
    () => resolve(isIn('count', [1, 'x'])),
    'hook h, field count',
    'an integer with |n| <= 2^53-1, not -0',
    '"x"',
  ],
]);

mistakes('KNHK_LIMIT_CONDITIONS', [
  [
    () =>
      isIn(
        'a',
        Array.from({ length: 1_025 }, (_, index) => index),
      ),
    'in',
    'at most 1024 values',
    '1025',
  ],
  [
    () => resolve(...Array.from({ length: 9 }, () => present('count'))),
    'hook h',
    'a list of at most 8 conditions',
    'an array of 9',
  ],
  [
    () => resolveConditions({} as never, scope),
    'hook h',
    'a list of at most 8 conditions',
    'an object',
  ],
  [
    () => nameConditions('x' as never, guardScope),
    'guard g',
    'a list of at most 8 conditions',
    'x',
  ],
]);

mistakes('KNHK_TERMS_RDF', [
  [
    () => parseTurtle('<urn:a>\n<urn:b> .', 'a.ttl'),
    'a.ttl, line 2, column 9',
    'a term',
    'Expected entity but got . on line 2.',
  ],
  [
    () => parseTurtle('#'.repeat(16_777_217), 'a.ttl'),
    'a.ttl',
    'at most 16777216 characters',
    '16777217',
  ],
  [() => read('_:b a :Thing .'), 'RDF of thing.seen', 'no blank nodes but those of lists', 'b1_b'],
  [
    () => read('<urn:a> a :Thing ; :kind [] .'),
    'RDF of thing.seen',
    'no blank nodes but those of lists',
    'urn:a',
  ],
  [
    () => read('<urn:a> a :Thing . <urn:b> a :Thing .'),
    'RDF of thing.seen',
    'one subject',
    'urn:b',
  ],
  [
    () => read('<urn:a> a :Thing ; :none 1 .'),
    'RDF of thing.seen',
    'declared predicates only',
    'https://example.com/test#none',
  ],
  [
    () => read('<urn:a> a :Thing ; :thing <urn:a> .'),
    'RDF of thing.seen',
    'declared predicates only',
    'https://example.com/test#thing',
  ],
  [() => read('<urn:a> a :Thing ; :count 1, 2 .'), 'RDF of thing.seen, count', 'one value', 'two'],
  [
    () => read(''),
    'RDF of thing.seen',
    'a subject of class https://example.com/test#Thing',
    'none',
  ],
  [
    () => read('<urn:a> :count 1 .'),
    'RDF of thing.seen',
    'a subject of class https://example.com/test#Thing',
    'none',
  ],
  [
    () => read('<urn:a> a :Other .'),
    'RDF of thing.seen',
    'declared predicates only',
    'http://www.w3.org/1999/02/22-rdf-syntax-ns#type',
  ],
  [
    () => read('<urn:a> a :Thing ; :count "1" .'),
    'RDF of thing.seen, count',
    'a literal of http://www.w3.org/2001/XMLSchema#integer',
    'http://www.w3.org/2001/XMLSchema#string',
  ],
  [
    () => read('<urn:a> a :Thing ; :count <urn:x> .'),
    'RDF of thing.seen, count',
    'a literal of http://www.w3.org/2001/XMLSchema#integer',
    'NamedNode',
  ],
  [() => read('<urn:a> a :Thing ; :maker "x" .'), 'RDF of thing.seen, maker', 'an IRI', 'Literal'],
]);
