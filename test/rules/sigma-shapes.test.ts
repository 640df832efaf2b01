import { describe } from 'vitest';
import { aimed, decidedByRows, node, none, on, type Row } from './sigma-rows.ts';

const logic: readonly Row[] = [
  [on('t:i', 'sh:not [ sh:minInclusive 5 ]'), [{ i: 4 }], [none]],
  [on('t:j', 'sh:not [ sh:minInclusive 5 ]'), [none, { j: 4 }], [{ j: 5 }]],
  [node('sh:not [ sh:path t:j ; sh:minInclusive 5 ]'), [{ j: 4 }], [none, { j: 5 }]],
  [node('sh:not [ sh:path t:s ; sh:in ("a" "b") ]'), [none], [{ s: 'a' }]],
  [node('sh:not [ sh:path t:s ; sh:pattern "^a" ]'), [{ s: 'b' }], [none]],
  [node('sh:not [ sh:path t:s ; sh:not [ sh:in ("a" "b") ] ]'), [{ s: 'b' }], [none]],
  [on('t:s', 'sh:or ([ sh:minLength 3 ] [ sh:pattern "^a" ])'), [none, { s: 'xyz' }], [{ s: 'b' }]],
  [on('t:s', 'sh:and ([ sh:minLength 2 ] [ sh:pattern "^a" ])'), [none], [{ s: 'a' }, { s: 'bc' }]],
  [
    on('t:i', 'sh:xone ([ sh:minInclusive 3 ] [ sh:maxInclusive 5 ])'),
    [{ i: 2 }, { i: 6 }],
    [none],
  ],
  [
    on('t:i', 'sh:xone ([ sh:hasValue 1 ] [ sh:hasValue 5 ] [ sh:hasValue 6 ])'),
    [none],
    [{ i: 2 }],
  ],
  [
    node('sh:or ([ sh:path t:j ; sh:minCount 1 ] [ sh:path t:u ; sh:minCount 1 ])'),
    [{ j: 1 }, { u: '' }],
    [none],
  ],
  [node('sh:node [ sh:property [ sh:path t:i ; sh:maxInclusive 5 ] ]'), [none], [{ i: 6 }]],
  [on('t:i', 'sh:property [ sh:path t:i ; sh:minCount 1 ]'), [], [none]],
  [
    on('t:i', 'sh:qualifiedValueShape [ sh:minInclusive 5 ] ; sh:qualifiedMinCount 1'),
    [none],
    [{ i: 4 }],
  ],
  [on('t:i', 'sh:qualifiedValueShape [ sh:minInclusive 5 ] ; sh:qualifiedMinCount 2'), [], [none]],
  [
    on('t:i', 'sh:qualifiedValueShape [ sh:minInclusive 5 ] ; sh:qualifiedMaxCount 0'),
    [{ i: 4 }],
    [none],
  ],
  [on('t:i', 'sh:qualifiedValueShape [ sh:minInclusive 5 ] ; sh:qualifiedMaxCount 1'), [none], []],
  [
    on('t:j', 'sh:qualifiedValueShape [ sh:minInclusive 5 ] ; sh:qualifiedMinCount 1'),
    [{ j: 5 }],
    [none, { j: 4 }],
  ],
  [
    node(`sh:property
      [ sh:path t:i ; sh:qualifiedValueShape t:Big ; sh:qualifiedMinCount 1 ;
        sh:qualifiedValueShapesDisjoint true ] ,
      [ sh:path t:i ; sh:qualifiedValueShape t:Huge ; sh:qualifiedMaxCount 1 ] .
      t:Big sh:minInclusive 5 . t:Huge sh:minInclusive 50`),
    [none],
    [{ i: 4 }, { i: 50 }],
  ],
  [
    node(
      `sh:closed true ;
        sh:ignoredProperties (rdf:type t:i t:n t:d t:e t:b t:s t:r t:o t:at t:l t:odd t:j)`,
    ),
    [none, { j: 1 }],
    [{ u: '' }],
  ],
  [
    node('sh:closed true ; sh:ignoredProperties (t:i t:n t:d t:e t:b t:s t:r t:o t:at t:l t:odd)'),
    [],
    [none],
  ],
  [on('t:s', 'sh:node [ sh:closed true ]'), [none], []],
  [node('sh:deactivated true ; sh:property [ sh:path t:i ; sh:minCount 2 ]'), [none], []],
  [on('t:i', 'sh:minCount 2 ; sh:deactivated true'), [none], []],
  [on('t:i', 'sh:severity sh:Info ; sh:maxInclusive 5'), [none], [{ i: 6 }]],
];

const targets: readonly Row[] = [
  [aimed('sh:targetClass t:U', 'sh:nodeKind sh:Literal'), [none], []],
  [
    `${aimed('sh:targetClass t:U', 'sh:nodeKind sh:Literal')} t:T rdfs:subClassOf t:U .`,
    [],
    [none],
  ],
  [
    `${aimed('sh:targetClass t:U', 'sh:nodeKind sh:Literal')} t:U rdfs:subClassOf t:T .`,
    [none],
    [],
  ],
  ['t:T a sh:NodeShape , rdfs:Class ; sh:nodeKind sh:Literal .', [], [none]],
  [aimed('sh:targetSubjectsOf t:j', 'sh:nodeKind sh:Literal'), [none], [{ j: 1 }]],
  [aimed('sh:targetSubjectsOf rdf:type', 'sh:nodeKind sh:Literal'), [], [none]],
  [aimed('sh:targetSubjectsOf t:id', 'sh:nodeKind sh:Literal'), [none], []],
  [aimed('sh:targetObjectsOf t:s', 'sh:pattern "^a"'), [none], [{ s: 'b' }]],
  [aimed('sh:targetObjectsOf t:u', 'sh:pattern "^a"'), [none], [{ u: 'b' }]],
  [aimed('sh:targetObjectsOf rdf:type', 'sh:in (t:T)'), [none], []],
  [
    aimed('sh:targetNode <urn:x>', 'sh:property [ sh:path t:i ; sh:maxInclusive 5 ]'),
    [none],
    [{ i: 6 }],
  ],
  [
    aimed('sh:targetNode <urn:z>', 'sh:property [ sh:path t:i ; sh:maxInclusive 5 ]'),
    [none, { i: 6 }],
    [{ i: 6, id: 'urn:z' }],
  ],
  [aimed('sh:targetSubjectsOf rdf:first', 'sh:deactivated true'), [none], []],
  // A target node is asked about in every graph, also one that does not speak of it.
  [
    aimed('sh:targetNode <urn:z>', 'sh:property [ sh:path t:i ; sh:minCount 1 ]'),
    [{ id: 'urn:z' }],
    [none],
  ],
  [aimed('sh:targetNode <urn:z>', 'sh:class t:T'), [{ id: 'urn:z' }], [none]],
  [aimed('sh:targetNode <urn:z>', 'sh:closed true'), [none], [{ id: 'urn:z' }]],
];

describe.each([
  ['logic', logic],
  ['targets', targets],
] as const)('what %s of shapes ask', (_, rows) => {
  decidedByRows(rows);
});
