import type { TermLike } from '../../terms/turtle.ts';
import { refuse, type ShapeGraph } from '../graph.ts';
import { termText } from '../nquads.ts';
import { sh } from '../vocabulary.ts';

const imports = 'http://www.w3.org/2002/07/owl#imports';
// The names that SPARQL takes (section 19.8, PN_PREFIX), a little stricter.
const prefixForm = /^(?:\p{L}(?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?)?$/u;
const namespaceForm = /^[^<>"{}|^`\\\u0000-\u0020]*$/;

/**
 * The PREFIX lines of a query: what the values of sh:prefixes declare, and what they import (W3C
 * SHACL, section 5.2.1).
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED for an ill-formed declaration or two of one prefix
 */
export function prefixLines(graph: ShapeGraph, executable: TermLike, shape: TermLike): string {
  const found = new Map<string, string>();
  const nodes = [...graph.values(executable, `${sh}prefixes`)];
  const seen = new Set<string>();
  // The list grows by what its members import.
  for (const node of nodes) {
    const key = termText(node);
    if (seen.has(key)) continue;
    seen.add(key);
    for (const declaration of graph.values(node, `${sh}declare`)) {
      const [prefix, namespace] = declared(graph, declaration, shape);
      if ((found.get(prefix) ?? namespace) !== namespace) {
        const at = graph.find(declaration);
        refuse(shape, 'sh:prefixes', `one namespace for the prefix ${prefix}:`, 'two', at);
      }
      found.set(prefix, namespace);
    }
    nodes.push(...graph.values(node, imports));
  }
  return [...found].map(([prefix, namespace]) => `PREFIX ${prefix}: <${namespace}>\n`).join('');
}

function declared(
  graph: ShapeGraph,
  declaration: TermLike,
  shape: TermLike,
): readonly [string, string] {
  const one = (name: string, form: RegExp, expected: string): string => {
    const values = graph.values(declaration, sh + name);
    const value = values[0];
    if (values.length === 1 && value?.termType === 'Literal' && form.test(value.value)) {
      return value.value;
    }
    const at = graph.find(declaration, sh + name) ?? graph.find(declaration);
    return refuse(shape, `sh:${name}`, expected, values.map(termText).join(', ') || 'none', at);
  };
  return [
    one('prefix', prefixForm, 'one prefix of SPARQL'),
    one('namespace', namespaceForm, 'one namespace, a literal of xsd:anyURI'),
  ];
}
