import type { TermLike } from '../terms/turtle.ts';
import { isComparable } from './compare.ts';
import { listMembers, refuse, type ShapeGraph } from './graph.ts';
import { regexOf } from './literals/regex.ts';
import { checkNames, type LintOptions } from './names.ts';
import { termText } from './nquads.ts';
import { checkPath } from './paths.ts';
import { nodeKinds, type Parameter, parameters, rdf, sh, xsd, xsdString } from './vocabulary.ts';

/**
 * Refuses every document that an engine would understand only in part: a constraint that is
 * ignored lets data pass, which zero tolerance cannot allow.
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming the shape, with file and line where known
 */
export function lintShapes(graph: ShapeGraph, options: LintOptions = {}): void {
  checkNames(graph, options);
  for (const node of graph.nodes.values()) new ShapeLint(graph, options, node).check();
}

const memberForms: Readonly<Record<string, Parameter['form']>> = {
  shapes: 'shape',
  terms: 'term',
  iris: 'iri',
  strings: 'string',
};

/** The check of one node, which is a shape if it has any of SHACL's parameters. */
class ShapeLint {
  readonly #graph: ShapeGraph;
  readonly #node: TermLike;
  readonly #isPropertyShape: boolean;
  readonly #inert: boolean;

  constructor(graph: ShapeGraph, options: LintOptions, node: TermLike) {
    this.#graph = graph;
    this.#node = node;
    this.#isPropertyShape = this.#has('path');
    this.#inert = options.inert === 'allow';
  }

  check(): void {
    for (const [predicate, values] of this.#graph.properties(this.#node)) {
      if (!predicate.startsWith(sh)) continue;
      const name = predicate.slice(sh.length);
      const parameter = parameters.get(name);
      if (parameter === undefined) continue;
      if (parameter.single && values.length > 1) {
        this.#refuse(name, 'one value', `${values.length}`, values[1]);
      }
      if (parameter.propertyOnly && !this.#isPropertyShape && !this.#isIdle(name)) {
        this.#refuse(name, 'a property shape (with sh:path)', 'a node shape', values[0]);
      }
      for (const value of values) this.#checkValue(name, parameter.form, value, value);
    }
    this.#checkTypes();
    this.#checkCombinations();
  }

  /** A number of values without the shape that they are counted by constrains nothing. */
  #isIdle(name: string): boolean {
    return this.#inert && name.startsWith('qualified') && !this.#has('qualifiedValueShape');
  }

  #values(name: string): readonly TermLike[] {
    return this.#graph.values(this.#node, sh + name);
  }

  #has(name: string): boolean {
    return this.#values(name).length > 0;
  }

  #refuse(name: string, expected: string, got: string, value?: TermLike): never {
    const at = this.#graph.find(this.#node, sh + name, value) ?? this.#graph.find(this.#node);
    return refuse(this.#node, `sh:${name}`, expected, got, at);
  }

  /** Checks a value, or a member of the list that is the value. */
  #checkValue(name: string, form: Parameter['form'], term: TermLike, value: TermLike): void {
    const memberForm = memberForms[form];
    if (form === 'path') checkPath(this.#graph, this.#node, term);
    else if (memberForm !== undefined) {
      for (const member of listMembers(this.#graph, term, this.#node, `sh:${name}`)) {
        this.#checkValue(name, memberForm, member, value);
      }
    } else if (form === 'shape') this.#checkReference(name, term, value);
    else {
      const expected = scalarExpected(form, term, this.#inert);
      if (expected !== undefined) this.#refuse(name, expected, termText(term), value);
    }
  }

  #checkReference(name: string, shape: TermLike, value: TermLike): void {
    if (shape.termType === 'Literal') this.#refuse(name, 'a shape', termText(shape), value);
    // A shape without triples has no constraints, so a misspelt reference would accept everything.
    if (this.#graph.properties(shape).size === 0) {
      this.#refuse(name, 'a shape that is defined in these files', termText(shape), value);
    }
    if (name === 'property' && this.#graph.values(shape, `${sh}path`).length === 0) {
      this.#refuse(name, 'a property shape (with sh:path)', termText(shape), value);
    }
  }

  #checkTypes(): void {
    for (const type of this.#graph.values(this.#node, `${rdf}type`)) {
      if (type.value === `${sh}PropertyShape` && !this.#isPropertyShape) {
        this.#refuseType(type, 'one sh:path', 'none');
      }
      if (type.value === `${sh}NodeShape` && this.#isPropertyShape) {
        this.#refuseType(type, 'no sh:path', 'one');
      }
    }
  }

  #refuseType(type: TermLike, expected: string, got: string): never {
    const at = this.#graph.find(this.#node, `${rdf}type`, type);
    return refuse(this.#node, `sh:${type.value.slice(sh.length)}`, expected, got, at);
  }

  #checkCombinations(): void {
    const flags = this.#values('flags')[0]?.value ?? '';
    for (const pattern of this.#values('pattern')) this.#checkPattern(pattern, flags);
    if (this.#inert) return;
    const counts = this.#has('qualifiedMinCount') || this.#has('qualifiedMaxCount');
    if (this.#has('qualifiedValueShape') !== counts) {
      const expected = 'sh:qualifiedMinCount or sh:qualifiedMaxCount with it';
      this.#refuse('qualifiedValueShape', expected, counts ? 'no shape' : 'no count');
    }
    const companions = { flags: 'pattern', ignoredProperties: 'closed' };
    for (const [name, companion] of Object.entries(companions)) {
      if (this.#has(name) && !this.#has(companion)) {
        this.#refuse(name, `sh:${companion} with it`, 'none');
      }
    }
  }

  #checkPattern(pattern: TermLike, flags: string): void {
    if (!/^[smixq]*$/.test(flags)) this.#refuse('flags', 'flags among s, m, i, x and q', flags);
    const expression = regexOf(pattern.value, flags);
    if (expression instanceof RegExp) return;
    const expected = 'a regular expression (ECMAScript, flag u)';
    this.#refuse('pattern', expected, expression.error, pattern);
  }
}

function scalarExpected(
  form: Parameter['form'],
  value: TermLike,
  inert: boolean,
): string | undefined {
  const literal = value.termType === 'Literal';
  const datatype = value.datatype?.value;
  switch (form) {
    case 'iri':
      return value.termType === 'NamedNode' ? undefined : 'an IRI';
    case 'nodeKind':
      return nodeKinds.has(value.value) ? undefined : 'sh:IRI, sh:Literal, ...';
    case 'boolean':
      // SHACL says `true`, and its test suite takes "1", though XML Schema calls it the same value,
      // for something else: it would silently constrain nothing. "0" is false to both.
      return datatype === `${xsd}boolean` &&
        (inert ? /^(true|false|0|1)$/ : /^(true|false|0)$/).test(value.value)
        ? undefined
        : 'true or false';
    case 'count':
      return datatype === `${xsd}integer` && /^\d{1,15}$/.test(value.value)
        ? undefined
        : 'an integer that is not negative';
    case 'string':
      return literal && datatype === xsdString ? undefined : 'a string';
    case 'text':
      return literal && (datatype === xsdString || value.language) ? undefined : 'a string';
    case 'literal':
      // What compares with nothing would refuse every value, or accept none by mistake.
      return isComparable(value)
        ? undefined
        : 'a number, a string, a boolean, a time or a duration';
    default:
      return value.termType === 'BlankNode' ? 'an IRI or a literal' : undefined;
  }
}
