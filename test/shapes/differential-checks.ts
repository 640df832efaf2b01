import type { ShapePath } from '../../src/shapes/model.ts';
import type { TermLike } from '../../src/terms/turtle.ts';
import { isWellTyped, orderOf } from './differential-literals.ts';
import { type Place, same, unique } from './differential-oracle.ts';

interface Found {
  readonly value?: TermLike;
  readonly path?: ShapePath;
}
type Check = (place: Place) => readonly Found[];

/** One result for each value node and parameter where `holds` is false. */
function each(
  name: string,
  holds: (value: TermLike, parameter: TermLike, place: Place) => boolean,
): Check {
  return (place) =>
    place
      .own(name)
      .flatMap((parameter) =>
        place.values.filter((value) => !holds(value, parameter, place)).map((value) => ({ value })),
      );
}

/** One result without a value for each parameter where `holds` is false. */
function whole(name: string, holds: (parameter: TermLike, place: Place) => boolean): Check {
  return (place) =>
    place
      .own(name)
      .filter((parameter) => !holds(parameter, place))
      .map(() => ({}));
}

const bound = (name: string, holds: (order: number) => boolean): Check =>
  each(name, (value, limit) => {
    const order = orderOf(value, limit);
    return order !== undefined && holds(order);
  });

/** One result for each pair of a value and a value of the other property. */
const pairs =
  (name: string, holds: (order: number) => boolean): Check =>
  ({ own, data, focus, values }) =>
    own(name).flatMap(({ value: other }) =>
      values.flatMap((value) =>
        data
          .objects(focus, other)
          .map((right) => orderOf(value, right))
          .filter((order) => order === undefined || !holds(order))
          .map(() => ({ value })),
      ),
    );

const lettersOf = (value: TermLike): number | undefined =>
  value.termType === 'BlankNode' ? undefined : [...value.value].length;

const kindNames: Readonly<Record<string, string>> = {
  NamedNode: 'IRI',
  BlankNode: 'BlankNode',
  Literal: 'Literal',
};

function languageMatches(language: string, range: string): boolean {
  if (range === '*') return language !== '';
  const [tag, wanted] = [language.toLowerCase(), range.toLowerCase()];
  return tag === wanted || tag.startsWith(`${wanted}-`);
}

const matches: Check = (place) => {
  const flags = place.own('flags')[0]?.value ?? '';
  return each('pattern', (value, { value: source }) =>
    value.termType === 'BlankNode' ? false : new RegExp(source, `${flags}u`).test(value.value),
  )(place);
};

const equals: Check = ({ own, data, focus, values }) =>
  own('equals').flatMap(({ value: other }) => {
    const others = data.objects(focus, other);
    const only = (left: readonly TermLike[], right: readonly TermLike[]) =>
      left.filter((one) => !right.some((two) => same(one, two)));
    return [...only(values, others), ...only(others, values)].map((value) => ({ value }));
  });

const closed: Check = ({ own, shapes, data, values }) => {
  if (own('closed')[0]?.value !== 'true') return [];
  const path = 'http://www.w3.org/ns/shacl#path';
  const allowed = [
    ...own('property').flatMap((property) => shapes.objects(property, path)),
    ...own('ignoredProperties').flatMap((list) => shapes.list(list)),
  ].filter(({ termType }) => termType === 'NamedNode');
  return values.flatMap((value) =>
    data.all
      .filter((one) => same(one.subject, value))
      .filter((one) => !allowed.some((term) => same(term, one.predicate)))
      .map(({ predicate, object }) => ({
        path: { kind: 'predicate' as const, iri: predicate.value },
        value: object,
      })),
  );
};

const uniqueLang: Check = ({ own, values }) => {
  if (own('uniqueLang')[0]?.value !== 'true') return [];
  const tags = values.map(({ language }) => language ?? '').filter((tag) => tag !== '');
  const repeated = tags.filter((tag, at) => tags.indexOf(tag) !== at);
  return [...new Set(repeated)].map(() => ({}));
};

function qualifiedCount(shape: TermLike, place: Place): number {
  const { own, shapes, values, conforms } = place;
  const sh = 'http://www.w3.org/ns/shacl#';
  const disjoint = own('qualifiedValueShapesDisjoint')[0]?.value === 'true';
  const parents = disjoint ? shapes.subjects(`${sh}property`, place.shape) : [];
  const siblings = unique(
    parents
      .flatMap((parent) => shapes.objects(parent, `${sh}property`))
      .flatMap((property) => shapes.objects(property, `${sh}qualifiedValueShape`)),
  ).filter((sibling) => !same(sibling, shape));
  return values.filter(
    (value) => conforms(value, shape) && !siblings.some((sibling) => conforms(value, sibling)),
  ).length;
}

const qualified = (name: string, holds: (count: number, limit: number) => boolean): Check =>
  whole(name, (limit, place) =>
    place
      .own('qualifiedValueShape')
      .every((shape) => holds(qualifiedCount(shape, place), Number(limit.value))),
  );

const list = (name: string, holds: (conforming: number, size: number) => boolean): Check =>
  each(name, (value, head, { shapes, conforms }) => {
    const members = shapes.list(head);
    return holds(members.filter((member) => conforms(value, member)).length, members.length);
  });

/** Each constraint component of SHACL Core but sh:property, by the first word of its name. */
export const checks: Readonly<Record<string, Check>> = {
  Class: each('class', (value, name, { data }) => data.isInstance(value, name)),
  Datatype: each(
    'datatype',
    (value, name) => value.datatype?.value === name.value && isWellTyped(value),
  ),
  NodeKind: each(
    'nodeKind',
    ({ termType }, { value }) =>
      value.includes(`#${kindNames[termType]}`) || value.endsWith(`Or${kindNames[termType]}`),
  ),
  MinCount: whole('minCount', ({ value }, { values }) => values.length >= Number(value)),
  MaxCount: whole('maxCount', ({ value }, { values }) => values.length <= Number(value)),
  MinExclusive: bound('minExclusive', (order) => order > 0),
  MinInclusive: bound('minInclusive', (order) => order >= 0),
  MaxExclusive: bound('maxExclusive', (order) => order < 0),
  MaxInclusive: bound('maxInclusive', (order) => order <= 0),
  MinLength: each(
    'minLength',
    (value, { value: size }) => (lettersOf(value) ?? -1) >= Number(size),
  ),
  MaxLength: each(
    'maxLength',
    (value, { value: size }) => (lettersOf(value) ?? 99) <= Number(size),
  ),
  Pattern: matches,
  LanguageIn: each('languageIn', ({ language }, head, { shapes }) =>
    shapes.list(head).some(({ value }) => languageMatches(language ?? '', value)),
  ),
  UniqueLang: uniqueLang,
  Equals: equals,
  Disjoint: each(
    'disjoint',
    (value, { value: other }, { data, focus }) =>
      !data.objects(focus, other).some((one) => same(one, value)),
  ),
  LessThan: pairs('lessThan', (order) => order < 0),
  LessThanOrEquals: pairs('lessThanOrEquals', (order) => order <= 0),
  Not: each('not', (value, shape, { conforms }) => !conforms(value, shape)),
  And: list('and', (conforming, size) => conforming === size),
  Or: list('or', (conforming) => conforming > 0),
  Xone: list('xone', (conforming) => conforming === 1),
  Node: each('node', (value, shape, { conforms }) => conforms(value, shape)),
  QualifiedMinCount: qualified('qualifiedMinCount', (count, limit) => count >= limit),
  QualifiedMaxCount: qualified('qualifiedMaxCount', (count, limit) => count <= limit),
  Closed: closed,
  HasValue: whole('hasValue', (wanted, { values }) => values.some((value) => same(value, wanted))),
  In: each('in', (value, head, { shapes }) =>
    shapes.list(head).some((member) => same(member, value)),
  ),
};
