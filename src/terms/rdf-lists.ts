import { sha256Hex } from '#sha256';
import { fail } from '../base/errors.ts';
import type { TermFactory } from './rdf.ts';
import type { QuadLike, TermLike } from './turtle.ts';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const first = `${rdf}first`;
const rest = `${rdf}rest`;
const nil = `${rdf}nil`;

/**
 * An RDF list of terms: its first cell, or rdf:nil, and the triples of its cells. Labels follow
 * from subject, field and position, so that two readings of a record are equal, and lists of
 * several records never meet in one graph.
 */
export function listQuads<Quad>(
  items: readonly unknown[],
  subject: string,
  field: string,
  factory: TermFactory<Quad>,
): { readonly head: unknown; readonly quads: readonly Quad[] } {
  const end = factory.namedNode(nil);
  if (items.length === 0) return { head: end, quads: [] };
  const stem = `list-${sha256Hex(subject).slice(0, 32)}-${field}`;
  const cells = items.map((_, index) => factory.blankNode(`${stem}-${index}`));
  const [firstTerm, restTerm] = [factory.namedNode(first), factory.namedNode(rest)];
  const quads = items.flatMap((item, index) => [
    factory.quad(cells[index], firstTerm, item),
    factory.quad(cells[index], restTerm, cells[index + 1] ?? end),
  ]);
  return { head: cells[0], quads };
}

interface Cell {
  first?: TermLike;
  rest?: TermLike;
}

/** The cells of an observation's lists, collected first and then read from each list's head. */
export class ListCells {
  /** Where what is read now stands. */
  where: string;
  readonly #cells = new Map<string, Cell>();

  constructor(where: string) {
    this.where = where;
  }

  /** True for a triple of a cell, which is kept. */
  takes({ subject, predicate, object }: QuadLike): boolean {
    if (subject.termType !== 'BlankNode') return false;
    const member = predicate.value === first ? 'first' : predicate.value === rest ? 'rest' : '';
    if (member === '') return false;
    const cell = this.#cells.get(subject.value) ?? {};
    if (cell[member] !== undefined) this.#fail(`one ${member} of a list's cell`, 'two');
    cell[member] = object;
    this.#cells.set(subject.value, cell);
    return true;
  }

  /** The items of the list that starts here. A cell is used once, so that no list is endless. */
  items(head: TermLike, field: string): readonly TermLike[] {
    const items: TermLike[] = [];
    let at: TermLike = head;
    while (!(at.termType === 'NamedNode' && at.value === nil)) {
      const cell = at.termType === 'BlankNode' ? this.#cells.get(at.value) : undefined;
      if (cell?.first === undefined || cell.rest === undefined) {
        return this.#fail(`a list of rdf:first and rdf:rest in ${field}`, at.value);
      }
      this.#cells.delete(at.value);
      items.push(cell.first);
      at = cell.rest;
    }
    return items;
  }

  /** Fails where a cell belongs to no list of the observation. */
  checkUsed(): void {
    for (const label of this.#cells.keys()) this.#fail('no cells beside its lists', label);
  }

  #fail(expected: string, got: string): never {
    return fail('KNHK_TERMS_RDF', this.where, expected, got);
  }
}
