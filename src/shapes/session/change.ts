import type { TripleGraph } from '../graph/triples.ts';

/** A triple as ids. */
export interface IdTriple {
  readonly subject: number;
  readonly predicate: number;
  readonly object: number;
}

/** A triple that was put in, or else taken out. */
export interface ChangedTriple extends IdTriple {
  readonly isNew: boolean;
}

/** What a delta asks for. */
export interface Wanted {
  readonly added: readonly IdTriple[];
  readonly removed: readonly IdTriple[];
}

/**
 * Takes triples out and puts others in.
 *
 * @returns what changed: one that is in both lists and was there before stays and is not among it
 */
export function changeTriples(graph: TripleGraph, { added, removed }: Wanted): ChangedTriple[] {
  const changed: ChangedTriple[] = [];
  if (removed.length > 0) {
    // What comes back at once is no change, and nothing has to be validated again for it.
    const kept = new Set(added.map(keyOf));
    for (const triple of removed) {
      const { subject, predicate, object } = triple;
      if (!kept.has(keyOf(triple)) && graph.remove(subject, predicate, object)) {
        changed.push({ subject, predicate, object, isNew: false });
      }
    }
  }
  for (const { subject, predicate, object } of added) {
    if (graph.insert(subject, predicate, object)) {
      changed.push({ subject, predicate, object, isNew: true });
    }
  }
  return changed;
}

/** Makes a change undone. */
export function undoChange(graph: TripleGraph, changed: readonly ChangedTriple[]): void {
  for (const { subject, predicate, object, isNew } of changed) {
    if (isNew) graph.remove(subject, predicate, object);
    else graph.insert(subject, predicate, object);
  }
}

function keyOf({ subject, predicate, object }: IdTriple): string {
  return `${subject} ${predicate} ${object}`;
}
