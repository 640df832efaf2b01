import fc from 'fast-check';
import {
  boolean,
  decimal,
  type Field,
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

const t = 'https://example.com/t#';

/** Fields by name: two of each comparable kind, so that pairs meet. */
const kinds: Readonly<Record<string, Field>> = {
  i: integer(),
  j: integer(),
  n: number(),
  m: number(),
  d: decimal(),
  e: decimal(),
  b: boolean(),
  c: boolean(),
  s: string(),
  u: string(),
  r: iri(),
  q: iri(),
  o: oneOf(['', 'a', 'ab', 'web']),
  at: instant(),
  to: instant(),
  l: list(string(), { max: 3 }),
  k: list(integer(), { max: 2 }),
};
const names = Object.keys(kinds);

export const observations: fc.Arbitrary<Observation> = fc
  .record({
    chosen: fc.subarray(names, { minLength: 1, maxLength: 7 }),
    optionals: fc.subarray(names),
  })
  .map(({ chosen, optionals }) => {
    const fields: Record<string, Field> = { id: iri() };
    for (const name of chosen) {
      const field = kinds[name] as Field;
      fields[name] = optionals.includes(name) ? optional(field) : field;
    }
    return defineObservation('thing.seen', {
      ...{ class: `${t}T`, subject: 'id', fields },
    }) as unknown as Observation;
  });

const iris = [`${t}x`, `${t}y`, `${t}T`, `${t}U`, 'urn:a'];
const texts = ['', 'a', 'ab', 'web', '5', '\u{1f600}', 'a\u{1f600}', 'true'];
/** Where engines differ: characters that XML lacks, other ends of lines, the year 0 of XSD 1.1. */
const oddTexts = ['\0', 'a\uffff', '\ufffe', '\n', '\u2028', '\r', '\u0001'];
const oddInstants = ['0000-01-01T00:00:00Z', '0000-12-31T23:59:59.999Z'];
const wholes = [-2, -1, 0, 1, 4, 5, 6, 2 ** 53 - 1, 1 - 2 ** 53];
const decimals = ['-1.5', '0', '0.1', '4.99', '5', '5.01', '9007199254740993'];
const doubles = [-1.5, 0, 0.1, 5, 5.5, 1e21, 5e-7, 2 ** 53, 1.7976931348623157e308];
const instants = [
  ...['2020-01-01T00:00:00Z', '2020-01-01T00:00:00.500Z', '2020-01-01T01:00:00+01:00'],
  ...['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
];

const valuesOf: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  integer: fc.constantFrom(...wholes),
  number: fc.constantFrom(...doubles),
  decimal: fc.constantFrom(...decimals),
  boolean: fc.boolean(),
  string: fc.constantFrom(...texts),
  iri: fc.constantFrom(...iris),
  oneOf: fc.constantFrom('', 'a', 'ab', 'web'),
  instant: fc.constantFrom(...instants),
};

/**
 * Inputs that a declaration reads.
 *
 * @param odd with values on which engines differ
 */
export function inputs(
  observation: Observation,
  odd = false,
): fc.Arbitrary<Record<string, unknown>> {
  const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = odd
    ? {
        ...valuesOf,
        string: fc.constantFrom(...texts, ...oddTexts),
        instant: fc.constantFrom(...instants, ...oddInstants),
      }
    : valuesOf;
  const required: string[] = [];
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, { kind, of, max, optional: isOptional }] of Object.entries(
    observation.fields,
  )) {
    if (!isOptional) required.push(name);
    fields[name] =
      of === undefined
        ? (values[kind] as fc.Arbitrary<unknown>)
        : fc.array(values[of.kind] as fc.Arbitrary<unknown>, { maxLength: max as number });
  }
  return fc.record(fields, { requiredKeys: required });
}

const quoted = (text: string): string => JSON.stringify(text);
const typed = (text: string, type: string): string => `${quoted(text)}^^xsd:${type}`;

/** Terms as Turtle, near the values that records have. */
const term: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...iris).map((value) => `<${value}>`),
  fc.constantFrom(...texts).map(quoted),
  fc.constantFrom('5', '05', '+5', '-1', '0', '9007199254740993').map((v) => typed(v, 'integer')),
  fc.constantFrom('5', '5.0', '0.1', '-1.5', '4.99').map((value) => typed(value, 'decimal')),
  fc.constantFrom('5', '5.5', '1e+21', '1e21', '-1.5', 'INF').map((v) => typed(v, 'double')),
  fc.constantFrom('true', 'false', '1').map((value) => typed(value, 'boolean')),
  fc
    .constantFrom('2020-01-01T00:00:00.000Z', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00.5001Z')
    .map((value) => typed(value, 'dateTime')),
  fc.constantFrom('2020-01-01T00:00:00').map((value) => typed(value, 'dateTime')),
  fc.constant('"a"@en'),
);
const bound = term.filter((text) => text.includes('^^') || text.startsWith('"'));

type Constraints = Readonly<Record<string, string | undefined>>;

function text(constraints: Constraints): string {
  return Object.entries(constraints)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (name === 'path' ? `sh:path ${value}` : `sh:${name} ${value}`))
    .join(' ; ');
}

/** Each of a set of parameters now and then. */
function sparse(
  parameters: Readonly<Record<string, fc.Arbitrary<string>>>,
): fc.Arbitrary<Constraints> {
  const keys = Object.keys(parameters);
  return fc
    .subarray(keys, { minLength: 1, maxLength: Math.min(3, keys.length) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, parameters[key]!]))));
}

/** One to three shapes about records of a type, now and then with a hierarchy. */
export function shapesTurtle(observation: Observation): fc.Arbitrary<string> {
  const own = Object.keys(observation.fields).map((name) => `t:${name}`);
  const predicate = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...own) },
    { weight: 1, arbitrary: fc.constantFrom('rdf:type', 't:id', 't:other') },
  );
  const path = fc.oneof(
    { weight: 20, arbitrary: predicate },
    { weight: 1, arbitrary: predicate.map((one) => `[ sh:inversePath ${one} ]`) },
  );
  const size = fc.constantFrom('0', '1', '2', '4', '5', '24');
  const ofValues = {
    datatype: fc
      .constantFrom('integer', 'decimal', 'double', 'boolean', 'string', 'dateTime')
      .map((name) => `xsd:${name}`),
    nodeKind: fc
      .constantFrom('IRI', 'BlankNode', 'Literal', 'BlankNodeOrIRI', 'BlankNodeOrLiteral')
      .map((name) => `sh:${name}`),
    class: fc.constantFrom('t:T', 't:U', 't:V'),
    ...{ minInclusive: bound, minExclusive: bound, maxInclusive: bound, maxExclusive: bound },
    ...{ minLength: size, maxLength: size },
    pattern: fc
      .constantFrom('^a', 'b$', '^.$', '[0-9]', '^(true|web)$', '(?=a)', 'T', '.')
      .map(quoted),
    in: fc.array(term, { minLength: 1, maxLength: 4 }).map((terms) => `(${terms.join(' ')})`),
    hasValue: term,
    languageIn: fc.constant('("en")'),
    ...{ equals: predicate, disjoint: predicate },
  };
  const ofProperties = {
    ...ofValues,
    ...{ minCount: size, maxCount: size },
    ...{ lessThan: predicate, lessThanOrEquals: predicate },
    uniqueLang: fc.constant('true'),
  };

  const shape: fc.Arbitrary<string> = fc.letrec<{ node: string; property: string; any: string }>(
    (tie) => {
      const logical = {
        not: tie('any'),
        node: tie('node'),
        property: tie('property'),
        ...Object.fromEntries(
          ['and', 'or', 'xone'].map((name) => [
            name,
            fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((all) => `(${all.join(' ')})`),
          ]),
        ),
      } as Record<string, fc.Arbitrary<string>>;
      const closed = predicate.map((one) => `true ; sh:ignoredProperties (rdf:type ${one})`);
      const wrap = (one: Constraints): string => `[ ${text(one)} ]`;
      const qualified = fc
        .tuple(tie('any'), size, fc.boolean())
        .map(([one, many, least]) => `${one} ; sh:qualified${least ? 'Min' : 'Max'}Count ${many}`);
      return {
        any: fc.oneof({ maxDepth: 3 }, tie('node'), tie('property')),
        node: fc.oneof(
          { maxDepth: 2, depthSize: 'small' },
          sparse({ ...ofValues, closed }).map(wrap),
          sparse({ ...ofValues, ...logical }).map(wrap),
        ),
        property: fc.oneof(
          { maxDepth: 2, depthSize: 'small' },
          fc.tuple(path, sparse(ofProperties)).map(([p, one]) => wrap({ ...one, path: p })),
          fc
            .tuple(path, sparse({ ...ofProperties, ...logical, qualifiedValueShape: qualified }))
            .map(([p, one]) => wrap({ ...one, path: p })),
        ),
      };
    },
  ).property;

  const target = fc.oneof(
    { weight: 6, arbitrary: fc.constant('sh:targetClass t:T') },
    {
      weight: 2,
      arbitrary: fc.oneof(
        fc.constantFrom('sh:targetClass t:V', 'sh:targetNode t:x', 'sh:targetNode t:T'),
        predicate.map((one) => `sh:targetSubjectsOf ${one}`),
        predicate.map((one) => `sh:targetObjectsOf ${one}`),
      ),
    },
  );

  return fc
    .tuple(
      fc.array(fc.tuple(target, fc.array(shape, { minLength: 1, maxLength: 2 })), {
        ...{ minLength: 1, maxLength: 2 },
      }),
      fc.boolean(),
      fc.option(sparse({ nodeKind: ofValues.nodeKind, pattern: ofValues.pattern })),
    )
    .map(([shapes, hasHierarchy, own]) => {
      const parts = shapes.map(([aim, properties], index) => {
        const all = properties.map((one) => `sh:property ${one}`).join(' ; ');
        return `t:S${index} a sh:NodeShape ; ${aim} ; ${all} .`;
      });
      if (own !== null) parts.push(`t:Own a sh:NodeShape ; sh:targetClass t:T ; ${text(own)} .`);
      if (hasHierarchy) parts.push('t:T rdfs:subClassOf t:U . t:U rdfs:subClassOf t:V .');
      return parts.join('\n');
    });
}
