import { fail, KnhkError } from '../../base/errors.ts';
import type { QuadLike, TermLike } from '../../terms/turtle.ts';
import type { SparqlCheck } from '../engine/compile.ts';
import type { Run } from '../engine/run.ts';
import type { Check, Component } from '../engine/shape.ts';
import type { Extra } from '../engine/sink.ts';
import type { ShapesModel } from '../model.ts';
import { type Triple, termText } from '../nquads.ts';
import { xsdString } from '../vocabulary.ts';
import type { SparqlEvaluator, SparqlGraph } from './evaluator.ts';
import { type SparqlRule, shapesGraphIri } from './model.ts';
import { tokensOf, variableOf } from './tokens.ts';

type Solution = Readonly<Record<string, TermLike>>;

function variablesOf(query: string): ReadonlySet<string> {
  return new Set(tokensOf(query).flatMap((token) => variableOf(token) ?? []));
}

/** Whether an evaluator has to see the shapes too. */
function readsShapes({ shapes }: ShapesModel): boolean {
  return shapes.some(({ constraints }) =>
    constraints.some(
      (constraint) =>
        constraint.kind === 'sparql' && variablesOf(constraint.rule.query).has('shapesGraph'),
    ),
  );
}

/**
 * Makes checks of what a document says in SPARQL (W3C SHACL, sections 5.3 and 6.3).
 *
 * @param triples those of the document, for queries that read `$shapesGraph`
 */
export function sparqlChecks(
  evaluator: SparqlEvaluator,
  model: ShapesModel,
  triples: () => readonly Triple[],
): SparqlCheck {
  const shapes = readsShapes(model) ? triples() : [];
  return ({ rule }, component) => new RuleCheck(evaluator, rule, component, shapes).check;
}

/** The graph of a run, the same object until the run begins anew. */
function graphOf(run: Run, shapes: readonly Triple[]): SparqlGraph {
  if (run.evaluated !== undefined) return run.evaluated as SparqlGraph;
  const graph: SparqlGraph = {
    quads() {
      if (run.evaluated === graph) return quadsOf(run, shapes);
      const expected = 'a graph whose validation is under way';
      return fail('KNHK_SHAPES_SPARQL', 'SPARQL graph', expected, 'one that has changed');
    },
  };
  run.evaluated = graph;
  return graph;
}

function* quadsOf({ graph, terms, out }: Run, shapes: readonly Triple[]): Iterable<QuadLike> {
  const defaultGraph = { termType: 'DefaultGraph', value: '' };
  for (const id of graph.subjects) {
    const subject = terms.termOf(id);
    for (let slot = out.from[id] as number; slot < (out.to[id] as number); slot++) {
      const predicate = terms.termOf(out.p[slot] as number);
      const object = terms.termOf(out.other[slot] as number);
      yield { subject, predicate, object, graph: defaultGraph };
    }
  }
  const named = { termType: 'NamedNode', value: shapesGraphIri };
  for (const { subject, predicate, object } of shapes) {
    yield { subject, predicate, object, graph: named };
  }
}

class RuleCheck {
  readonly #evaluator: SparqlEvaluator;
  readonly #rule: SparqlRule;
  readonly #component: Component;
  readonly #shapes: readonly Triple[];
  readonly #where: string;
  /** Terms for those variables alone that the query has. */
  readonly #fixed: Solution;
  readonly #variables: ReadonlySet<string>;

  constructor(
    evaluator: SparqlEvaluator,
    rule: SparqlRule,
    component: Component,
    shapes: readonly Triple[],
  ) {
    this.#evaluator = evaluator;
    this.#rule = rule;
    this.#component = component;
    this.#shapes = shapes;
    this.#where = `shape ${termText(component.shape.term)}, sh:${rule.form}`;
    this.#variables = variablesOf(rule.query);
    this.#fixed = this.#used(rule.bindings);
  }

  readonly check: Check = (run, focus, values, from, to, sink) => {
    const { form } = this.#rule;
    // What the evaluator does may ask this run's engine again, which moves the values.
    if (form === 'ask') {
      let holds = true;
      for (const value of values.slice(from, to)) {
        if (this.#ask(run, focus, value)) continue;
        if (sink === null) return false;
        holds = false;
        const bindings = { ...this.#rule.bindings, ...named(run, focus, value) };
        const messages = this.#messages(bindings, undefined);
        sink.put({ component: this.#component, focus, value, predicate: 0, extra: { messages } });
      }
      return holds;
    }
    const solutions = this.#select(run, focus);
    if (sink !== null) {
      for (const solution of solutions) {
        const [value, extra] = this.#result(run, focus, solution);
        sink.put({ component: this.#component, focus, value, predicate: 0, extra });
      }
    }
    return solutions.length === 0;
  };

  #used(bindings: Solution): Solution {
    return Object.fromEntries(
      Object.entries(bindings)
        .filter(([name]) => this.#variables.has(name))
        .map(([name, term]) => [name, plain(term)]),
    );
  }

  #ask(run: Run, focus: number, value: number): boolean {
    const answer = this.#guarded(
      (evaluator, bindings, graph) =>
        evaluator.ask(this.#rule.query, graph, {
          ...bindings,
          ...this.#used(named(run, focus, value)),
        }),
      run,
    );
    return typeof answer === 'boolean' ? answer : this.#fail('true or false', answer);
  }

  #select(run: Run, focus: number): Solution[] {
    const solutions = this.#guarded((evaluator, bindings, graph) => {
      const all = { ...bindings, ...this.#used({ this: run.terms.termOf(focus) }) };
      return [...evaluator.select(this.#rule.query, graph, all)];
    }, run);
    for (const solution of solutions) {
      if (typeof solution !== 'object' || solution === null) this.#fail('solutions', solution);
      for (const term of Object.values(solution)) {
        // A term of an engine may be an instance with getters, but not less than this.
        const isTerm = typeof term?.termType === 'string' && typeof term.value === 'string';
        if (!isTerm) this.#fail('RDF terms in solutions', term);
      }
      if (isTrue(solution['failure'])) this.#fail('no failure', '?failure');
    }
    return solutions;
  }

  #guarded<Answer>(
    ask: (evaluator: SparqlEvaluator, bindings: Solution, graph: SparqlGraph) => Answer,
    run: Run,
  ): Answer {
    try {
      return ask(this.#evaluator, this.#fixed, graphOf(run, this.#shapes));
    } catch (error) {
      if (error instanceof KnhkError && error.code === 'KNHK_SHAPES_SPARQL') throw error;
      return this.#fail('an answer of the evaluator', error);
    }
  }

  #fail(expected: string, got: unknown): never {
    return fail('KNHK_SHAPES_SPARQL', this.#where, expected, got, got);
  }

  /** W3C SHACL, sections 5.3.2 and 6.3. */
  #result(run: Run, focus: number, solution: Solution): readonly [number, Extra] {
    const { model } = this.#component.shape;
    const { value, path } = solution;
    const isNodeShape = model.path === undefined;
    const bindings = { ...this.#rule.bindings, this: run.terms.termOf(focus), ...solution };
    const messages = this.#messages(bindings, solution['message']);
    const known = value === undefined ? (isNodeShape ? focus : 0) : run.terms.find(value);
    const extra = {
      messages,
      ...(known < 0 && value !== undefined ? { value: plain(value) } : {}),
      ...(isNodeShape && path?.termType === 'NamedNode'
        ? { path: { kind: 'predicate', iri: path.value } as const }
        : {}),
    };
    return [Math.max(0, known), extra];
  }

  #messages(bindings: Solution, own: TermLike | undefined): readonly TermLike[] {
    const { messages } = this.#component.shape.model;
    if (messages.length > 0) return messages;
    if (own?.termType === 'Literal') return [plain(own)];
    const { component } = this.#rule;
    const standard = { termType: 'Literal', value: `Constraint <${component}> is violated` };
    const templates = this.#rule.messages;
    if (templates.length === 0) return [{ ...standard, language: '', datatype: stringType }];
    return templates.map((template) => ({
      ...plain(template),
      value: filled(template.value, bindings),
    }));
  }
}

const stringType: TermLike = { termType: 'NamedNode', value: xsdString };

function named(run: Run, focus: number, value: number): Solution {
  return { this: run.terms.termOf(focus), value: run.terms.termOf(value) };
}

function isTrue(term: TermLike | undefined): boolean {
  return term?.termType === 'Literal' && (term.value === 'true' || term.value === '1');
}

/** A term of whatever library as a plain object. */
function plain({ termType, value, language, datatype }: TermLike): TermLike {
  if (termType !== 'Literal') return { termType, value };
  const type = datatype === undefined ? stringType : iriTerm(datatype.value);
  return { termType, value, language: language ?? '', datatype: type };
}

function iriTerm(value: string): TermLike {
  return { termType: 'NamedNode', value };
}

/** Puts what variables stand for in place of `{?name}` and `{$name}`. */
function filled(template: string, bindings: Solution): string {
  return template.replace(/\{[?$]([\p{L}\p{N}_]+)\}/gu, (whole, name: string) => {
    const term = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
    if (term === undefined) return whole;
    return term.termType === 'Literal' ? term.value : termText(term);
  });
}
