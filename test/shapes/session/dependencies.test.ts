import { describe, expect, it } from 'vitest';
import { GraphTerms } from '../../../src/shapes/graph/terms.ts';
import { TripleGraph } from '../../../src/shapes/graph/triples.ts';
import { indexShapes } from '../../../src/shapes/graph.ts';
import { readTriples } from '../../../src/shapes/nquads.ts';
import { readModel } from '../../../src/shapes/read-model.ts';
import { buildAutomaton } from '../../../src/shapes/session/automaton.ts';
import type { IdTriple } from '../../../src/shapes/session/change.ts';
import { Dependencies } from '../../../src/shapes/session/dependencies.ts';

const prefixes = `@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <urn:> .
  @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n`;

const rdfType = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

/** Triples written as `s p o`, with words for terms; `a` is rdf:type. */
function wordReader(terms: GraphTerms) {
  return (text: string): IdTriple[] => {
    const words = text.split(/[\s.]+/).filter((word) => word !== '');
    const ids = words.map((word) => terms.iri(word === 'a' ? rdfType : `urn:${word}`));
    return Array.from({ length: ids.length / 3 }, (_, at) => ({
      subject: ids[3 * at] as number,
      predicate: ids[3 * at + 1] as number,
      object: ids[3 * at + 2] as number,
    }));
  };
}

/** The pairs `Shape node` that a change concerns, among shapes with targets, in order. */
function concerned(shapes: string, graph: string, change: string): string[] {
  const { triples } = readTriples([{ name: 'shapes', turtle: prefixes + shapes }]);
  const model = readModel(indexShapes(triples));
  const terms = new GraphTerms();
  const read = wordReader(terms);
  const data = new TripleGraph(terms);
  const changed = read(change);
  for (const { subject, predicate, object } of read(graph)) data.add(subject, predicate, object);
  const dependencies = new Dependencies(buildAutomaton(model.shapes), (iri) => terms.iri(iri));
  data.seal();
  const found: string[] = [];
  dependencies.affected(data, changed, (shape, focus) => {
    const name = model.shapes[shape]?.term.value ?? '';
    found.push(`${name} ${terms.values[focus]}`.replaceAll('urn:', ''));
  });
  return found.sort();
}

const rdfs = 'http://www.w3.org/2000/01/rdf-schema#';
const target = 'sh:targetSubjectsOf :target';
const property = (rest: string): string => `:S ${target} ; sh:property [ ${rest} ] .`;

describe('what a change concerns, by path', () => {
  it.each([
    ['a predicate', ':p', '', 'x p y', ['S x']],
    ['a predicate that is not read', ':p', '', 'x q y', []],
    ['an inverse', '[ sh:inversePath :p ]', '', 'x p y', ['S y']],
    ['the start of a sequence', '( :p :q )', 'y q z', 'x p y', ['S x']],
    ['the end of a sequence', '( :p :q )', 'x p y . w p y', 'y q z', ['S w', 'S x']],
    ['the middle of a sequence', '( :p :q :r )', 'x p y . z r t', 'y q z', ['S x']],
    ['a sequence with an inverse', '( :p [ sh:inversePath :q ] )', 'x p y', 'z q y', ['S x']],
    ['an inverse sequence', '[ sh:inversePath ( :p :q ) ]', 'y q z', 'x p y', ['S z']],
    ['an alternative', '[ sh:alternativePath ( :p :q ) ]', '', 'x q y', ['S x']],
    [
      'an inverse alternative',
      '[ sh:inversePath [ sh:alternativePath ( :p :q ) ] ]',
      '',
      'x q y',
      ['S y'],
    ],
    ['an optional step', '( [ sh:zeroOrOnePath :p ] :q )', 'x p y', 'y q z', ['S x', 'S y']],
    ['an optional step itself', '[ sh:zeroOrOnePath :p ]', 'w p x', 'x p y', ['S x']],
    [
      'any number of steps',
      '[ sh:zeroOrMorePath :p ]',
      'v p w . w p x',
      'x p y',
      ['S v', 'S w', 'S x'],
    ],
    ['none of any number', '( [ sh:zeroOrMorePath :p ] :q )', 'w p x', 'x q y', ['S w', 'S x']],
    [
      'one or more steps',
      '( [ sh:oneOrMorePath :p ] :q )',
      'v p w . w p x',
      'x q y',
      ['S v', 'S w'],
    ],
    [
      'more steps inverse',
      '[ sh:inversePath [ sh:oneOrMorePath :p ] ]',
      'y p z',
      'x p y',
      ['S y', 'S z'],
    ],
    ['a cycle', '[ sh:oneOrMorePath :p ]', 'y p z . z p x . x p y', 'x p y', ['S x', 'S y', 'S z']],
  ])('%s', (_, path, graph, change, expected) => {
    expect(concerned(property(`sh:path ${path} ; sh:minCount 1`), graph, change)).toEqual(expected);
  });
});

describe('what a change concerns, by constraint', () => {
  const viaP = 'sh:path :p ;';
  const q = '[ sh:path :q ; sh:minCount 1 ]';
  const asks = `[ sh:property ${q} ]`;
  it.each([
    ['class', property(`${viaP} sh:class :C`), 'x p y', 'y a C', ['S x']],
    ['equals', property(`${viaP} sh:equals :q`), 'x p y', 'x q y', ['S x']],
    ['equals, not at the value', property(`${viaP} sh:equals :q`), 'x p y', 'y q x', ['S y']],
    ['disjoint', property(`${viaP} sh:disjoint :q`), '', 'x q y', ['S x']],
    ['lessThan', property(`${viaP} sh:lessThan :q`), '', 'x q y', ['S x']],
    ['lessThanOrEquals', property(`${viaP} sh:lessThanOrEquals :q`), '', 'x q y', ['S x']],
    ['node', property(`${viaP} sh:node ${asks}`), 'x p y . w p y', 'y q z', ['S w', 'S x']],
    ['property', property(`${viaP} sh:property ${q}`), 'x p y', 'y q z', ['S x']],
    ['not', property(`${viaP} sh:not ${asks}`), 'x p y', 'y q z', ['S x']],
    [
      'and',
      property(`${viaP} sh:and ( [ sh:nodeKind sh:IRI ] ${asks} )`),
      'x p y',
      'y q z',
      ['S x'],
    ],
    ['or', property(`${viaP} sh:or ( [ sh:nodeKind sh:IRI ] ${asks} )`), 'x p y', 'y q z', ['S x']],
    [
      'xone',
      property(`${viaP} sh:xone ( [ sh:nodeKind sh:IRI ] ${asks} )`),
      'x p y',
      'y q z',
      ['S x'],
    ],
    [
      'qualified',
      property(`${viaP} sh:qualifiedValueShape ${asks} ; sh:qualifiedMinCount 1`),
      'x p y',
      'y q z',
      ['S x'],
    ],
    [
      'the siblings of qualified',
      `:S ${target} ; sh:property [ ${viaP} sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ;
         sh:qualifiedMaxCount 1 ; sh:qualifiedValueShapesDisjoint true ] ;
         sh:property [ sh:path :unused ; sh:qualifiedValueShape ${asks} ;
         sh:qualifiedMaxCount 1 ; sh:qualifiedValueShapesDisjoint true ] .`,
      'x p y',
      'y q z',
      ['S x'],
    ],
    ['closed', `:S ${target} ; sh:closed true .`, '', 'x any y', ['S x']],
    [
      'closed, of a property',
      `:S ${target} ; sh:closed true ; sh:property ${q} .`,
      '',
      'x r y',
      ['S x'],
    ],
    [
      'closed, not what is ignored',
      `:S ${target} ; sh:closed true ; sh:ignoredProperties ( :any ) .`,
      '',
      'x any y',
      [],
    ],
    ['closed values', property(`${viaP} sh:closed true`), 'x p y', 'y any z', ['S x']],
    ['a node shape with node', `:S ${target} ; sh:node ${asks} .`, '', 'y q z', ['S y']],
    ['values alone', property(`${viaP} sh:datatype :d ; sh:minLength 1`), 'x p y', 'y q z', []],
  ])('%s', (_, shapes, graph, change, expected) => {
    expect(concerned(shapes, graph, change)).toEqual(expected);
  });

  it('concerns both shapes that share a third', () => {
    const shapes = `:A ${target} ; sh:node :C .
      :B ${target} ; sh:property [ sh:path :r ; sh:node :C ] .
      :C sh:property ${q} .`;
    expect(concerned(shapes, 'x r y', 'y q z')).toEqual(['A y', 'B x']);
  });

  it('concerns nothing through a deactivated shape', () => {
    const shapes = property(`${viaP} sh:node [ sh:deactivated true ; sh:property ${q} ]`);
    expect(concerned(shapes, 'x p y', 'y q z')).toEqual([]);
    expect(
      concerned(`:S ${target} ; sh:deactivated true ; sh:property ${q} .`, '', 'y q z'),
    ).toEqual([]);
  });
});

describe('what a change concerns, by target', () => {
  const q = 'sh:property [ sh:path :q ; sh:minCount 1 ]';
  it.each([
    ['a class', `:S sh:targetClass :C ; ${q} .`, 'x a C', ['S x']],
    ['an implicit class', `:S a <${rdfs}Class>, sh:NodeShape ; ${q} .`, 'x a S', ['S x']],
    ['subjects', `:S sh:targetSubjectsOf :p ; ${q} .`, 'x p y', ['S x']],
    ['objects', `:S sh:targetObjectsOf :p ; ${q} .`, 'x p y', ['S y']],
    ['a node', `:S sh:targetNode :x ; ${q} .`, 'x p y', []],
    ['no shape of its own', `:S sh:targetNode :x ; sh:node :T . :T ${q} .`, 'x q y', ['S x']],
  ])('%s', (_, shapes, change, expected) => {
    expect(concerned(shapes, '', change)).toEqual(expected);
  });
});
