import type { ShapesDocument } from '../document.ts';
import type { Item } from './item.ts';
import type { GraphSettings, Task } from './task.ts';

/** What is done with some items; items of graphs with one key may share a task. */
export interface Work {
  readonly kind: 'records' | 'graphs';
  readonly document: ShapesDocument;
  readonly settings: GraphSettings;
  /** Undefined for records: those of one call stay together. */
  readonly key: string | undefined;
}

/** What runs items: the pool, or the calling thread. */
export interface Executor {
  /** Items go to one task; each is settled, whatever happens. */
  submit(work: Work, items: readonly Item[]): void;
  /** Adds items to a waiting task of the same work, and returns those that it has no room for. */
  topUp(work: Work, items: readonly Item[]): readonly Item[];
  /** Whether one more task would be taken. */
  readonly room: boolean;
  /** Tasks that wait or run. */
  readonly pending: number;
  close(): Promise<void>;
}

/** Graphs of one task; beyond 64 the cost of a task is lost in the graphs' own. */
export const graphsPerTask = 64;
/** Characters of one task's graphs; a larger graph is a task of its own. */
export const charactersPerTask = 262_144;

/** Whether a graph finds room beside others in one task. */
export function fits(items: readonly Item[], size: number, item: Item): boolean {
  return items.length < graphsPerTask && size + item.size <= charactersPerTask;
}

/** What crosses to the thread. */
export function taskOf(
  { kind, document, settings }: Work,
  items: readonly Item[],
  slot: number,
  budgetMs: number,
): Task {
  return {
    kind,
    shapes: document.hash,
    local: document.local,
    texts: items.map(({ text }) => text),
    subjects: kind === 'records' ? items.map(({ subject }) => subject) : [],
    settings,
    slot,
    budgetMs,
  };
}
