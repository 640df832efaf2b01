import { compileShapes } from '../shapes/document.ts';
import type { CompiledShapes, EngineResult, ShapesEngine } from '../shapes/engine.ts';
import { readTriples } from '../shapes/nquads.ts';
import { sh, xsd } from '../shapes/vocabulary.ts';
import type { QuadLike, TermLike } from '../terms/turtle.ts';
import { expectEqual, expectThat } from './case.ts';
import { shapesCases, shapesPrefixes } from './shapes-cases.ts';

const ex = 'https://example.com/shapes#';

/** A law about engines. */
export type ShapesLaw = (engine: ShapesEngine) => Promise<void>;

/** A data graph in the engine's own terms. */
function graphOf({ terms }: ShapesEngine, turtle: string): QuadLike[] {
  const { triples } = readTriples([{ name: 'data', turtle: shapesPrefixes + turtle }]);
  return triples.map(({ subject, predicate, object }) =>
    terms.quad(
      terms.namedNode(subject.value),
      terms.namedNode(predicate.value),
      object.termType === 'NamedNode'
        ? terms.namedNode(object.value)
        : terms.literal(object.value, terms.namedNode(object.datatype?.value ?? `${xsd}string`)),
    ),
  );
}

const compiled = (engine: ShapesEngine, turtle: string): CompiledShapes =>
  engine.compile(compileShapes(shapesPrefixes + turtle).text);

const within = (text: string, prefix: string): string =>
  text.startsWith(prefix) ? text.slice(prefix.length) : text;

function nameOf(term: TermLike | null): string {
  if (term === null) return '-';
  if (term.termType === 'NamedNode') return within(term.value, ex);
  if (term.termType === 'BlankNode') return '[]';
  const datatype = within(term.datatype?.value ?? `${xsd}string`, xsd);
  return `"${term.value}"${datatype === 'string' ? '' : `^^${datatype}`}`;
}

function lineOf({ focus, path, value, component }: EngineResult): string {
  const constraint = within(nameOf(component), sh).replace(/ConstraintComponent$/, '');
  return `${nameOf(focus)} ${nameOf(path)} ${nameOf(value)} ${constraint}`;
}

async function linesOf(shapes: CompiledShapes, graph: readonly QuadLike[]): Promise<string[]> {
  return (await shapes.validate(graph)).map(lineOf).sort();
}

/** What SHACL Core says, from the table of cases. */
export const tableLaws: Readonly<Record<string, ShapesLaw>> = Object.fromEntries(
  shapesCases.map(({ name, shapes, data, results }) => [
    name,
    async (engine: ShapesEngine) => {
      const found = await linesOf(compiled(engine, shapes), graphOf(engine, data));
      expectEqual('results', found, [...results].sort());
    },
  ]),
);

const shape = (max: number): string =>
  `ex:S a sh:NodeShape ; sh:targetClass ex:T ;
    sh:property ex:P . ex:P sh:path ex:p ; sh:maxInclusive ${max} ;
    sh:severity sh:Warning ; sh:message "too large" .`;
const dataOf = (value: number): string => `ex:a a ex:T ; ex:p ${value} .`;
const violation = (value: number): string[] => [`a p "${value}"^^integer MaxInclusive`];
const rounds = 6;

/** True if work throws or rejects. */
async function fails(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch {
    return true;
  }
}

/** What the seam between gate and engine promises. */
export const seamLaws: Readonly<Record<string, ShapesLaw>> = {
  'a result names shape, severity and message': async (engine) => {
    const [result, ...more] = await compiled(engine, shape(1)).validate(graphOf(engine, dataOf(2)));
    expectEqual('further results', more.length, 0);
    const found = [result?.shape, result?.severity].map((term) => nameOf(term ?? null));
    expectEqual('shape and severity', found, ['P', `${sh}Warning`]);
    expectEqual('messages', result?.messages, ['too large']);
  },
  'a shape that is a blank node keeps its label': async (engine) => {
    const { text } = compileShapes(
      `${shapesPrefixes} ex:S a sh:NodeShape ; sh:targetClass ex:T ;
        sh:property [ sh:path ex:q ], [ sh:path ex:p ; sh:minCount 1 ] .`,
    );
    const label = /(_:b\d+) <http:\/\/www.w3.org\/ns\/shacl#minCount>/.exec(text)?.[1];
    const [result] = await engine.compile(text).validate(graphOf(engine, 'ex:a a ex:T .'));
    const { termType, value } = result?.shape ?? {};
    expectEqual('shape', [termType, `_:${value}`], ['BlankNode', label]);
  },
  'terms are read as they were made': async (engine) => {
    const [quad] = graphOf(engine, 'ex:a ex:p "1"^^xsd:decimal .');
    const { subject, predicate, object } = quad as QuadLike;
    const names = [subject, predicate].map(({ termType, value }) => [termType, value]);
    expectEqual('nodes', names, [
      ['NamedNode', `${ex}a`],
      ['NamedNode', `${ex}p`],
    ]);
    const literal = [object.termType, object.value, object.datatype?.value];
    expectEqual('literal', literal, ['Literal', '1', `${xsd}decimal`]);
  },
  'calls at the same time do not mix': async (engine) => {
    const [one, two] = [compiled(engine, shape(1)), compiled(engine, shape(2))];
    const work = Array.from({ length: rounds }, async (_, value) => {
      const graph = graphOf(engine, dataOf(value));
      return Promise.all([linesOf(one, graph), linesOf(two, graph)]);
    });
    for (const [value, results] of (await Promise.all(work)).entries()) {
      const expected = [1, 2].map((max) => (value > max ? violation(value) : []));
      expectEqual(`results for ${value}`, results, expected);
    }
  },
  'a graph leaves nothing behind for the next one': async (engine) => {
    const shapes = compiled(engine, shape(1));
    for (let round = 0; round < rounds; round++) {
      const bad = graphOf(engine, dataOf(2));
      expectEqual(`violation ${round}`, await linesOf(shapes, bad), violation(2));
      expectEqual(`conforming ${round}`, await linesOf(shapes, graphOf(engine, dataOf(0))), []);
      expectEqual('size of the graph', bad.length, 2);
    }
  },
  'the order of triples does not matter': async (engine) => {
    const shapes = compiled(engine, shape(1));
    const graph = graphOf(engine, `${dataOf(2)} ex:b a ex:T ; ex:p 3, 4 .`);
    const reversed = await linesOf(shapes, [...graph].reverse());
    expectEqual('results', reversed, await linesOf(shapes, graph));
    expectEqual('how many', reversed.length, 3);
  },
  'many violations are all found': async (engine) => {
    const names = Array.from({ length: 200 }, (_, index) => `a${index}`);
    const data = names.map((name) => `ex:${name} a ex:T ; ex:p 2 .`).join('\n');
    const found = await linesOf(compiled(engine, shape(1)), graphOf(engine, data));
    expectEqual('how many', new Set(found).size, names.length);
  },
  'what an engine cannot read fails, and never conforms': async (engine) => {
    const text = await fails(() => engine.compile('this is no shape'));
    expectThat(text, 'a text that is no N-Quads', 'an error', 'compiled shapes');
    const broken = [undefined, null, {}] as unknown as QuadLike[];
    for (const [index, quad] of broken.entries()) {
      const graph = [...graphOf(engine, dataOf(0)), quad];
      const failed = await fails(() => compiled(engine, shape(1)).validate(graph));
      expectThat(failed, `a graph with broken quad ${index}`, 'an error', 'results');
    }
  },
};
