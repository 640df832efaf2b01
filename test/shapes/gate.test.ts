import { afterAll, describe, expect, it } from 'vitest';
import { compileShapes } from '../../src/shapes/document.ts';
import { openShapesGate, type ShapesGate, type ShapesRecord } from '../../src/shapes/gate.ts';
import { splitBySubject } from '../../src/shapes/run-records.ts';
import { decimal, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';
import { Flight, flight, flightShapes, prefixes, violating } from './fixtures.ts';

const Thing = defineObservation('thing.seen', {
  class: 'https://example.com/ops#Thing',
  subject: 'thing',
  fields: {
    thing: iri(),
    amount: optional(decimal()),
    label: optional(string()),
    parent: optional(iri({ predicate: 'http://www.w3.org/2000/01/rdf-schema#subClassOf' })),
  },
});

function thing(name: string, fields: Record<string, string> = {}): ShapesRecord {
  const subject = `https://example.com/ops#${name}`;
  const read = readObservation(Thing, { thing: subject, ...fields });
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return { observation: Thing.hash, record: read.record, subject };
}

const flights = openShapesGate({ observations: [Flight], threads: 0 });
const things = openShapesGate({ observations: [Flight, Thing], threads: 0 });
afterAll(async () => {
  await flights.close();
  await things.close();
});

async function judge(gate: ShapesGate, turtle: string, records: readonly ShapesRecord[]) {
  return violating(await gate.validate(compileShapes(prefixes + turtle), records));
}

describe('verdicts', () => {
  const shapes = compileShapes(flightShapes);

  it('say what is wrong, and with which record', async () => {
    const verdicts = await flights.validate(shapes, [
      flight(1),
      flight(2, { miles: 0 }),
      flight(3),
    ]);
    expect(verdicts).toEqual([
      { conforms: true },
      {
        conforms: false,
        results: [
          {
            focus: 'https://example.com/flight/2',
            path: 'https://example.com/ops#miles',
            value: '"0"^^<http://www.w3.org/2001/XMLSchema#integer>',
            component: 'http://www.w3.org/ns/shacl#MinExclusiveConstraintComponent',
            severity: 'http://www.w3.org/ns/shacl#Violation',
            shape: '_:b4',
            messages: ['Value is not greater than 0'],
          },
        ],
      },
      { conforms: true },
    ]);
    expect(shapes.text).toContain('_:b4 <http://www.w3.org/ns/shacl#minExclusive>');
  });

  it('are violations whatever the severity and the path', async () => {
    const turtle = `ops:S sh:targetClass ops:Departure ; sh:property [ sh:severity sh:Info ;
      sh:message "odd" ; sh:path [ sh:alternativePath ( ops:miles ops:x ) ] ; sh:minCount 2 ] .`;
    const document = compileShapes(prefixes + turtle);
    const [verdict] = await flights.validate(document, [flight(1)]);
    const result = { severity: 'http://www.w3.org/ns/shacl#Info', path: '_:b3', messages: ['odd'] };
    expect(verdict).toMatchObject({ conforms: false, results: [{ ...result, value: null }] });
  });

  it('never put two records of one subject into one graph', async () => {
    const same = { flight: 'https://example.com/flight/7' };
    // Together they would have two values of miles, and each would hide behind the other.
    const records = [
      flight(1),
      flight(2, { ...same }),
      flight(3, { ...same, miles: 0 }),
      flight(4),
    ];
    expect(violating(await flights.validate(shapes, records))).toEqual([2]);
    const counted = `ops:S sh:targetClass ops:Departure ;
      sh:property [ sh:path ops:miles ; sh:maxCount 1 ; sh:hasValue 5 ] .`;
    const values = [5, 6, 5, 5].map((miles) => flight(9, { miles }));
    expect(await judge(flights, counted, values)).toEqual([1]);
  });

  it('split by subject in order', () => {
    const entries = ['a', 'b', 'a', 'c', 'a', 'b'].map((subject, place) => ({ subject, place }));
    const places = splitBySubject(entries).map((graph) => graph.map(({ place }) => place));
    expect(places).toEqual([[0, 1, 3], [2, 5], [4]]);
  });

  it('find every one of 200 violations through a shared node shape', async () => {
    // rdf-validate-shacl at its defaults reports 51 of them.
    const shared = `ops:S sh:targetClass ops:Departure ;
      sh:property [ sh:path ops:previous ; sh:node ops:Airport ] .
      ops:Airport sh:pattern "^https://example.com/airport/" .`;
    const previous = 'https://example.com/elsewhere';
    const records = Array.from({ length: 200 }, (_, index) => flight(index, { previous }));
    expect(await judge(flights, shared, records)).toHaveLength(200);
    const onFocus = `ops:S sh:targetClass ops:Departure ; sh:node ops:T . ops:T sh:property
      [ sh:path ops:miles ; sh:node ops:U ] . ops:U sh:maxInclusive 1 .`;
    expect(await judge(flights, onFocus, records)).toHaveLength(200);
  });

  it('judge a value that other records speak about as if it stood alone', async () => {
    const turtle = `ops:S sh:targetClass ops:Departure ;
      sh:property [ sh:path ops:previous ; sh:class ops:Departure ] .`;
    const previous = 'https://example.com/flight/1';
    expect(await judge(flights, turtle, [flight(1), flight(2, { previous })])).toEqual([1]);
  });

  it('validate a target node in every graph', async () => {
    const turtle = `ops:S sh:targetNode <https://example.com/flight/1> ;
      sh:property [ sh:path ops:miles ; sh:minCount 1 ] .`;
    expect(await judge(flights, turtle, [flight(1), flight(2)])).toEqual([1]);
  });

  it('fall back to graphs of one record where a focus node is nobody', async () => {
    // As a document with a wrong `local` would do; the classification never says so.
    const turtle = `ops:S sh:targetObjectsOf ops:previous ; sh:pattern "^https://example.com/f" .`;
    const document = { ...compileShapes(prefixes + turtle), local: true };
    const records = [flight(1), flight(2, { previous: 'https://example.com/x' }), flight(3)];
    expect(violating(await flights.validate(document, records))).toEqual([1]);
  });

  it('give at most 64 results of a record', async () => {
    let turtle = 'ops:S sh:targetClass ops:Departure .';
    for (let index = 0; index < 100; index++) turtle += ` ops:S sh:hasValue ops:v${index} .`;
    const [verdict] = await flights.validate(compileShapes(prefixes + turtle), [flight(1)]);
    expect(verdict).toHaveProperty('results.length', 64);
  });
});

describe('constraints that the engine alone gets wrong', () => {
  const shape = (constraint: string): string =>
    `ops:S sh:targetClass ops:Thing ; sh:property [ sh:path ops:amount ; ${constraint} ] .`;
  const text = (constraint: string): string => shape(constraint).replace('amount', 'label');

  it('compares decimals exactly', async () => {
    const amounts = ['100.00000000000000000001', '100', '99.99999999999999999999'];
    const records = amounts.map((amount, index) => thing(`t${index}`, { amount }));
    expect(await judge(things, shape('sh:maxInclusive 100'), records)).toEqual([0]);
    expect(await judge(things, shape('sh:maxExclusive 100'), records)).toEqual([0, 1]);
    expect(await judge(things, shape('sh:minInclusive 100'), records)).toEqual([2]);
    expect(await judge(things, shape('sh:minExclusive 100'), records)).toEqual([1, 2]);
  });

  it('compares integers beyond 2^53', async () => {
    const records = ['9007199254740992', '9007199254740993'].map((amount, index) =>
      thing(`t${index}`, { amount }),
    );
    expect(await judge(things, shape('sh:minInclusive 9007199254740993'), records)).toEqual([0]);
  });

  it('orders strings by code point, whatever the locale', async () => {
    const records = [thing('a', { label: 'Zebra' }), thing('b', { label: 'apple' })];
    expect(await judge(things, text('sh:maxInclusive "a"'), records)).toEqual([1]);
  });

  it('counts and matches characters, not UTF-16 units', async () => {
    const records = [thing('a', { label: '😀' }), thing('b', { label: 'ab' })];
    expect(await judge(things, text('sh:maxLength 1'), records)).toEqual([1]);
    expect(await judge(things, text('sh:minLength 2'), records)).toEqual([0]);
    expect(await judge(things, text('sh:pattern "^.$"'), records)).toEqual([1]);
    expect(await judge(things, text('sh:pattern "^A" ; sh:flags "i"'), records)).toEqual([0]);
  });

  it('compares two properties exactly', async () => {
    const turtle = `ops:S sh:targetClass ops:Departure ;
      sh:property [ sh:path ops:delayMinutes ; sh:lessThan ops:miles ] ;
      sh:property [ sh:path ops:miles ; sh:lessThanOrEquals ops:miles ] .`;
    const records = [
      flight(1, { delayMinutes: 9, miles: 10 }),
      flight(2, { delayMinutes: 10, miles: 10 }),
    ];
    expect(await judge(flights, turtle, records)).toEqual([1]);
  });

  it('keeps the paths of the members of sh:and in a property shape', async () => {
    const turtle = `ops:S sh:targetClass ops:Departure ; sh:property [ sh:path ops:previous ;
      sh:and ( [ sh:path ops:miles ; sh:maxCount 0 ] [ sh:nodeKind sh:IRI ] ) ] .`;
    const records = [flight(1, { previous: 'https://example.com/other' })];
    expect(await judge(flights, turtle, records)).toEqual([]);
  });
});

describe('classes', () => {
  it('include the hierarchy that the shapes state', async () => {
    const turtle = `ops:Thing rdfs:subClassOf ops:Entity .
      ops:S sh:targetClass ops:Entity ; sh:property [ sh:path ops:label ; sh:minCount 1 ] .`;
    expect(await judge(things, turtle, [thing('a'), thing('b', { label: 'x' })])).toEqual([0]);
  });

  it('do not leak from one record into another', async () => {
    const turtle = `ops:S sh:targetClass ops:Entity ;
      sh:property [ sh:path ops:label ; sh:minCount 1 ] .`;
    const parent = 'https://example.com/ops#Entity';
    // The first record is the class itself, a subclass of Entity in its own graph only.
    const records = [thing('Thing', { parent, label: 'x' }), thing('b')];
    expect(await judge(things, turtle, records)).toEqual([]);
    expect(await judge(things, turtle, [thing('Thing', { parent })])).toEqual([0]);
  });

  it('that a record puts below themselves end, or the reference fails closed', async () => {
    const records = [thing('Loop', { parent: 'https://example.com/ops#Loop' }), thing('a')];
    const turtle = 'ops:S sh:targetClass ops:Loop ; sh:nodeKind sh:IRI .';
    expect(await judge(things, turtle, records)).toEqual([]);
    const faults: string[] = [];
    await using reference = openShapesGate({
      observations: [Flight, Thing],
      threads: 0,
      engine: 'reference',
      onFault: (fault) => faults.push(fault),
    });
    const error = expect.objectContaining({
      code: 'KNHK_SHAPES_UNAVAILABLE',
      details: expect.objectContaining({ got: expect.stringMatching(/^engine: .*stack/) }),
    });
    await expect(judge(reference, turtle, records)).rejects.toEqual(error);
    const document = compileShapes(prefixes + turtle);
    const each = await reference.validateEach(document, records);
    expect(each).toEqual([error, { conforms: true }]);
    expect(faults).toEqual(['engine', 'engine']);
  });
});

describe('misuse and ends', () => {
  const shapes = compileShapes(flightShapes);

  it.each([
    ['an undeclared type', { ...thing('a'), subject: 'https://example.com/ops#a' }, 'declaration'],
    ['a record of another type', { ...flight(1), observation: Thing.hash }, 'declaration'],
    ['another subject', { ...flight(1), subject: 'https://example.com/flight/2' }, 'subject'],
    [
      'a field that does not fit',
      { ...flight(1), record: flight(1).record.replace('"ABQ"', '1') },
      '$.origin',
    ],
  ])('refuses %s', async (_name, record, got) => {
    await expect(flights.validate(shapes, [flight(9), record])).rejects.toMatchObject({
      code: 'KNHK_SHAPES_RECORD',
      details: { where: 'record 1 of the batch', got: expect.stringContaining(got) },
    });
  });

  it('refuses 257 records and takes none', async () => {
    const many = Array.from({ length: 257 }, (_, index) => flight(index));
    await expect(flights.validate(shapes, many)).rejects.toMatchObject({
      code: 'KNHK_LIMIT_SHAPES',
    });
    expect(await flights.validate(shapes, [])).toEqual([]);
  });

  it('refuses options out of range', () => {
    for (const option of [{ threads: -1 }, { threads: 0.5 }, { queueMax: -1 }, { deadlineMs: 0 }]) {
      const open = () => openShapesGate({ observations: [Flight], ...option });
      expect(open).toThrow(expect.objectContaining({ code: 'KNHK_SHAPES_OPTION' }));
    }
  });

  it('bounds what waits', async () => {
    const faults: string[] = [];
    const onFault = (fault: string): number => faults.push(fault);
    const gate = openShapesGate({ observations: [Flight], threads: 0, queueMax: 1, onFault });
    await gate.validate(shapes, [flight(0)]);
    const batches = [1, 2, 3].map((number) => gate.validate(shapes, [flight(number)]));
    const settled = await Promise.allSettled(batches);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(faults).toEqual(['queue']);
    expect(gate.pending).toBe(0);
    await gate.close();
    await expect(gate.validate(shapes, [flight(1)])).rejects.toMatchObject({
      details: { got: 'closed' },
    });
  });

  it('rejects with the reason of an abort', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(flights.validate(shapes, [flight(1)], { signal })).rejects.toBe(reason);
  });
});
