import { expect, test } from 'vitest';
import { routeUnder } from '../../src/rules/sigma.ts';
import { iri, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { routed } from './sigma-oracle.ts';
import { aimed, dateTime, node, none, on, Thing, t, verdict } from './sigma-rows.ts';

/** Values of which i, a five, is the only one. */
function xone(count: number): string {
  const members = Array.from({ length: count }, (_, n) => `[ sh:hasValue ${n} ]`);
  return on('t:i', `sh:xone (${members.join(' ')})`);
}

/** Each level doubles what is written and more. */
function nested(depth: number): string {
  return on('t:i', `sh:node [ ${nestedShape(depth)} ]`);
}

function nestedShape(depth: number): string {
  if (depth === 0) return 'sh:not [ sh:in (1 2 3) ; sh:not [ sh:in (4 6) ] ]';
  const inner = nestedShape(depth - 1);
  return `sh:xone ([ ${inner} ] [ sh:hasValue ${depth} ] [ ${inner} ])`;
}

function chain(length: number): string {
  const links = Array.from({ length }, (_, n) => `t:C${n} sh:node t:C${n + 1} .`);
  return `${node('sh:node t:C0')} ${links.join(' ')} t:C${length} sh:nodeKind sh:IRI .`;
}

const hierarchy = 't:T rdfs:subClassOf t:U .';
test.each<[turtle: string, reason: string | RegExp]>([
  [on('[ sh:inversePath t:i ]', 'sh:maxCount 1'), 'path: a path of kind inverse'],
  [on('( t:i t:j )', 'sh:maxCount 1'), 'path: a path of kind sequence'],
  [on('[ sh:zeroOrMorePath t:i ]', 'sh:maxCount 9'), 'path: a path of kind zeroOrMore'],
  [on('[ sh:alternativePath ( t:i t:j ) ]', 'sh:maxCount 9'), 'path: a path of kind alternative'],
  [
    on('t:r', 'sh:node [ sh:property [ sh:path t:i ; sh:maxCount 1 ] ]'),
    'path: triples of another node',
  ],
  [
    on('t:l', 'sh:node [ sh:property [ sh:path rdf:first ; sh:minCount 1 ] ]'),
    'path: triples of another node',
  ],
  [on('t:r', 'sh:node [ sh:closed true ]'), 'closed: another node'],
  [on('t:l', 'sh:class t:T'), /^class: /],
  [on('t:l', 'sh:hasValue rdf:nil'), 'hasValue: a list'],
  [on('t:l', 'sh:in ( rdf:nil )'), /^in: /],
  [on('t:l', 'sh:equals t:k'), /^equals: /],
  [on('t:l', 'sh:disjoint t:r'), /^disjoint: /],
  [on('t:l', 'sh:minLength 1'), /^minLength: /],
  [on('t:i', 'sh:pattern "5"'), /^pattern: /],
  [on('t:s', 'sh:pattern "a" ; sh:flags "i"'), /^pattern: /],
  [on('t:s', 'sh:pattern "(?=a)"'), /^pattern: /],
  [on('t:s', 'sh:pattern "a\\\\Bb"'), /^pattern: /],
  [on('t:i', 'sh:minLength 1'), /^minLength: /],
  [on('t:d', 'sh:maxLength 9'), /^maxLength: /],
  [on('t:i', 'sh:minInclusive "5"^^xsd:byte'), /^minInclusive: /],
  [on('t:i', 'sh:minInclusive "5"^^xsd:float'), /^minInclusive: /],
  [on('t:i', 'sh:maxInclusive "INF"^^xsd:double'), /^maxInclusive: /],
  [on('t:d', 'sh:minInclusive 5e0'), /^minInclusive: /],
  [on('t:s', 'sh:minInclusive "a"'), /^minInclusive: /],
  [on('t:b', 'sh:minInclusive true'), /^minInclusive: /],
  [on('t:at', `sh:minInclusive ${dateTime('2020-01-01T00:00:00')}`), /^minInclusive: /],
  [on('t:at', `sh:minInclusive ${dateTime('2020-01-01T24:00:00Z')}`), /^minInclusive: /],
  [on('t:at', `sh:minInclusive ${dateTime('2020-01-01T00:00:00+14:00')}`), /^minInclusive: /],
  [on('t:at', `sh:minInclusive ${dateTime('12020-01-01T00:00:00Z')}`), /^minInclusive: /],
  [on('t:s', 'sh:lessThan t:u'), /^lessThan: /],
  [on('t:i', 'sh:lessThan t:d'), /^lessThan: /],
  [on('t:d', 'sh:lessThan t:i'), /^lessThan: /],
  [
    `${node('sh:closed true ; sh:ignoredProperties (rdf:type)')} ${hierarchy}`,
    'closed: another node',
  ],
  [`${on('rdfs:subClassOf', 'sh:maxCount 0')} ${hierarchy}`, 'path: the class hierarchy'],
  [
    `${aimed('sh:targetSubjectsOf rdfs:subClassOf', 'sh:nodeKind sh:IRI')} ${hierarchy}`,
    /^target subjectsOf: /,
  ],
  [
    `${aimed('sh:targetObjectsOf rdfs:subClassOf', 'sh:nodeKind sh:IRI')} ${hierarchy}`,
    /^target objectsOf: /,
  ],
  [aimed('sh:targetSubjectsOf rdf:first', 'sh:nodeKind sh:BlankNode'), /^target subjectsOf: /],
  [aimed('sh:targetObjectsOf rdf:rest', 'sh:nodeKind sh:IRI'), /^target objectsOf: /],
  [`${node('sh:node t:S')}`, 'recursion: it refers to itself'],
])('warm, for rows cannot say it: %s', async (turtle, reason) => {
  expect(await verdict(turtle, none)).toMatch(
    typeof reason === 'string' ? new RegExp(`^${reason}$`) : reason,
  );
});

test('what is decided elsewhere keeps a type hot, and what never conforms is known', async () => {
  const open = 'sh:path t:s ; sh:pattern "a" ; sh:flags "i"';
  expect(await verdict(node(`sh:or ([ sh:minLength 0 ] [ ${open} ])`), none)).toBe(true);
  expect(
    await verdict(node(`sh:property [ ${open} ] , [ sh:path t:i ; sh:minCount 2 ]`), none),
  ).toBe(false);
});

test.each([
  ['http://www.w3.org/2000/01/rdf-schema#subClassOf'],
  ['http://www.w3.org/1999/02/22-rdf-syntax-ns#first'],
  ['http://www.w3.org/1999/02/22-rdf-syntax-ns#rest'],
])('a field of predicate %s makes its type warm', (predicate) => {
  const Odd = defineObservation('odd.seen', {
    ...{ class: `${t}T`, subject: 'id', fields: { id: iri(), up: iri({ predicate }) } },
  }) as unknown as Observation;
  const { route } = routed(node('sh:nodeKind sh:IRI'), Odd);
  expect(route).toMatchObject({ kind: 'warm', reasons: [{ shape: `${t}S` }] });
});

test('more alternatives than rows hold are warm', () => {
  const bounded = (count: number): string =>
    Array.from({ length: count }, (_, n) => `[ sh:path t:i ; sh:not [ sh:hasValue ${n} ] ]`).join();
  const shapes = (count: number): string => node(`sh:property ${bounded(count)}`);
  expect(routed(shapes(128), Thing).route.kind).toBe('hot');
  const all = { shape: `${t}S`, constraint: 'all', reason: 'more alternatives than rows hold' };
  expect(routed(shapes(129), Thing).route).toEqual({ kind: 'warm', reasons: [all] });
  // Each of the members' alternatives meets each of the others'.
  const member = (name: string): string =>
    `[ sh:path t:${name} ; sh:minCount 1 ; sh:maxLength 9 ; sh:pattern "a" ; sh:pattern "b" ]`;
  const crossed = `sh:or ( ${['s', 'u', 'r', 'o', 's'].map(member).join(' ')} )`;
  expect(routed(node(crossed), Thing).route).toMatchObject({ kind: 'warm', reasons: [all] });
});

test.each<[string, string, RegExp]>([
  ['members of sh:xone', xone(17), /^xone: more alternatives/],
  ['members of members', nested(12), /^all: more alternatives/],
  ['shapes in a circle', `${chain(80)} t:C80 sh:node t:C0 .`, /^all: shapes within shapes/],
])('too many %s are warm, and soon so', async (_, turtle, reason) => {
  expect(await verdict(turtle, none)).toMatch(reason);
});

test('as many as there may be are hot', async () => {
  expect(await verdict(xone(16), none)).toBe(true);
  expect(await verdict(chain(24), none)).toBe(true);
});

test('a way to violate that needs more than eight columns is warm', () => {
  const differs = (names: string): string =>
    names
      .split('')
      .map((name) => `[ sh:path t:${name} ; sh:minLength 3 ]`)
      .join(' ');
  const fields = Object.fromEntries('abcdefghi'.split('').map((name) => [name, string()]));
  const Wide = defineObservation('wide.seen', {
    ...{ class: `${t}T`, subject: 'id', fields: { id: iri(), ...fields } },
  }) as unknown as Observation;
  const either = (names: string): string => node(`sh:or ( ${differs(names)} )`);
  expect(routed(either('abcdefgh'), Wide).route.kind).toBe('hot');
  expect(routed(either('abcdefghi'), Wide).route.kind).toBe('warm');
});

test('a lane says nothing twice, and none that never fires is kept', () => {
  const turtle = node('sh:not [ sh:path t:j ; sh:minCount 1 ; sh:minInclusive 5 ]');
  expect(routed(turtle, Thing).route).toMatchObject({
    ...{ kind: 'hot', lanes: [{ conditions: [{ op: 'gte', left: { field: 'j' } }] }] },
  });
});

test.each([
  ['that rows cannot say', 'sh:property [ sh:path t:i ; sh:pattern "5" ]'],
  ['with too many alternatives', 'sh:property [ sh:path t:i ; sh:not [ sh:in (1 2 3) ] ]'],
])('of shapes %s at most 64 are named', (_, constraint) => {
  const shapes = Array.from(
    { length: 140 },
    (_, n) => `t:S${n} a sh:NodeShape ; sh:targetClass t:T ; ${constraint} .`,
  );
  const { route } = routed(shapes.join('\n'), Thing);
  expect(route.kind === 'warm' && route.reasons.length).toBe(64);
});

test('more listed values than a comparison takes are warm', () => {
  const listed = (count: number): string =>
    on('t:i', `sh:in (${Array.from({ length: count }, (_, n) => n).join(' ')})`);
  expect(routed(listed(128), Thing).route.kind).toBe('hot');
  expect(routed(listed(129), Thing).route.kind).toBe('warm');
});

test('a route is classified once for a document and a declaration', () => {
  const { shapes } = routed(on('t:i', 'sh:minInclusive 5'), Thing);
  expect(routeUnder(shapes, Thing)).toBe(routeUnder(shapes, Thing));
});
