import type { TermLike } from '../../terms/turtle.ts';
import { refuse, type ShapeGraph } from '../graph.ts';
import type { ShapePath } from '../model.ts';
import { termText } from '../nquads.ts';
import { sh, xsdString } from '../vocabulary.ts';
import { type ConstraintComponent, readComponents } from './components.ts';
import { type SparqlRule, shapesGraphIri } from './model.ts';
import { pathText } from './path-text.ts';
import { prefixLines } from './prefixes.ts';
import { queryFault } from './restrictions.ts';
import { tokensOf, variableOf } from './tokens.ts';

interface Shape {
  readonly term: TermLike;
  readonly path: ShapePath | undefined;
}

/** What makes a rule of a query: whose it is, and what its variables stand for. */
interface Origin {
  readonly component: string;
  readonly parameters: ReadonlyMap<string, TermLike | undefined>;
  readonly messages: readonly TermLike[];
}

/** Reads what a document says in SPARQL. */
export class SparqlReader {
  readonly #graph: ShapeGraph;
  readonly #components: readonly ConstraintComponent[];

  /** @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming an ill-formed component */
  constructor(graph: ShapeGraph) {
    this.#graph = graph;
    this.#components = readComponents(graph);
  }

  /** Whether a node is a shape because it has sh:sparql or the parameters of a component. */
  isShape(node: TermLike): boolean {
    return (
      this.#graph.values(node, `${sh}sparql`).length > 0 ||
      this.#components.some((component) => this.#uses(node, component))
    );
  }

  /**
   * The SPARQL-based constraints of a shape, and those of components that the document defines.
   *
   * @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming the shape
   */
  rulesOf(term: TermLike, path: ShapePath | undefined): SparqlRule[] {
    const shape = { term, path };
    const rules = this.#graph
      .values(shape.term, `${sh}sparql`)
      .flatMap((constraint) => this.#constraint(shape, constraint));
    for (const component of this.#components) {
      if (this.#uses(shape.term, component)) rules.push(...this.#ofComponent(shape, component));
    }
    return rules;
  }

  #uses(node: TermLike, { parameters }: ConstraintComponent): boolean {
    return parameters.every(
      ({ optional, predicate }) => optional || this.#graph.values(node, predicate).length > 0,
    );
  }

  /** W3C SHACL, section 5. */
  #constraint(shape: Shape, node: TermLike): readonly SparqlRule[] {
    if (node.termType === 'Literal' || this.#graph.properties(node).size === 0) {
      const expected = 'a SPARQL-based constraint that is defined in these files';
      const at = this.#graph.find(shape.term, `${sh}sparql`, node);
      refuse(shape.term, 'sh:sparql', expected, termText(node), at);
    }
    if (this.#graph.values(node, `${sh}deactivated`)[0]?.value === 'true') return [];
    const component = `${sh}SPARQLConstraintComponent`;
    const messages = this.#graph.values(node, `${sh}message`);
    return [this.#rule(shape, node, 'select', { component, parameters: new Map(), messages })];
  }

  /** W3C SHACL, section 6: with one parameter, each of its values makes a constraint. */
  #ofComponent(shape: Shape, component: ConstraintComponent): SparqlRule[] {
    const { parameters, validators, node } = component;
    const own = shape.path === undefined ? 'nodeValidator' : 'propertyValidator';
    const name = validators[own] === undefined ? 'validator' : own;
    const validator = validators[name];
    if (validator === undefined) {
      const expected = `sh:${own} or sh:validator of ${termText(node)}`;
      refuse(shape.term, termText(node), expected, 'neither', this.#graph.find(node));
    }
    const values = parameters.map(({ predicate }) => this.#graph.values(shape.term, predicate));
    const many = values.findIndex((each) => each.length > 1);
    if (parameters.length > 1 && many >= 0) {
      const { predicate } = parameters[many] as (typeof parameters)[number];
      const expected = 'one value of each parameter where there are several';
      const at = this.#graph.find(shape.term, predicate, values[many]?.[1]);
      refuse(shape.term, `<${predicate}>`, expected, `${values[many]?.length}`, at);
    }
    const form = name === 'validator' ? 'ask' : 'select';
    return Array.from({ length: Math.max(1, values[0]?.length ?? 0) }, (_, index) =>
      this.#rule(shape, validator, form, {
        component: component.iri,
        parameters: new Map(
          parameters.map(({ variable }, place) => {
            const ofOne = values[place] as readonly TermLike[];
            return [variable, ofOne[parameters.length > 1 ? 0 : index]] as const;
          }),
        ),
        messages: this.#messages(validator, node),
      }),
    );
  }

  #messages(validator: TermLike, component: TermLike): readonly TermLike[] {
    const own = this.#graph.values(validator, `${sh}message`);
    if (own.length > 0) return own;
    const ofComponent = this.#graph.values(component, `${sh}message`);
    if (ofComponent.length > 0) return ofComponent;
    return this.#graph.values(component, `${sh}labelTemplate`);
  }

  #rule(shape: Shape, node: TermLike, form: SparqlRule['form'], origin: Origin): SparqlRule {
    const text = this.#queryOf(shape, node, form);
    const bound = new Set(['this', 'shapesGraph', 'currentShape', ...origin.parameters.keys()]);
    const handed = new Set(['this', ...origin.parameters.keys()]);
    if (form === 'ask') for (const names of [bound, handed]) names.add('value');
    const about = `sh:${form}`;
    const use = { form: form === 'ask' ? 'ASK' : 'SELECT', bound, handed } as const;
    const fault = queryFault(text, use);
    if (fault !== undefined) {
      const at = this.#graph.find(node, `${sh}${form}`);
      refuse(shape.term, about, fault.expected, fault.got, at);
    }
    const query = prefixLines(this.#graph, node, shape.term) + this.#withPath(shape, text, about);
    const terms: Record<string, TermLike> = {};
    for (const [name, term] of origin.parameters) if (term !== undefined) terms[name] = term;
    terms['currentShape'] = shape.term;
    terms['shapesGraph'] = { termType: 'NamedNode', value: shapesGraphIri };
    return {
      component: origin.component,
      form,
      query,
      bindings: Object.freeze(terms),
      messages: origin.messages,
    };
  }

  #queryOf(shape: Shape, node: TermLike, form: SparqlRule['form']): string {
    const values = this.#graph.values(node, `${sh}${form}`);
    const other = this.#graph.values(node, `${sh}${form === 'ask' ? 'select' : 'ask'}`);
    const value = values[0];
    const isText = value?.termType === 'Literal' && value.datatype?.value === xsdString;
    if (values.length !== 1 || !isText || other.length > 0) {
      const expected = `one string, and no query of another form, at ${termText(node)}`;
      const got = [...values, ...other].map(termText).join(', ') || 'none';
      refuse(shape.term, `sh:${form}`, expected, got, this.#graph.find(node));
    }
    return value.value;
  }

  #withPath(shape: Shape, query: string, about: string): string {
    let text = '';
    let copied = 0;
    for (const token of tokensOf(query)) {
      if (variableOf(token) !== 'PATH') continue;
      if (shape.path === undefined) {
        refuse(shape.term, about, '$PATH in property shapes only', 'a node shape');
      }
      text += `${query.slice(copied, token.from)}${pathText(shape.path)}`;
      copied = token.to;
    }
    return text + query.slice(copied);
  }
}
