import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import { reportQuads } from '../../../src/shapes/report/quads.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import type { QuadLike, TermLike } from '../../../src/terms/turtle.ts';
import { termKey } from '../arbitrary-data.ts';
import { sh } from './fixtures.ts';
import { GraphReader, referenceReport, withoutLabels } from './reading.ts';

const prefixes = `@prefix sh: <${sh}> . @prefix : <urn:x:> .`;
const shapes = `${prefixes}
:S sh:targetClass :T ; sh:node :N ; sh:severity sh:Warning ;
  sh:property [ sh:path :p ; sh:minCount 2 ; sh:message "two"@en, "zwei"@de ] ;
  sh:property [ sh:path [ sh:inversePath :p ] ; sh:maxCount 0 ; sh:name "in" ] ;
  sh:property [ sh:path ( :p [ sh:zeroOrMorePath :q ] ) ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path [ sh:alternativePath ( :p [ sh:oneOrMorePath :q ] ) ] ; sh:in ( :a ) ] ;
  sh:property [ sh:path [ sh:zeroOrOnePath :q ] ; sh:class :T ] .
:N sh:closed true ; sh:property [ sh:path :r ; sh:minCount 1 ] .`;
const data = `${prefixes}
:a a :T ; :p 1 . :b a :T ; :p :a, _:b0 ; :q [ :q "x"@en ] . _:b0 a :T ; :q :a ; :r "r" .`;

const ends = ['focusNode', 'value', 'sourceShape'].map((name) => sh + name);

/**
 * What the report says, without the copies of shapes that the engine adds, and each path with
 * nodes of its own, which all results of a shape share there.
 */
function saidOf(
  report: TermLike,
  quads: readonly QuadLike[],
  unsaid: readonly string[] = [],
): QuadLike[] {
  const walk = (node: TermLike, label: TermLike, path: string): QuadLike[] =>
    quads
      .filter(({ subject }) => termKey(subject) === termKey(node))
      .filter(({ predicate }) => !unsaid.includes(predicate.value))
      .flatMap((quad) => {
        const { predicate, object } = quad;
        const isEnd = object.termType !== 'BlankNode' || ends.includes(predicate.value);
        if (isEnd) return [{ subject: label, predicate, object, graph: quad.graph }];
        const below = predicate.value === `${sh}resultPath` ? label.value : path;
        const copy = { ...object, termType: 'BlankNode', value: `${object.value}${below}` };
        return [
          { subject: label, predicate, object: copy, graph: quad.graph },
          ...walk(object, copy, below),
        ];
      });
  return walk(report, report, '');
}

describe('the report graph of rdf-validate-shacl', () => {
  it('is what reportQuads makes of its results', async () => {
    const { term, quads } = await referenceReport(shapes, data);
    const said = saidOf(term, quads);
    const report = new GraphReader(said).report(term);
    expect(report.results.length).toBeGreaterThan(10);
    expect(withoutLabels(reportQuads(report))).toEqual(withoutLabels(said));
  });
  it('is what our own engine finds, words and details apart', async () => {
    const { term, quads } = await referenceReport(shapes, data);
    const { results, ...report } = shapesValidator(compileShapes(shapes)).validate(data);
    const bare = results.map((result) => ({ ...result, messages: [], detail: [] }));
    const said = saidOf(term, quads, [`${sh}resultMessage`, `${sh}detail`]);
    expect(withoutLabels(reportQuads({ ...report, results: bare }))).toEqual(withoutLabels(said));
  });
});
