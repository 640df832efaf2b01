import type { ShapePath } from '../../src/shapes/model.ts';
import type { TermLike } from '../../src/terms/turtle.ts';

/** A constraint to be written: a text, or members that are shapes. */
export type Constraint =
  | { readonly key: string; readonly text: string }
  | {
      readonly key: string;
      readonly name: string;
      readonly members: readonly Member[];
      readonly list: boolean;
      /** Of a qualified value shape. */
      readonly also?: {
        readonly min?: number;
        readonly max?: number;
        readonly disjoint: boolean;
      };
    };

/** A shape of its own, or one of the named shapes that may stand here. */
export type Member = Shape | { readonly ref: number };

export interface Shape {
  readonly path: ShapePath | undefined;
  readonly constraints: readonly Constraint[];
  readonly severity: string | undefined;
  readonly deactivated: boolean | undefined;
  readonly messages: readonly string[];
}

interface TopShape {
  readonly shape: Shape;
  readonly targets: readonly string[];
  /** The number of the class that the shape is, where it is one. */
  readonly implicit: number | undefined;
}

interface Document {
  readonly shapes: readonly TopShape[];
  readonly recursive: readonly TopShape[];
  /** Whether the shapes graph has triples of the class hierarchy. */
  readonly hierarchy: boolean;
  /** Whether nested shapes have IRIs; else they are blank nodes. */
  readonly named: boolean;
}

/** A literal as Turtle. */
export function literalText(term: TermLike): string {
  const text = JSON.stringify(term.value);
  return term.language ? `${text}@${term.language}` : `${text}^^<${term.datatype?.value ?? ''}>`;
}

const pathNames = {
  inverse: 'inversePath',
  zeroOrMore: 'zeroOrMorePath',
  oneOrMore: 'oneOrMorePath',
  zeroOrOne: 'zeroOrOnePath',
} as const;

function pathText(path: ShapePath): string {
  switch (path.kind) {
    case 'predicate':
      return `<${path.iri}>`;
    case 'sequence':
      return `( ${path.paths.map(pathText).join(' ')} )`;
    case 'alternative':
      return `[ sh:alternativePath ( ${path.paths.map(pathText).join(' ')} ) ]`;
    default:
      return `[ sh:${pathNames[path.kind]} ${pathText(path.path)} ]`;
  }
}

class Writer {
  readonly #document: Document;
  readonly #namespace: string;
  readonly #tops: readonly TopShape[];
  /** Shapes that may refer back start here. */
  readonly #recursiveFrom: number;
  /** The place of the top shape that is being written. */
  #at = 0;
  #nested: string[] = [];
  #count = 0;

  constructor(document: Document, namespace: string) {
    this.#document = document;
    this.#namespace = namespace;
    this.#tops = [...document.shapes, ...document.recursive];
    this.#recursiveFrom = document.shapes.length;
  }

  write(): string {
    const lines = [
      `@prefix ex: <${this.#namespace}> .`,
      '@prefix sh: <http://www.w3.org/ns/shacl#> .',
      '@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .',
    ];
    if (this.#document.hierarchy) {
      lines.push('ex:C1 rdfs:subClassOf ex:C0 .', 'ex:C4 rdfs:subClassOf ex:C3 .');
    }
    for (const [at, top] of this.#tops.entries()) {
      this.#at = at;
      const kind = top.shape.path === undefined ? 'sh:NodeShape' : 'sh:PropertyShape';
      const types = this.#isClass(at) ? `a rdfs:Class, ${kind}` : `a ${kind}`;
      const parts = [types, ...new Set(top.targets), ...this.#parts(top.shape)];
      lines.push(`${this.#nameOf(at)} ${parts.join(' ; ')} .`);
    }
    return [...lines, ...this.#nested, ''].join('\n');
  }

  /** No two shapes share a class: the first that asks for it is the class. */
  #isClass(at: number): boolean {
    const implicit = this.#tops[at]?.implicit;
    return (
      implicit !== undefined && this.#tops.findIndex((top) => top.implicit === implicit) === at
    );
  }

  #nameOf(at: number): string {
    return this.#isClass(at) ? `ex:C${this.#tops[at]?.implicit}` : `ex:S${at}`;
  }

  #parts(shape: Shape): string[] {
    const parts = shape.constraints.map((constraint) => this.#constraint(constraint));
    if (shape.path !== undefined) parts.unshift(`sh:path ${pathText(shape.path)}`);
    if (shape.severity !== undefined) parts.push(`sh:severity ${shape.severity}`);
    if (shape.deactivated !== undefined) parts.push(`sh:deactivated ${shape.deactivated}`);
    for (const message of shape.messages) parts.push(`sh:message ${message}`);
    // A shape without a triple would be refused as a misspelt reference.
    return parts.length > 0 ? parts : ['a sh:NodeShape'];
  }

  #constraint(constraint: Constraint): string {
    if ('text' in constraint) return constraint.text;
    const { name, members, also } = constraint;
    const inline = members.map((member) => this.#member(member, name === 'property'));
    if (constraint.list) return `sh:${name} ( ${inline.join(' ')} )`;
    const counts = also === undefined ? [] : [`sh:qualifiedValueShapesDisjoint ${also.disjoint}`];
    if (also?.min !== undefined) counts.push(`sh:qualifiedMinCount ${also.min}`);
    if (also?.max !== undefined) counts.push(`sh:qualifiedMaxCount ${also.max}`);
    return [...inline.map((text) => `sh:${name} ${text}`), ...counts].join(' ; ');
  }

  #member(member: Member, mustHavePath: boolean): string {
    if ('ref' in member) return this.#reference(member.ref, mustHavePath);
    const parts = this.#parts(member).join(' ; ');
    if (!this.#document.named) return `[ ${parts} ]`;
    const name = `ex:N${this.#count++}`;
    this.#nested.push(`${name} ${parts} .`);
    return name;
  }

  /** A shape further down, so that nothing refers to itself but the shapes that may. */
  #reference(ref: number, mustHavePath: boolean): string {
    const isRecursive = this.#at >= this.#recursiveFrom;
    const first = isRecursive ? this.#recursiveFrom : this.#at + 1;
    const places = this.#tops
      .map((_top, at) => at)
      .filter((at) => at >= first && (!mustHavePath || this.#tops[at]?.shape.path !== undefined));
    const place = places[ref % Math.max(1, places.length)];
    if (place !== undefined) return this.#nameOf(place);
    return mustHavePath ? '[ sh:path ex:p0 ; sh:maxCount 1 ]' : '[ sh:nodeKind sh:IRI ]';
  }
}

/** The document as Turtle. */
export function writeShapes(document: Document, namespace: string): string {
  return new Writer(document, namespace).write();
}
