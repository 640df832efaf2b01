import fc from 'fast-check';
import {
  classes,
  datatypes,
  individuals,
  literals,
  ordered,
  predicates,
  texts,
} from './arbitrary-data.ts';
import { type Constraint, literalText } from './arbitrary-text.ts';

const some = <Value>(values: readonly Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);
const iri = (values: readonly string[]): fc.Arbitrary<string> =>
  some(values).map((value) => `<${value}>`);

/** A parameter that a shape has at most once. */
function once(name: string, value: fc.Arbitrary<string>): fc.Arbitrary<Constraint> {
  return value.map((text) => ({ key: name, text: `sh:${name} ${text}` }));
}

/** A parameter that a shape may have several times, each time another constraint. */
function often(name: string, value: fc.Arbitrary<string>): fc.Arbitrary<Constraint> {
  return value.map((text) => ({ key: `${name} ${text}`, text: `sh:${name} ${text}` }));
}

const small = fc.integer({ min: 0, max: 3 }).map(String);
const flag = fc.boolean().map(String);
const term = fc.oneof(iri(individuals), some(literals).map(literalText), iri(classes));
const bounds = fc.oneof(
  some(ordered).map(literalText),
  some(texts.filter(({ language }) => language === '')).map(literalText),
);
const list = (members: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> =>
  fc.array(members, { maxLength }).map((all) => `( ${all.join(' ')} )`);

const nodeKinds = ['IRI', 'BlankNode', 'Literal', 'BlankNodeOrIRI', 'BlankNodeOrLiteral'];
const patterns = ['^a', 'b$', '^.$', '[^a]', '^.{2,}$', '\\\\d', 'i[0-3]$', 'A'];
const pattern = fc.tuple(some(patterns), fc.option(some(['i', 's', 'im', '']), { nil: null }));

const everywhere: readonly fc.Arbitrary<Constraint>[] = [
  often('class', iri(classes)),
  once('datatype', iri(datatypes)),
  once(
    'nodeKind',
    some([...nodeKinds, 'IRIOrLiteral']).map((kind) => `sh:${kind}`),
  ),
  once('minExclusive', bounds),
  once('minInclusive', bounds),
  once('maxExclusive', bounds),
  once('maxInclusive', bounds),
  once('minLength', small),
  once('maxLength', small),
  pattern.map(([source, flags]) => ({
    key: 'pattern',
    text: `sh:pattern "${source}"${flags === null ? '' : ` ; sh:flags "${flags}"`}`,
  })),
  once('languageIn', list(some(['"en"', '"de"', '"en-us"', '"EN"', '"*"']), 2)),
  often('equals', iri(predicates)),
  often('disjoint', iri(predicates)),
  once('in', list(term, 6)),
  often('hasValue', term),
  fc.tuple(flag, fc.option(list(iri(predicates), 4), { nil: null })).map(([closed, ignored]) => ({
    key: 'closed',
    text: `sh:closed ${closed}${ignored === null ? '' : ` ; sh:ignoredProperties ${ignored}`}`,
  })),
];

const ofProperties: readonly fc.Arbitrary<Constraint>[] = [
  once('minCount', small),
  once('maxCount', small),
  once('uniqueLang', some(['true', 'true', 'true', 'false'])),
  often('disjoint', iri(predicates)),
  often('lessThan', iri(predicates)),
  often('lessThanOrEquals', iri(predicates)),
];

/** A constraint that names no other shape. */
export function simpleConstraints(isProperty: boolean): fc.Arbitrary<Constraint> {
  if (!isProperty) return fc.oneof(...everywhere);
  // What only property shapes have is rarer than it should be without this.
  const own = fc.oneof(...ofProperties);
  return fc.oneof(...everywhere, ...ofProperties, own, own, own, own);
}
