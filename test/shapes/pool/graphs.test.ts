import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { compileShapes, shapesValidator } from '../../../src/shapes/index.ts';
import { parseTurtle } from '../../../src/terms/turtle.ts';
import { flight, flightShapes, prefixes, violating } from '../fixtures.ts';
import { gateOf, graph, settle, shapes, unavailable } from './support.ts';

vi.mock('piscina', () => import('../../support/threads.ts'));

const validator = shapesValidator(shapes);
const counts = (from: number, size: number): number[] =>
  Array.from({ length: size }, (_, index) => (index % 3 === 0 ? -1 : 1) * (from + index));

describe('graphs in threads', () => {
  it('get the reports that the calling thread gives', async () => {
    const { gate, faults } = gateOf({ threads: 2 });
    const texts = counts(1, 150).map((count) => graph(count));
    const reports = await Promise.all(texts.map((text) => gate.validateGraph(shapes, text)));
    expect(reports).toEqual(texts.map((text) => validator.validate(text)));
    expect(reports.filter(({ conforms }) => !conforms)).toHaveLength(50);
    expect(gate.pending).toBe(0);
    expect(faults).toEqual([]);
  });

  it('are validated as they are asked to be', async () => {
    const { gate } = gateOf();
    const nested = compileShapes(`${prefixes}
      ops:S sh:targetClass ops:Item ; sh:node ops:T ; sh:property
        [ sh:path ( ops:next [ sh:inversePath ops:next ] ) ; sh:maxCount 1 ;
          sh:message "viel"@de ] .
      ops:T sh:property [ sh:path ops:count ; sh:minCount 1 ] .`);
    const text = `${prefixes} <a> a ops:Item ; ops:next _:x . <b> a ops:Item ; ops:next _:x .`;
    const options = { format: 'turtle', baseIri: 'urn:base:', detail: true, limit: 3 } as const;
    const expected = shapesValidator(nested).validate(text, options);
    expect(expected).toMatchObject({ truncated: true, results: { length: 3 } });
    const [report, all] = await Promise.all([
      gate.validateGraph(nested, text, options),
      gate.validateGraph(nested, text, { baseIri: 'urn:base:' }),
    ]);
    expect(report).toEqual(expected);
    expect(all.results).toHaveLength(4);
    const wrong = gate.validateGraph(nested, text, { ...options, format: 'n-triples' });
    await expect(wrong).rejects.toMatchObject({ code: 'KNHK_TERMS_RDF' });
  });

  it('may be quads of any library', async () => {
    const { gate } = gateOf();
    const texts = [graph(1), graph(-2), ''];
    const sources = texts.map((text) => new Set(parseTurtle(text, 'graph')));
    const reports = sources.map((quads) => gate.validateGraph(shapes, quads));
    expect(await settle(reports)).toEqual([true, false, true]);
    expect(await reports[1]).toEqual(validator.validate(texts[1]!));
  });

  it('cross in slices where they are large, with the places of their errors', async () => {
    const { gate } = gateOf();
    const lines = counts(1, 4_000).map((count) => graph(count));
    const large = lines.join('');
    expect(large.length).toBeGreaterThan(1_000_000);
    const results = validator.validate(large).results.length;
    const reports = [large, `${large}oops`, large].map((text) => gate.validateGraph(shapes, text));
    expect(gate.pending).toBe(3);
    expect((await reports[0])?.results).toHaveLength(results);
    await expect(reports[1]).rejects.toMatchObject({
      code: 'KNHK_TERMS_RDF',
      details: { where: 'data graph, line 12001, column 1' },
    });
    expect((await reports[2])?.results).toHaveLength(results);
    expect(gate.pending).toBe(0);
  });

  it('share threads with records', async () => {
    const { gate, faults } = gateOf({ threads: 2 });
    const document = compileShapes(flightShapes);
    const work = Array.from({ length: 20 }, async (_, index) => {
      const records = [flight(index), flight(index + 100, { miles: 0 })];
      const [verdicts, report] = await Promise.all([
        gate.validate(document, records),
        gate.validateGraph(shapes, graph(index - 10)),
      ]);
      expect(violating(verdicts)).toEqual([1]);
      expect(report.conforms).toBe(index >= 10);
    });
    await Promise.all(work);
    expect(faults).toEqual([]);
  });
});

describe('a graph that cannot be read', () => {
  it('fails alone, wherever it stands, with line and column', async () => {
    const { gate, faults } = gateOf();
    for (let bad = 0; bad < 5; bad++) {
      const texts = counts(1, 5).map((count) => graph(count));
      texts[bad] = `${graph(1)}<urn:x> <urn:y> oops .`;
      const expected: unknown[] = counts(1, 5).map((count) => count >= 0);
      expected[bad] = expect.objectContaining({
        name: 'KnhkError',
        code: 'KNHK_TERMS_RDF',
        details: expect.objectContaining({ where: expect.stringMatching(/line 4, column 17$/) }),
      });
      const work = texts.map((text) => gate.validateGraph(shapes, text));
      expect(await settle(work)).toEqual(expected);
    }
    expect(faults).toEqual([]);
  });

  it('has the same error from the calling thread', async () => {
    const text = `${graph(1)}<urn:x> <urn:y> oops .`;
    const errors = [gateOf(), gateOf({ threads: 0 }), gateOf({ inlineCharacters: 9_999 })].map(
      ({ gate }) => gate.validateGraph(shapes, text).catch((error: unknown) => error),
    );
    const [first, ...others] = await Promise.all(errors);
    for (const other of others) expect(other).toEqual(first);
    expect(() => validator.validate(text)).toThrow((first as Error).message);
  });
});

describe('an engine', () => {
  it('that fails on a graph leaves the others their reports', async () => {
    for (const threads of [0, 1]) {
      const { gate, faults } = gateOf({ threads }, { faults: { fail: 'FAIL' } });
      const texts = [graph(1), graph(2, 'FAIL'), graph(-3)];
      const work = texts.map((text) => gate.validateGraph(shapes, text));
      const error = unavailable('engine: an error (injected)');
      expect(await settle(work)).toEqual([true, error, false]);
      expect(faults).toEqual(['engine']);
    }
  });

  it('may be the reference, which says the same but for words', async () => {
    const { gate } = gateOf({ engine: 'reference' });
    const path = `${prefixes} ops:S sh:targetClass ops:Item ; sh:property
      [ sh:path [ sh:inversePath ops:next ] ; sh:minCount 1 ; sh:in ( "é"@fr 4 ops:x ) ] .`;
    const documents = [shapes, compileShapes(path)];
    const texts = [graph(-1), graph(2), `${prefixes} ops:a a ops:Item . ops:b ops:next ops:a .`];
    for (const document of documents) {
      for (const text of texts) {
        const { results, ...rest } = await gate.validateGraph(document, text);
        const expected = shapesValidator(document).validate(text);
        const bare = ({ messages: _, ...result }: (typeof results)[number]) => result;
        expect({ ...rest, results: results.map(bare) }).toEqual({
          ...expected,
          results: expected.results.map(bare),
        });
      }
    }
    const both = await gate.validateGraph(shapes, graph(-1) + graph(-2), { limit: 1 });
    expect(both).toMatchObject({ truncated: true, results: { length: 1 } });
    const bad = gate.validateGraph(shapes, '<urn:x> <urn:y> oops .');
    await expect(bad).rejects.toMatchObject({ code: 'KNHK_TERMS_RDF' });
  });

  it('refuses shapes that a thread cannot decide, by name', async () => {
    const sparql = `${prefixes} ops:S sh:targetClass ops:Item ; sh:sparql
      [ sh:select "SELECT $this WHERE { $this a $this }" ] .`;
    const document = compileShapes(sparql, { sparql: 'allow' });
    const { gate } = gateOf();
    const work = [1, 2].map((count) => gate.validateGraph(document, graph(count)));
    const error = expect.objectContaining({ code: 'KNHK_SHAPES_UNSUPPORTED' });
    expect(await settle(work)).toEqual([error, error]);
  });
});

describe('options of a graph', () => {
  it('are refused out of range', async () => {
    const { gate } = gateOf();
    for (const option of [{ limit: 0 }, { limit: 0.5 }, { deadlineMs: 0 }]) {
      const work = gate.validateGraph(shapes, '', option);
      await expect(work).rejects.toMatchObject({ code: 'KNHK_SHAPES_OPTION' });
    }
    expect(gate.pending).toBe(0);
  });
});

describe('random batches', () => {
  it('come back in their places, whatever is in them', async () => {
    const { gate } = gateOf({ threads: 2 }, { faults: { delay: 'WAIT', fail: 'FAIL' } });
    const kind = fc.constantFrom('good', 'bad', 'unreadable', 'failing', 'slow');
    const toText = (what: string, index: number): string => {
      if (what === 'good') return graph(index + 1);
      if (what === 'bad') return graph(-index - 1);
      if (what === 'unreadable') return `${graph(index)}oops`;
      return graph(index + 1, what === 'failing' ? 'FAIL' : 'WAIT3');
    };
    const expected: Readonly<Record<string, unknown>> = {
      good: true,
      bad: false,
      unreadable: expect.objectContaining({ code: 'KNHK_TERMS_RDF' }),
      failing: unavailable('engine: an error (injected)'),
      slow: true,
    };
    await fc.assert(
      fc.asyncProperty(fc.array(kind, { minLength: 1, maxLength: 90 }), async (kinds) => {
        const work = kinds.map((what, index) => gate.validateGraph(shapes, toText(what, index)));
        expect(await settle(work)).toEqual(kinds.map((what) => expected[what]));
      }),
      { numRuns: 40 },
    );
    expect(gate.pending).toBe(0);
  });
});
