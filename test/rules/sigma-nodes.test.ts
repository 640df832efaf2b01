import { describe } from 'vitest';
import { base, dateTime, decidedByRows, node, none, on, type Row, t } from './sigma-rows.ts';

const counts: readonly Row[] = [
  [on('t:i', 'sh:minCount 1 ; sh:maxCount 1'), [none], []],
  [on('t:i', 'sh:minCount 2'), [], [none]],
  [on('t:i', 'sh:maxCount 0'), [], [none]],
  [on('t:j', 'sh:minCount 0'), [none, { j: 1 }], []],
  [on('t:j', 'sh:minCount 1'), [{ j: 1 }], [none]],
  [on('t:j', 'sh:maxCount 0'), [none], [{ j: 1 }]],
  [on('t:l', 'sh:minCount 1 ; sh:maxCount 1'), [none, { l: [] }, { l: ['a', 'b'] }], []],
  // The subject has no triple of its own field, its class has one.
  [on('t:id', 'sh:minCount 1'), [], [none]],
  [on('t:other', 'sh:maxCount 0'), [none], []],
  [on('rdf:type', 'sh:minCount 1 ; sh:maxCount 1 ; sh:hasValue t:T'), [none], []],
  [on('rdf:type', 'sh:hasValue t:U'), [], [none]],
];

const terms: readonly Row[] = [
  [on('t:i', 'sh:hasValue 5'), [none], [{ i: 6 }]],
  [on('t:i', 'sh:hasValue "05"^^xsd:integer'), [], [none]],
  [on('t:i', 'sh:hasValue 5.0'), [], [none]],
  [on('t:i', 'sh:hasValue "-0"^^xsd:integer'), [], [{ i: 0 }]],
  [on('t:j', 'sh:hasValue 5'), [{ j: 5 }], [none]],
  [on('t:n', 'sh:hasValue "5"^^xsd:double'), [none], [{ n: 6 }]],
  [on('t:n', 'sh:hasValue 5e0'), [], [none]],
  [on('t:n', 'sh:hasValue "1e+21"^^xsd:double'), [{ n: 1e21 }], []],
  [on('t:d', 'sh:hasValue "5"^^xsd:decimal'), [none], [{ d: '6' }]],
  [on('t:d', 'sh:hasValue 5.0'), [], [none]],
  [on('t:b', 'sh:hasValue true'), [none], [{ b: false }]],
  [on('t:b', 'sh:hasValue "1"^^xsd:boolean'), [], [none]],
  [
    on('t:at', `sh:hasValue ${dateTime('2020-01-01T00:00:00.000Z')}`),
    [none],
    [{ at: '2021-01-01T00:00:00Z' }],
  ],
  [on('t:at', `sh:hasValue ${dateTime('2020-01-01T00:00:00Z')}`), [], [none]],
  [on('t:s', 'sh:hasValue "ab"'), [none], [{ s: '' }]],
  [on('t:s', 'sh:hasValue "ab"@en'), [], [none]],
  [on('t:s', 'sh:hasValue <urn:y>'), [], [{ s: 'urn:y' }]],
  [on('t:r', 'sh:hasValue <urn:y>'), [none], [{ r: 'urn:z' }]],
  [on('t:r', 'sh:hasValue "urn:y"'), [], [none]],
  [on('t:o', 'sh:hasValue "web"'), [{ o: 'web' }], [none]],
  [on('t:o', 'sh:hasValue "none"'), [], [none]],
  [node('sh:hasValue <urn:x>'), [none], [{ id: 'urn:z' }]],
  [on('t:s', 'sh:in ("ab" "b" 5)'), [none, { s: 'b' }], [{ s: 'c' }]],
  [on('t:i', 'sh:in (5 "06"^^xsd:integer 7.0)'), [none], [{ i: 6 }, { i: 7 }]],
  [on('t:s', 'sh:in (5 6)'), [], [none]],
  [on('t:j', 'sh:in (5 6)'), [none, { j: 5 }], [{ j: 4 }]],
  [on('rdf:type', 'sh:in (t:T t:U)'), [none], []],
  [node('sh:in (<urn:x> <urn:z>)'), [none, { id: 'urn:z' }], [{ id: 'urn:y' }]],
];

const pairs: readonly Row[] = [
  [on('t:i', 'sh:equals t:j'), [{ j: 5 }], [none, { j: 4 }]],
  [on('t:u', 'sh:equals t:to'), [none], [{ u: 'a' }, { to: base.at }]],
  [on('t:s', 'sh:equals t:o'), [{ s: 'a' }], [none]],
  [on('t:i', 'sh:equals t:n'), [], [none]],
  [on('t:j', 'sh:equals t:other'), [none], [{ j: 5 }]],
  [on('t:other', 'sh:equals t:j'), [none], [{ j: 5 }]],
  [node('sh:equals t:r'), [{ r: 'urn:x' }], [none]],
  [on('t:s', 'sh:disjoint t:u'), [none, { u: 'a' }], [{ u: 'ab' }]],
  [on('t:d', 'sh:disjoint t:e'), [none], [{ e: '5.0' }]],
  [on('t:i', 'sh:disjoint t:i'), [], [none]],
  [on('t:i', 'sh:disjoint t:other'), [none], []],
  [node('sh:disjoint t:r'), [none], [{ r: 'urn:x' }]],
  [node('sh:disjoint rdf:type'), [none], [{ id: `${t}T` }]],
  [on('t:i', 'sh:lessThan t:j'), [none, { j: 6 }], [{ j: 5 }, { j: 4 }]],
  [node('sh:not [ sh:path t:i ; sh:lessThan t:j ]'), [{ j: 5 }], [none, { j: 6 }]],
  [on('t:i', 'sh:lessThanOrEquals t:j'), [none, { j: 5 }], [{ j: 4 }]],
  [on('t:i', 'sh:lessThan t:n'), [{ n: 5.5 }], [none]],
  [on('t:n', 'sh:lessThanOrEquals t:i'), [none], [{ n: 5.5 }]],
  [on('t:d', 'sh:lessThan t:e'), [none], [{ d: '6' }]],
  [on('t:at', 'sh:lessThan t:to'), [none, { to: '2020-01-01T00:00:00.001Z' }], [{ to: base.at }]],
  [on('t:i', 'sh:lessThan t:i'), [], [none]],
  [on('t:i', 'sh:lessThanOrEquals t:i'), [none], []],
  [on('t:i', 'sh:lessThan t:other'), [none], []],
];

describe.each([
  ['counts', counts],
  ['terms', terms],
  ['pairs', pairs],
] as const)('what %s ask of the nodes of a record', (_, rows) => {
  decidedByRows(rows);
});
