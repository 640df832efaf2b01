import type { ShapePath } from '../../src/shapes/model.ts';
import { readTriples } from '../../src/shapes/nquads.ts';
import type { QuadLike, TermLike } from '../../src/terms/turtle.ts';
import { termKey } from './arbitrary-data.ts';

const sh = 'http://www.w3.org/ns/shacl#';
const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const forms = {
  inversePath: 'inverse',
  zeroOrMorePath: 'zeroOrMore',
  oneOrMorePath: 'oneOrMore',
  zeroOrOnePath: 'zeroOrOne',
} as const;

/** Reads the paths of a document by the terms that stand for them in results of an engine. */
export function pathReader(turtle: string): (term: TermLike) => ShapePath {
  return pathReaderOf(readTriples([{ name: 'shapes', turtle }]).triples);
}

type Triple = Pick<QuadLike, 'subject' | 'predicate' | 'object'>;

/** Reads the paths that triples hold. */
export function pathReaderOf(triples: readonly Triple[]): (term: TermLike) => ShapePath {
  const objects = (node: TermLike, predicate: string): TermLike[] =>
    triples
      .filter((one) => termKey(one.subject) === termKey(node) && one.predicate.value === predicate)
      .map((one) => one.object);
  const members = (list: TermLike): TermLike[] => {
    const [first] = objects(list, `${rdf}first`);
    const [rest] = objects(list, `${rdf}rest`);
    return first === undefined || rest === undefined ? [] : [first, ...members(rest)];
  };
  const read = (node: TermLike): ShapePath => {
    if (node.termType === 'NamedNode') return { kind: 'predicate', iri: node.value };
    const steps = members(node);
    if (steps.length > 0) return { kind: 'sequence', paths: steps.map(read) };
    const [choices] = objects(node, `${sh}alternativePath`);
    if (choices !== undefined) return { kind: 'alternative', paths: members(choices).map(read) };
    for (const [name, kind] of Object.entries(forms)) {
      const [path] = objects(node, sh + name);
      if (path !== undefined) return { kind, path: read(path) };
    }
    throw new Error(`no path at ${termKey(node)}`);
  };
  return read;
}

const signs = { zeroOrMore: '*', oneOrMore: '+', zeroOrOne: '?' } as const;

/** The structure of a path as SPARQL writes it. */
function pathKey(path: ShapePath): string {
  switch (path.kind) {
    case 'predicate':
      return `<${path.iri}>`;
    case 'inverse':
      return `^(${pathKey(path.path)})`;
    case 'sequence':
      return `(${path.paths.map(pathKey).join('/')})`;
    case 'alternative':
      return `(${path.paths.map(pathKey).join('|')})`;
    default:
      return `(${pathKey(path.path)})${signs[path.kind]}`;
  }
}

/** The parts of a result that are compared; messages and details are not among them. */
export interface ComparedResult {
  readonly focus: TermLike;
  readonly path: ShapePath | null;
  readonly value: TermLike | null;
  readonly component: string;
  readonly shape: TermLike;
  readonly severity: string;
}

/** One text for a result: equal results of two engines have equal keys. */
export function resultKey(result: ComparedResult, term: typeof termKey = termKey): string {
  const parts = [
    term(result.focus),
    result.path === null ? '-' : pathKey(result.path),
    result.value === null ? '-' : term(result.value),
    result.component.replace(sh, 'sh:'),
    term(result.shape),
    result.severity.replace(sh, 'sh:'),
  ];
  return parts.join(' ');
}

/** The keys of results in one order. */
export function resultKeys(results: readonly ComparedResult[]): string[] {
  return results.map((result) => resultKey(result)).sort();
}
