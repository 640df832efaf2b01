import type { ShapePath } from '../model.ts';

/** A path as SPARQL writes it (W3C SHACL, section 2.3.1), in parentheses wherever it may matter. */
export function pathText(path: ShapePath): string {
  switch (path.kind) {
    case 'predicate':
      return `<${path.iri}>`;
    case 'inverse':
      return `^${grouped(path.path)}`;
    case 'sequence':
      return path.paths.map(grouped).join('/');
    case 'alternative':
      return path.paths.map(grouped).join('|');
    case 'zeroOrMore':
      return `${grouped(path.path)}*`;
    case 'oneOrMore':
      return `${grouped(path.path)}+`;
    case 'zeroOrOne':
      return `${grouped(path.path)}?`;
  }
}

function grouped(path: ShapePath): string {
  return path.kind === 'predicate' ? pathText(path) : `(${pathText(path)})`;
}
