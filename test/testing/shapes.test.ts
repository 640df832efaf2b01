import { describe, expect, test } from 'vitest';
import type { EngineResult } from '../../src/shapes/engine.ts';
import type { QuadLike } from '../../src/terms/turtle.ts';
import {
  type CompiledShapes,
  referenceShapesEngine,
  type ShapesEngine,
  shapesEngineConformance,
} from '../../src/testing/index.ts';
import { shapesCases } from '../../src/testing/shapes-cases.ts';
import { type Broken, expectAllCaught, expectCaught, expectConformance } from './conformance.ts';

type Validate = CompiledShapes['validate'];

/** An engine whose validation goes through something. */
const through =
  (wrap: (validate: Validate) => Validate) =>
  (engine: ShapesEngine): ShapesEngine => ({
    terms: engine.terms,
    compile: (text) => {
      const shapes = engine.compile(text);
      return { validate: wrap((graph) => shapes.validate(graph)) };
    },
  });

/** An engine whose results go through something. */
const results = (change: (found: readonly EngineResult[]) => readonly EngineResult[]) =>
  through((validate) => async (graph) => change(await validate(graph)));

const sh = 'http://www.w3.org/ns/shacl#';
const node = (value: string): EngineResult['focus'] => ({ termType: 'NamedNode', value });
const invented: EngineResult = {
  ...{ focus: node('urn:a'), path: null, value: null, component: node(`${sh}X`) },
  ...{ severity: node(`${sh}Violation`), shape: node('urn:s'), messages: [] },
};

/** For each case an engine that does not know its constraint, or finds too much. */
const ofTable: readonly Broken<ShapesEngine>[] = shapesCases.map(({ name, results: [line] }) => {
  const component = line?.split(' ').at(-1);
  if (component === undefined) {
    return {
      defect: 'a result out of nothing',
      caughtBy: name,
      make: results((found) => [...found, invented]),
    };
  }
  const iri = `${sh}${component}ConstraintComponent`;
  return {
    defect: `no ${component}`,
    caughtBy: name,
    make: results((found) => found.filter(({ component: own }) => own?.value !== iri)),
  };
});

const ofSeam: readonly Broken<ShapesEngine>[] = [
  {
    defect: 'results without their shape',
    caughtBy: 'a result names shape, severity and message',
    make: results((found) => found.map((result) => ({ ...result, shape: null }))),
  },
  {
    defect: 'blank nodes with labels of their own',
    caughtBy: 'a shape that is a blank node keeps its label',
    make: results((found) =>
      found.map((result) => ({ ...result, shape: { termType: 'BlankNode', value: 'n3-0' } })),
    ),
  },
  {
    defect: 'literals that lose their datatype',
    caughtBy: 'terms are read as they were made',
    make: (engine) => ({
      compile: (text) => engine.compile(text),
      terms: {
        namedNode: (value) => engine.terms.namedNode(value),
        blankNode: (label) => engine.terms.blankNode(label),
        literal: (value) => engine.terms.literal(value, engine.terms.namedNode('urn:none')),
        quad: (subject, predicate, object) => engine.terms.quad(subject, predicate, object),
      },
    }),
  },
  {
    defect: 'one graph for all calls',
    caughtBy: 'calls at the same time do not mix',
    make: (engine) => {
      let last: readonly QuadLike[] = [];
      return through((validate) => async (graph) => {
        last = graph;
        await new Promise((done) => setImmediate(done));
        return validate(last);
      })(engine);
    },
  },
  {
    defect: 'a graph that only grows',
    caughtBy: 'a graph leaves nothing behind for the next one',
    make: through((validate) => {
      const all: QuadLike[] = [];
      return (graph) => {
        all.push(...graph);
        return validate(all);
      };
    }),
  },
  {
    defect: 'types that have to come first',
    caughtBy: 'the order of triples does not matter',
    make: through(
      (validate) => async (graph) =>
        graph[0]?.predicate.value.endsWith('#type') === true ? validate(graph) : [],
    ),
  },
  {
    defect: 'results beyond fifty dropped',
    caughtBy: 'many violations are all found',
    make: results((found) => found.slice(0, 50)),
  },
  {
    defect: 'a failure that conforms',
    caughtBy: 'what an engine cannot read fails, and never conforms',
    make: through((validate) => (graph) => validate(graph).catch(() => [])),
  },
];

describe('the reference engine', () => {
  expectConformance(shapesEngineConformance(referenceShapesEngine()));
});

describe('a broken engine', () => {
  const broken = [...ofTable, ...ofSeam];
  expectCaught(broken, (make) => shapesEngineConformance(make(referenceShapesEngine())));
  test('is caught by every case of the suite', () => {
    expectAllCaught(shapesEngineConformance(referenceShapesEngine()), broken);
  });
  test('that finds everything twice is caught by every case that finds something', async () => {
    const twice = results((found) => [...found, ...found])(referenceShapesEngine());
    const names = shapesCases.filter((item) => item.results.length > 0).map(({ name }) => name);
    for (const { name, run } of shapesEngineConformance(twice)) {
      if (names.includes(name)) await expect(run(), name).rejects.toThrow('results: expected');
    }
  });
});
