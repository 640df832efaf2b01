import { describe } from 'vitest';
import { decidedByRows, node, none, on, type Row } from './sigma-rows.ts';

const types: readonly Row[] = [
  [on('t:i', 'sh:datatype xsd:integer'), [none], []],
  [on('t:i', 'sh:datatype xsd:decimal'), [], [none]],
  [on('t:d', 'sh:datatype xsd:decimal'), [{ d: '-0.5' }], []],
  [on('t:n', 'sh:datatype xsd:double'), [{ n: 1e21 }, { n: 5e-324 }], []],
  [on('t:b', 'sh:datatype xsd:boolean'), [none], []],
  [on('t:at', 'sh:datatype xsd:dateTime'), [none, { at: '0000-01-01T00:00:00Z' }], []],
  [
    on('t:s', 'sh:datatype xsd:string'),
    [none, { s: '\u{1f600}\t' }],
    [{ s: 'a\0' }, { s: '\uffff' }],
  ],
  [on('t:o', 'sh:datatype xsd:string'), [none], []],
  [on('t:odd', 'sh:datatype xsd:string'), [], [none]],
  [on('t:r', 'sh:datatype xsd:anyURI'), [], [none]],
  [on('t:l', 'sh:datatype xsd:string'), [], [none, { l: [] }]],
  [on('t:j', 'sh:datatype xsd:string'), [none], [{ j: 1 }]],
  [on('t:i', 'sh:nodeKind sh:Literal'), [none], []],
  [on('t:i', 'sh:nodeKind sh:BlankNodeOrIRI'), [], [none]],
  [on('t:r', 'sh:nodeKind sh:IRI'), [none], []],
  [on('t:l', 'sh:nodeKind sh:BlankNode'), [none], [{ l: [] }]],
  [on('t:l', 'sh:nodeKind sh:IRI'), [{ l: [] }], [none]],
  [on('t:l', 'sh:nodeKind sh:BlankNodeOrIRI'), [{ l: [] }, none], []],
  [on('t:k', 'sh:nodeKind sh:BlankNode'), [{ k: [1] }, none], [{ k: [] }]],
  [on('rdf:type', 'sh:nodeKind sh:IRI'), [none], []],
  [node('sh:nodeKind sh:IRI'), [none], []],
  [node('sh:nodeKind sh:Literal'), [], [none]],
  [node('sh:class t:T'), [none], []],
  [node('sh:class t:U'), [], [none]],
  [`${node('sh:class t:V')} t:T rdfs:subClassOf t:U . t:U rdfs:subClassOf t:V .`, [none], []],
  [on('t:r', 'sh:class t:T'), [{ r: 'urn:x' }], [none]],
  [on('t:r', 'sh:class t:U'), [], [none]],
  [on('t:s', 'sh:class t:T'), [], [none]],
];

const texts: readonly Row[] = [
  [
    on('t:s', 'sh:minLength 2 ; sh:maxLength 2'),
    [none, { s: '\u{1f600}a' }],
    [{ s: 'a' }, { s: 'abc' }],
  ],
  [on('t:s', 'sh:minLength 0'), [{ s: '' }], []],
  [on('t:r', 'sh:maxLength 5'), [none], [{ r: 'urn:yy' }]],
  [node('sh:minLength 6'), [{ id: 'urn:xx' }], [none]],
  [on('t:at', 'sh:minLength 24 ; sh:maxLength 24'), [none, { at: '2020-01-01T00:00:00.5Z' }], []],
  [on('t:at', 'sh:maxLength 23'), [], [none]],
  [on('t:b', 'sh:maxLength 4'), [none], [{ b: false }]],
  [on('rdf:type', 'sh:minLength 23 ; sh:maxLength 23'), [none], []],
  [on('t:s', 'sh:pattern "^a.$"'), [none, { s: 'a\u2028' }], [{ s: 'abc' }, { s: 'a\n' }]],
  [on('t:s', 'sh:pattern "^ a b $" ; sh:flags "x"'), [none], [{ s: ' a b ' }]],
  [on('t:s', 'sh:pattern "a." ; sh:flags "q"'), [{ s: 'a.' }], [none]],
  [on('t:u', 'sh:pattern "^a"'), [none, { u: 'a' }], [{ u: 'b' }]],
  [on('t:r', 'sh:pattern "^urn:"'), [none], [{ r: 'x:y' }]],
  [on('t:o', 'sh:pattern "e"'), [{ o: 'web' }], [none]],
  [on('t:b', 'sh:pattern "^t"'), [none], [{ b: false }]],
  [on('rdf:type', 'sh:pattern "#T$"'), [none], []],
  [node('sh:pattern "x$"'), [none], [{ id: 'urn:y' }]],
  [on('t:s', 'sh:uniqueLang true'), [none], []],
  [on('t:s', 'sh:languageIn ("en")'), [], [none]],
];

describe.each([
  ['types', types],
  ['texts', texts],
] as const)('what %s ask of one value', (_, rows) => {
  decidedByRows(rows);
});
