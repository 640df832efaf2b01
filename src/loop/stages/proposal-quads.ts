import type { QuadLike, TermLike } from '../../terms/turtle.ts';
import type { Proposal } from '../types.ts';

/** Namespace of proposals as RDF; the names in it are the members of a proposal's JSON. */
export const proposalNamespace = 'urn:knhk:proposal:';

/** Triples that one proposal may come to: its longest lists, several times over. */
const triplesMax = 65_536;

const rdfType = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const xsd = 'http://www.w3.org/2001/XMLSchema#';

/** Objects whose names are anybody's: each member is an entry with `name` and `value`. */
const tables: ReadonlySet<string> = new Set(['evidence', 'data']);
/** What rules define as any JSON: how it is put together is the templates' affair. */
const anything: ReadonlySet<string> = new Set(['target']);

/**
 * A proposal as RDF: an object is a blank node, a member a triple, a list a triple for each of its
 * items. Order and repetition are lost, so it serves to check the form and nothing else.
 *
 * @returns undefined where that would take more than 65,536 triples
 */
export function proposalQuads(proposal: Proposal): readonly QuadLike[] | undefined {
  const writer = new Writer();
  writer.object(proposal, 'Proposal');
  return writer.quads.length > triplesMax ? undefined : writer.quads;
}

const iri = (value: string): TermLike => ({ termType: 'NamedNode', value });
const own = (name: string): TermLike => iri(proposalNamespace + encodeURIComponent(name));
const literal = (value: string, type: string): TermLike => ({
  termType: 'Literal',
  value,
  datatype: { value: xsd + type },
});
const graph: TermLike = { termType: 'DefaultGraph', value: '' };

class Writer {
  readonly quads: QuadLike[] = [];
  #nodes = 0;

  /** Writes an object's members; gives its node. */
  object(members: object, type: string): TermLike {
    const node = this.#node(type);
    for (const [name, value] of Object.entries(members)) {
      if (tables.has(name) && isMap(value)) this.#add(node, own(name), this.#table(value));
      else if (anything.has(name)) this.#add(node, own(name), opaque(value));
      else this.#values(node, name, value);
    }
    return node;
  }

  #values(node: TermLike, name: string, value: unknown): void {
    for (const item of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      // Beyond the bound nothing is written any more; the length shows that there was more.
      if (this.quads.length > triplesMax) return;
      this.#add(node, own(name), this.#term(item, typeOf(name, item)));
    }
  }

  #table(entries: object): TermLike {
    const node = this.#node('Table');
    for (const [name, value] of Object.entries(entries)) {
      const entry = this.#node('Entry');
      this.#add(node, own('entry'), entry);
      this.#add(entry, own('name'), literal(name, 'string'));
      this.#add(entry, own('value'), opaque(value));
    }
    return node;
  }

  #term(value: unknown, type: string): TermLike {
    return isMap(value) ? this.object(value, type) : opaque(value);
  }

  #node(type: string): TermLike {
    const node = { termType: 'BlankNode', value: `n${this.#nodes++}` };
    this.#add(node, iri(rdfType), own(type));
    return node;
  }

  #add(subject: TermLike, predicate: TermLike, object: TermLike): void {
    this.quads.push({ subject, predicate, object, graph });
  }
}

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Changes are told apart by their kind, everything else by the member that holds it. */
function typeOf(name: string, value: unknown): string {
  if (name !== 'change' && name !== 'inverse') return name;
  const kind = isMap(value) ? (value as { readonly kind?: unknown }).kind : undefined;
  return `change:${typeof kind === 'string' ? kind : ''}`;
}

/** A scalar as a literal; what is none by its JSON. */
function opaque(value: unknown): TermLike {
  switch (typeof value) {
    case 'string':
      return literal(value, 'string');
    case 'boolean':
      return literal(String(value), 'boolean');
    case 'number':
      return Number.isInteger(value)
        ? literal(BigInt(value).toString(), 'integer')
        : literal(String(value), 'double');
    default:
      return value === null ? own('none') : { termType: 'Literal', ...json(value) };
  }
}

const json = (value: unknown): Pick<TermLike, 'value' | 'datatype'> => ({
  value: JSON.stringify(value) ?? '',
  datatype: { value: `${proposalNamespace}json` },
});
