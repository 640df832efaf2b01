import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import { CompiledShape } from '../../../src/shapes/engine/shape.ts';
import type { ValidationResult } from '../../../src/shapes/report/types.ts';
import * as copies from '../../../src/shapes/session/copy.ts';
import type { GraphDelta } from '../../../src/shapes/session/delta.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import type { QuadLike } from '../../../src/terms/turtle.ts';

vi.mock(import('../../../src/shapes/session/copy.ts'), { spy: true });

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const rdfs = 'http://www.w3.org/2000/01/rdf-schema#';
const validator = shapesValidator(
  compileShapes(`@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <urn:> .
    :Person a <${rdfs}Class>, sh:NodeShape ;
      sh:property [ sh:path :name ; sh:minCount 1 ; sh:maxCount 1 ] ;
      sh:property [ sh:path :knows ; sh:class :Person ] .
    :Named sh:targetObjectsOf :knows ; sh:property [ sh:path :name ; sh:minCount 1 ] .`),
);

const nt = (text: string): string =>
  text
    .split('.')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length === 3)
    .map((words) => `${words.map(term).join(' ')} .\n`)
    .join('');

function term(word: string): string {
  if (word === 'a') return `<${rdf}type>`;
  if (word === 'sub') return `<${rdfs}subClassOf>`;
  return word.startsWith('"') || word.startsWith('_:') ? word : `<urn:${word}>`;
}

const named: QuadLike = {
  subject: { termType: 'BlankNode', value: 'b' },
  predicate: { termType: 'NamedNode', value: 'urn:name' },
  object: { termType: 'Literal', value: 'B' },
  graph: { termType: 'DefaultGraph', value: '' },
};

const said = (results: readonly ValidationResult[]): string[] =>
  results
    .map(({ focus, component }) => `${focus.value} ${component.replace(/.*#|Constraint.*/g, '')}`)
    .sort();

const two = nt('x a Person . x name "X" . y a Person . y name "Y" . x knows y');

afterEach(() => vi.restoreAllMocks());

describe('apply', () => {
  it('says which results came and went', () => {
    const session = validator.open(two);
    expect([session.conforms, session.size]).toEqual([true, 5]);
    const change = session.apply({ removed: nt('y name "Y"'), added: nt('x name "Z"') });
    expect(change.conforms).toBe(false);
    expect(said(change.added)).toEqual(['urn:x MaxCount', 'urn:y MinCount', 'urn:y MinCount']);
    expect(change.removed).toEqual([]);
    const back = session.apply({ added: nt('y name "Y"') });
    expect(said(back.removed)).toEqual(['urn:y MinCount', 'urn:y MinCount']);
    expect([said(back.added), back.conforms]).toEqual([[], false]);
    expect(said(session.report().results)).toEqual(['urn:x MaxCount']);
  });

  it('keeps apart what is the same result of two shapes', () => {
    const session = validator.open(two);
    const first = session.apply({ removed: nt('y name "Y"') });
    expect(first.added).toHaveLength(2);
    const second = session.apply({ removed: nt('x knows y') });
    expect(said(second.removed)).toEqual(['urn:y MinCount']);
    expect(session.report().results).toHaveLength(1);
  });

  it.each<[string, GraphDelta]>([
    ['nothing', {}],
    ['what is there', { added: two }],
    ['what is not there', { removed: nt('y name "X" . z name "Y" . y other "Y" . y name "new"') }],
    ['both at once', { removed: two, added: two }],
  ])('changes nothing by %s', (_, delta) => {
    const session = validator.open(two);
    const none = { conforms: true, added: [], removed: [], checked: 0 };
    expect(session.apply(delta)).toEqual(none);
    expect(session.size).toBe(5);
  });

  it('validates again what reads the change, whatever else is in the graph', () => {
    const many = Array.from({ length: 200 }, (_, at) => nt(`p${at} a Person . p${at} name "P"`));
    const session = validator.open(two + many.join(''));
    expect(session.apply({ added: nt('p7 other "thing"') }).checked).toBe(0);
    expect(session.apply({ added: nt('p7 name "Q"') }).checked).toBe(1);
    expect(session.apply({ added: nt('p8 knows p9') }).checked).toBe(2);
    expect(session.apply({ removed: nt('p9 name "P"') }).checked).toBe(2);
    expect(session.apply({ added: nt('new a Person . new name "N"') }).checked).toBe(1);
    expect(session.apply({ removed: nt('new a Person . new name "N"') }).checked).toBe(0);
    const all = session.apply({ added: nt('Pilot sub Person') }).checked;
    expect(all).toBe(202 + 2);
    const pilot = session.apply({ added: nt('new a Pilot') });
    expect([pilot.checked, said(pilot.added)]).toEqual([1, ['urn:new MinCount']]);
    expect(said(session.apply({ removed: nt('Pilot sub Person') }).removed)).toContain(
      'urn:new MinCount',
    );
  });
});

describe('blank nodes of a delta', () => {
  const blank = nt('_:b a Person . _:b name "B"');

  it('are those of the graph, in N-Triples and in quads', () => {
    const session = validator.open(blank);
    expect(session.apply({ removed: nt('_:b name "B"') }).conforms).toBe(false);
    expect(session.apply({ added: [named] }).conforms).toBe(true);
    expect(session.size).toBe(2);
  });

  it('are refused in Turtle, where labels mean nothing outside', () => {
    const session = validator.open(blank);
    for (const turtle of ['_:b <urn:name> "C" ; a <urn:Person> .', '[] <urn:name> "C", "D" .']) {
      expect(() => session.apply({ added: turtle })).toThrow('KNHK_TERMS_RDF');
      expect(() => session.apply({ removed: turtle })).toThrow('KNHK_TERMS_RDF');
    }
    const change = session.apply({ added: '<urn:c> a <urn:Person> ; <urn:name> "C" .' });
    expect([change.conforms, session.size]).toEqual([true, 4]);
  });
});

describe('a delta that fails', () => {
  const delta = { removed: nt('y name "Y"'), added: nt('x name "Z" . z a Person . z knows x') };

  it.each<[string, GraphDelta]>([
    ['text to add', { ...delta, added: `${delta.added}<urn:x> <urn:name> "Q .\n` }],
    ['text to remove', { ...delta, removed: `${delta.removed}<urn:x> <urn:name> .\n` }],
    ['quads to add', { ...delta, added: [{} as QuadLike] }],
    ['no quads at all', { ...delta, removed: 7 as unknown as string }],
  ])('changes nothing: %s', (_, broken) => {
    const session = validator.open(two);
    expect(() => session.apply(broken)).toThrow('KNHK_TERMS_RDF');
    expect([session.conforms, session.size]).toEqual([true, 5]);
    expect(session.apply({ added: two }).checked).toBe(0);
    const whole = session.apply(delta);
    expect(whole).toEqual(validator.open(two).apply(delta));
  });

  it('changes nothing where its quads end in an error of the host', () => {
    const session = validator.open(two);
    function* quads(): Generator<QuadLike> {
      yield named;
      throw new Error('broken stream');
    }
    expect(() => session.apply({ removed: two, added: quads() })).toThrow('broken stream');
    expect([session.conforms, session.size]).toEqual([true, 5]);
  });

  it('is refused while another is applied', () => {
    const session = validator.open(two);
    function* quads(): Generator<QuadLike> {
      session.apply({ removed: two });
      yield named;
    }
    expect(() => session.apply({ added: quads() })).toThrow('KNHK_SHAPES_SESSION');
    expect(session.size).toBe(5);
    expect(session.apply({ added: [named] }).checked).toBe(0);
    expect(session.size).toBe(6);
  });

  it('changes nothing where validation fails, whichever call of it', () => {
    const expected = validator.open(two).apply(delta);
    const { validate } = CompiledShape.prototype;
    let failed = 0;
    for (let isThrough = false; !isThrough; failed++) {
      const session = validator.open(two);
      let left = failed;
      const spy = vi.spyOn(CompiledShape.prototype, 'validate').mockImplementation(function (
        this: CompiledShape,
        ...args
      ) {
        if (left-- === 0) throw new Error('out of order');
        return validate.apply(this, args);
      });
      try {
        session.apply(delta);
        isThrough = true;
      } catch (error) {
        expect((error as Error).message).toBe('out of order');
      }
      spy.mockRestore();
      if (isThrough) break;
      expect([session.conforms, session.size]).toEqual([true, 5]);
      expect(session.apply({ added: two }).checked).toBe(0);
      expect(session.apply(delta)).toEqual(expected);
    }
    expect(failed).toBeGreaterThan(8);
  });
});

describe('the graph of a session', () => {
  it('is its own: the one it was opened with stays as it was', () => {
    const graph = validator.graph(two);
    const session = validator.open(graph);
    session.apply({ removed: two });
    expect([session.size, graph.size]).toEqual([0, 5]);
    expect(validator.conforms(graph)).toBe(true);
    expect(validator.open(graph).size).toBe(5);
  });

  it('must be of the same validator', () => {
    const other = shapesValidator(
      compileShapes('<urn:S> <http://www.w3.org/ns/shacl#targetNode> <urn:x> .'),
    );
    expect(() => validator.open(other.graph(two))).toThrow('KNHK_SHAPES_OPTION');
  });

  it('gives up terms that are out of use, and goes on as if nothing had happened', () => {
    const copy = vi.mocked(copies.copyOf).mockClear();
    // The first terms go at once, so that all others stand elsewhere in the copy.
    const gone = nt('first name "one" . second name "two"');
    const session = validator.open(gone + nt('x a Person . y a Person . y name "Y"'));
    session.apply({ removed: gone });
    for (let round = 0; round < 60; round++) {
      const many = Array.from({ length: 100 }, (_, at) => `x name "${round}-${at}"`).join(' . ');
      expect(said(session.apply({ added: nt(many) }).added)).toEqual(['urn:x MaxCount']);
      const change = session.apply({ removed: nt(many) });
      expect(said(change.added)).toEqual(['urn:x MinCount']);
      expect(said(change.removed)).toEqual(['urn:x MaxCount']);
    }
    expect(copy).toHaveBeenCalledTimes(1);
    expect(said(session.report().results)).toEqual(['urn:x MinCount']);
    const end = session.apply({ added: nt('x name "X"') });
    expect([end.conforms, said(end.removed)]).toEqual([true, ['urn:x MinCount']]);
    expect(session.size).toBe(4);
  });

  it('is not copied again and again once it has grown', () => {
    const copy = vi.mocked(copies.copyOf).mockClear();
    const session = validator.open('');
    const many = Array.from({ length: 6000 }, (_, at) => `x name "${at}"`).join(' . ');
    session.apply({ added: nt(many) });
    for (let at = 0; at < 3; at++) session.apply({ removed: nt(`x name "${at}"`) });
    expect(copy).toHaveBeenCalledTimes(1);
    expect(session.size).toBe(5997);
  });
});
