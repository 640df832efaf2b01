import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CompileShapesOptions, compileShapes } from '../../../src/shapes/document.ts';
import { termText } from '../../../src/shapes/nquads.ts';
import type { ValidationResult } from '../../../src/shapes/report/types.ts';
import type { SparqlEvaluator, SparqlGraph } from '../../../src/shapes/sparql/evaluator.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import type { TermLike } from '../../../src/terms/turtle.ts';
import { prefixes } from '../fixtures.ts';
import { oxigraphEvaluator } from './oxigraph.ts';

const allow: CompileShapesOptions = { sparql: 'allow' };
const ops = 'https://example.com/ops#';
const declared = `ops: sh:declare [ sh:prefix "ops" ; sh:namespace "${ops}"^^xsd:anyURI ] .`;
const xsd = 'http://www.w3.org/2001/XMLSchema#';

const document = (turtle: string) => compileShapes(`${prefixes} ${declared} ${turtle}`, allow);
const validatorOf = (turtle: string, sparql: SparqlEvaluator = oxigraphEvaluator()) =>
  shapesValidator(document(turtle), { sparql });
const constraint = (query: string, rest = ''): string =>
  `ops:S sh:targetClass ops:C ;
    sh:sparql [ sh:prefixes ops: ; sh:select """${query}""" ${rest} ] .`;
const data = (turtle: string): string => `@prefix ops: <${ops}> . ${turtle}`;
const iri = (name: string): TermLike => ({ termType: 'NamedNode', value: ops + name });

/** An evaluator that gives what it is told, and keeps what it was asked. */
function scripted(answer: unknown) {
  const asked: { query: string; graph: SparqlGraph; bindings: object; triples: number }[] = [];
  const reply = (query: string, graph: SparqlGraph, bindings: object): unknown => {
    asked.push({ query, graph, bindings, triples: [...graph.quads()].length });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, select: reply, ask: reply } as unknown as SparqlEvaluator & {
    readonly asked: typeof asked;
  };
}

describe('a constraint in SPARQL', () => {
  const labels = constraint(
    'SELECT $this ?value (ops:label AS ?path) { $this ops:label ?value }',
    '; sh:message "{?value} at {$this}, not {?other}"@en, "plain"',
  );

  it('gives value, path and messages of each solution', () => {
    const { results } = validatorOf(labels).validate(
      data('ops:a a ops:C ; ops:label "x", ops:y .'),
    );
    const sorted = [...results].sort((left, right) =>
      termText(left.value as TermLike) < termText(right.value as TermLike) ? -1 : 1,
    );
    expect(sorted).toMatchObject([
      {
        focus: iri('a'),
        path: { kind: 'predicate', iri: `${ops}label` },
        value: { value: 'x' },
        component: 'http://www.w3.org/ns/shacl#SPARQLConstraintComponent',
        shape: iri('S'),
        messages: [{ value: `x at <${ops}a>, not {?other}`, language: 'en' }, { value: 'plain' }],
      },
      { value: iri('y'), messages: [{ value: `<${ops}y> at <${ops}a>, not {?other}` }, {}] },
    ]);
  });

  it('has the message of its shape first, then that of the solution, then its own', () => {
    const message = (turtle: string, query = 'SELECT $this ("own" AS ?message) { $this a ?c }') => {
      const { results } = validatorOf(constraint(query, '; sh:message "rule"') + turtle).validate(
        data('ops:a a ops:C .'),
      );
      return results.map(({ messages }) => messages.map(({ value }) => value));
    };
    expect(message('ops:S sh:message "shape" .')).toEqual([['shape']]);
    expect(message('')).toEqual([['own']]);
    expect(message('', 'SELECT $this { $this a ?c }')).toEqual([['rule']]);
    const bare = validatorOf(constraint('SELECT $this { $this a ?c }'));
    expect(bare.validate(data('ops:a a ops:C .')).results[0]?.messages).toMatchObject([
      { value: expect.stringContaining('SPARQLConstraintComponent') },
    ]);
  });

  it('keeps the path of a property shape, and has no value where none is bound', () => {
    const inner = 'SELECT $this (ops:other AS ?path) { $this $PATH ?label }';
    const turtle = `ops:S sh:targetClass ops:C ; sh:path [ sh:inversePath ops:p ] ;
      sh:sparql [ sh:prefixes ops: ; sh:select "${inner}" ] .`;
    const { results } = validatorOf(turtle).validate(data('ops:a a ops:C . ops:b ops:p ops:a .'));
    const path = { kind: 'inverse', path: { kind: 'predicate', iri: `${ops}p` } };
    expect(results).toMatchObject([{ focus: iri('a'), path, value: null }]);
  });

  it('reaches blank nodes, and values that the graph does not have', () => {
    const made = constraint('SELECT $this (CONCAT(?l, "!") AS ?value) { $this ops:label ?l }');
    const { results } = validatorOf(made).validate(data('[] a ops:C ; ops:label "x" .'));
    expect(results).toMatchObject([
      {
        focus: { termType: 'BlankNode' },
        value: { termType: 'Literal', value: 'x!', datatype: { value: `${xsd}string` } },
      },
    ]);
  });

  it('counts inside of other shapes, stops where that is enough, and obeys limits', () => {
    const inner = `ops:S sh:targetClass ops:C ; sh:not ops:T .
      ops:T sh:sparql [ sh:prefixes ops: ; sh:select "SELECT $this { $this ops:label ?value }" ] .`;
    const graph = data('ops:a a ops:C ; ops:label 1 . ops:b a ops:C .');
    const { results } = validatorOf(inner).validate(graph);
    expect(results.map(({ focus }) => focus)).toEqual([iri('b')]);
    const three = data('ops:a a ops:C ; ops:label 1, 2, 3 .');
    expect(validatorOf(labels).validate(three, { limit: 2 })).toMatchObject({
      results: [{}, {}],
      truncated: true,
    });
    expect(validatorOf(labels).conforms(three)).toBe(false);
    expect(validatorOf(labels).conforms(data('ops:a a ops:C .'))).toBe(true);
  });

  it('makes a class that has nothing else a shape of its instances', () => {
    const turtle = `ops:C a rdfs:Class ; sh:sparql [ sh:select "SELECT $this { $this ?p ?o }" ] .`;
    expect(validatorOf(turtle).conforms(data('ops:a a ops:C .'))).toBe(false);
  });

  it('is asked again of a session after each change', () => {
    const evaluator = oxigraphEvaluator();
    const session = validatorOf(labels, evaluator).open(data('ops:a a ops:C .'));
    expect(session.conforms).toBe(true);
    const label = `<${ops}a> <${ops}label> "x" .`;
    expect(session.apply({ added: label }).added).toHaveLength(1);
    expect(session.report().results).toHaveLength(1);
    expect(session.apply({ removed: label }).removed).toHaveLength(1);
    expect(session.conforms).toBe(true);
  });
});

describe('what an evaluator is asked', () => {
  it('is the variables that the query has, of one graph for the whole validation', () => {
    const evaluator = scripted([]);
    const shapes = constraint('SELECT $this { $this a ?x . FILTER ($currentShape != ?x) }');
    const validator = validatorOf(shapes, evaluator);
    validator.validate(data('ops:a a ops:C . ops:b a ops:C .'));
    const { asked } = evaluator;
    expect(asked.map(({ bindings }) => bindings)).toEqual([
      { this: iri('a'), currentShape: iri('S') },
      { this: iri('b'), currentShape: iri('S') },
    ]);
    expect(asked[0]?.query).toMatch(/^PREFIX ops: <.*>\nSELECT/);
    expect(asked[1]?.graph).toBe(asked[0]?.graph);
    // Nobody speaks of the shapes graph, so only the data is there.
    expect(asked[0]?.triples).toBe(2);
    validator.validate(data('ops:c a ops:C .'));
    expect(asked[2]?.graph).not.toBe(asked[0]?.graph);
    expect(() => asked[0]?.graph.quads()).toThrow(
      expect.objectContaining({ code: 'KNHK_SHAPES_SPARQL' }),
    );
  });

  it('is each value node for ASK, with its parameters and without optional ones', () => {
    const evaluator = scripted(false);
    const turtle = `ops:S sh:targetClass ops:C ; sh:path ops:p ; ops:min 3 .
      ops:Comp a sh:ConstraintComponent ; sh:parameter [ sh:path ops:min ],
        [ sh:path ops:max ; sh:optional true ] ;
      sh:validator [ sh:ask "ASK { FILTER ($value > $min && (!bound($max) || $value < $max)) }" ;
        sh:message "{$value} is not above {$min}" ] .`;
    const graph = data('ops:a a ops:C ; ops:p 1, 2 .');
    const { results } = validatorOf(turtle, evaluator).validate(graph);
    const integer = (value: string) => ({ value, datatype: { value: `${xsd}integer` } });
    expect(evaluator.asked.map(({ bindings }) => bindings)).toMatchObject([
      { value: integer('1'), min: integer('3') },
      { value: integer('2'), min: integer('3') },
    ]);
    expect(evaluator.asked[0]?.bindings).not.toHaveProperty('max');
    expect(evaluator.asked[0]?.bindings).not.toHaveProperty('this');
    expect(results.map(({ messages, component }) => [messages[0]?.value, component])).toEqual([
      ['1 is not above 3', `${ops}Comp`],
      ['2 is not above 3', `${ops}Comp`],
    ]);
    expect(validatorOf(turtle).validate(data('ops:a a ops:C ; ops:p 4 .')).conforms).toBe(true);
    evaluator.asked.length = 0;
    expect(validatorOf(turtle, evaluator).conforms(graph)).toBe(false);
    expect(evaluator.asked).toHaveLength(1);
  });
});

describe('an evaluator that gives no verdict', () => {
  const select = constraint('SELECT $this { $this a ?x }');
  const asking = `ops:S sh:targetClass ops:C ; ops:min 3 .
    ops:Comp a sh:ConstraintComponent ; sh:parameter [ sh:path ops:min ] ;
    sh:validator [ sh:ask "ASK { FILTER ($value > $min) }" ] .`;
  const truth = { termType: 'Literal', value: 'true' };
  it.each<[string, string, unknown]>([
    ['throws', select, new Error('out of order')],
    ['throws at ASK', asking, new Error('out of order')],
    ['answers nothing', select, undefined],
    ['answers a promise', select, Promise.resolve([])],
    ['answers a promise to ASK', asking, Promise.resolve(true)],
    ['answers texts to ASK', asking, 'true'],
    ['answers no solutions', select, [null]],
    ['answers texts as terms', select, [{ value: 'x' }]],
    ['answers holes as terms', select, [{ value: undefined }]],
    ['binds ?failure', select, [{ failure: truth }]],
  ])('fails the validation where it %s', (_name, turtle, answer) => {
    const validator = validatorOf(turtle, scripted(answer));
    const graph = data('ops:a a ops:C .');
    const error = expect.objectContaining({
      code: 'KNHK_SHAPES_SPARQL',
      details: expect.objectContaining({ where: expect.stringContaining(`shape <${ops}S>`) }),
    });
    expect(() => validator.validate(graph)).toThrow(error);
    expect(() => validator.conforms(graph)).toThrow(error);
  });

  it('may bind ?failure to false', () => {
    const failure = { termType: 'Literal', value: 'false' };
    const { results } = validatorOf(select, scripted([{ failure }])).validate(
      data('ops:a a ops:C .'),
    );
    expect(results).toHaveLength(1);
  });
});

const names = ['a', 'b', 'c', 'd'] as const;
const predicates = ['p', 'q', 'r'] as const;

const paths: fc.Arbitrary<string> = fc.letrec<{ path: string }>((tie) => ({
  path: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(...predicates).map((name) => `ops:${name}`),
    tie('path').map((path) => `[ sh:inversePath ${path} ]`),
    tie('path').map((path) => `[ sh:zeroOrMorePath ${path} ]`),
    tie('path').map((path) => `[ sh:oneOrMorePath ${path} ]`),
    tie('path').map((path) => `[ sh:zeroOrOnePath ${path} ]`),
    fc.tuple(tie('path'), tie('path')).map(([left, right]) => `( ${left} ${right} )`),
    fc
      .tuple(tie('path'), tie('path'))
      .map(([left, right]) => `[ sh:alternativePath ( ${left} ${right} ) ]`),
  ),
})).path;

const graphs = fc
  .array(
    fc.tuple(
      fc.constantFrom(...names),
      fc.constantFrom(...predicates),
      fc.constantFrom(...names, '"x"', '1'),
    ),
    { maxLength: 12 },
  )
  .map((triples) =>
    [...names.map((name) => `ops:${name} a ops:C .`)]
      .concat(
        triples.map(([subject, predicate, object]) => {
          const term = (names as readonly string[]).includes(object) ? `ops:${object}` : object;
          return `ops:${subject} ops:${predicate} ${term} .`;
        }),
      )
      .join('\n'),
  );

const pairsOf = (results: readonly ValidationResult[]): string[] =>
  results.map(({ focus, value }) => `${termText(focus)} ${value && termText(value)}`).sort();

describe('SPARQL and Core say the same of the same', () => {
  it('for every path and the values that it leads to', () => {
    const nothing = 'sh:not [ sh:nodeKind sh:IRI ]';
    fc.assert(
      fc.property(paths, graphs, (path, graph) => {
        const shape = (rest: string): string =>
          `ops:S sh:targetClass ops:C ; sh:property [ sh:path ${path} ; ${rest} ] .`;
        const core = validatorOf(shape(nothing)).validate(data(graph)).results;
        const query = 'SELECT DISTINCT $this ?value { $this $PATH ?value FILTER isIRI(?value) }';
        const sparql = `sh:sparql [ sh:select "${query}" ]`;
        expect(pairsOf(validatorOf(shape(sparql)).validate(data(graph)).results)).toEqual(
          pairsOf(core),
        );
        const asking = `${shape('ops:notIri true')}
          ops:Comp a sh:ConstraintComponent ; sh:parameter [ sh:path ops:notIri ] ;
          sh:validator [ sh:ask "ASK { FILTER (!isIRI($value)) }" ] .`;
        expect(pairsOf(validatorOf(asking).validate(data(graph)).results)).toEqual(pairsOf(core));
      }),
      { numRuns: 60 },
    );
  });
});
