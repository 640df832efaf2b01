import type { TermFactory } from '../../terms/rdf.ts';
import type { QuadLike, TermLike } from '../../terms/turtle.ts';
import type { CompiledShapes, EngineResult, ShapesEngine } from '../engine.ts';
import { modelOf } from '../models.ts';
import { readQuads } from '../reading/quads.ts';
import { type CompiledModel, compileModel, refuseSparql } from './compile.ts';
import { EncodedGraph } from './data.ts';
import { Results } from './results.ts';
import { Sink, type Violation } from './sink.ts';

const defaultGraph: TermLike = { termType: 'DefaultGraph', value: '' };

/** Terms as plain objects: nothing but what an engine reads. */
const plainTerms: TermFactory<QuadLike> = {
  namedNode: (value) => ({ termType: 'NamedNode', value }),
  blankNode: (value) => ({ termType: 'BlankNode', value }),
  literal: (value, datatype) => ({ termType: 'Literal', value, datatype }),
  quad: (subject, predicate, object) =>
    ({ subject, predicate, object, graph: defaultGraph }) as QuadLike,
};

/** This library's own engine behind the seam for records, whose classes the shapes define. */
export function nativeEngine(): ShapesEngine {
  return { terms: plainTerms, compile };
}

function compile(text: string): CompiledShapes {
  const compiled = compileModel(modelOf({ text }), 'both', refuseSparql);
  const data = new EncodedGraph(compiled);
  return {
    async validate(graph) {
      data.clear();
      readQuads(graph, data, 'data graph');
      data.triples.seal();
      const sink = new Sink();
      data.validate(sink);
      return engineResults(data, compiled, sink.violations);
    },
  };
}

function engineResults(
  data: EncodedGraph,
  { shapes }: CompiledModel,
  violations: readonly Violation[],
): EngineResult[] {
  const results = new Results(data.run, shapes, false).of(violations);
  return results.map((result, index) => {
    const { predicate, component } = violations[index] as Violation;
    const named = (value: string): TermLike => ({ termType: 'NamedNode', value });
    return {
      focus: result.focus,
      path:
        predicate === 0
          ? (component.shape.model.path?.term ?? null)
          : named(data.terms.values[predicate] as string),
      value: result.value,
      component: named(result.component),
      severity: named(result.severity),
      shape: result.shape,
      messages: result.messages.map(({ value }) => value),
    };
  });
}
