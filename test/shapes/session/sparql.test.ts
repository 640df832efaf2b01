import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import type { SparqlEvaluator } from '../../../src/shapes/sparql/evaluator.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';

const shapes = compileShapes(
  `@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <urn:> .
   :Any sh:targetSubjectsOf :name ; sh:property [ sh:path :with ; sh:node :Few ] .
   :Few sh:sparql [ sh:select "SELECT $this WHERE { ?other <urn:flag> true }" ] .
   :Plain sh:targetSubjectsOf :name ; sh:property [ sh:path :name ; sh:maxCount 1 ] .`,
  { sparql: 'allow' },
);

/** Finds something wrong with every node once the graph has a flag anywhere. */
function evaluator(fails: () => boolean): SparqlEvaluator {
  return {
    select(_, graph, bindings) {
      if (fails()) throw new Error('no answer');
      const flags = [...graph.quads()].filter(({ predicate }) => predicate.value === 'urn:flag');
      return flags.map(() => bindings);
    },
    ask: () => true,
  };
}

const named = (node: string): string => `<urn:${node}> <urn:name> "${node}" .\n`;
const linked = (node: string): string => `<urn:${node}> <urn:with> <urn:other> .\n`;
const flag = '<urn:far> <urn:flag> "away" .\n';

describe('a session with SPARQL', () => {
  it('asks all focus nodes again that lead to it, whatever changes, and no others', () => {
    const validator = shapesValidator(shapes, { sparql: evaluator(() => false) });
    const graph = ['x', 'y', 'z'].map(named).join('') + linked('x') + linked('y');
    const session = validator.open(graph);
    expect(session.conforms).toBe(true);
    const change = session.apply({ added: flag });
    expect(change.added.map(({ focus }) => focus.value).sort()).toEqual(['urn:x', 'urn:y']);
    expect(change.checked).toBe(3);
    expect(session.report().results).toHaveLength(validator.validate(graph + flag).results.length);
    const renamed = session.apply({ added: '<urn:z> <urn:name> "Z" .' });
    expect([renamed.checked, renamed.added.length]).toEqual([4, 1]);
    const gone = session.apply({ removed: named('x') });
    expect(gone.removed.map(({ focus }) => focus.value)).toEqual(['urn:x']);
    expect(session.apply({ removed: flag }).removed.map(({ focus }) => focus.value)).toEqual([
      'urn:y',
    ]);
  });

  it('changes nothing where the evaluator fails', () => {
    let left = Number.POSITIVE_INFINITY;
    const validator = shapesValidator(shapes, { sparql: evaluator(() => left-- <= 0) });
    const session = validator.open(named('x') + linked('x') + named('y') + linked('y'));
    for (const calls of [0, 1]) {
      left = calls;
      expect(() => session.apply({ added: flag })).toThrow('KNHK_SHAPES_SPARQL');
      expect([session.conforms, session.size]).toEqual([true, 4]);
    }
    left = Number.POSITIVE_INFINITY;
    expect(session.apply({ added: flag }).added).toHaveLength(2);
    left = 0;
    expect(() => validator.open(named('x') + linked('x'))).toThrow('KNHK_SHAPES_SPARQL');
  });
});
