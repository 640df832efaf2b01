import type { Run } from './run.ts';
import type { CompiledShape } from './shape.ts';
import type { Sink } from './sink.ts';

/** A shape asked of a node. */
interface Pair {
  readonly shape: CompiledShape;
  readonly node: number;
  holds: boolean;
  isQueued: boolean;
  /** Those that must be looked at again once this one does not hold; some stand there twice. */
  readonly askedBy: Pair[];
}

/** Pairs of one cycle of shapes that are being decided together. */
interface Frame {
  readonly cycle: number;
  readonly pairs: Map<CompiledShape, Map<number, Pair>>;
  readonly queue: Pair[];
  current: Pair | undefined;
}

/**
 * Decides shapes that refer to themselves. SHACL 1.0 leaves their meaning open (section 3.4.3);
 * here it is the greatest fixpoint: a node conforms unless something refutes it, so that going
 * round in a cycle refutes nothing. All pairs that a question reaches start as conforming and are
 * looked at until no further one falls; work is bounded by pairs times references, and no depth of
 * data can exhaust the stack. Documents whose cycles pass a negation are refused when compiled, so
 * that a pair that has fallen never has to rise again.
 */
export class Recursion {
  #decided = new Map<CompiledShape, Map<number, boolean>>();
  #frames: Frame[] = [];
  #reporting: Map<CompiledShape, Set<number>> | undefined;

  reset(): void {
    if (this.#decided.size > 0) this.#decided = new Map();
    if (this.#frames.length > 0) this.#frames = [];
    this.#reporting = undefined;
  }

  conforms(run: Run, shape: CompiledShape, node: number): boolean {
    const frame = this.#frames[this.#frames.length - 1];
    if (frame?.cycle === shape.cycle) return ask(frame, shape, node);
    return this.#decided.get(shape)?.get(node) ?? this.#decide(run, shape, node);
  }

  #decide(run: Run, shape: CompiledShape, node: number): boolean {
    const frame: Frame = { cycle: shape.cycle, pairs: new Map(), queue: [], current: undefined };
    this.#frames.push(frame);
    try {
      ask(frame, shape, node);
      for (let pair = frame.queue.pop(); pair !== undefined; pair = frame.queue.pop()) {
        pair.isQueued = false;
        if (!pair.holds) continue;
        frame.current = pair;
        if (pair.shape.validate(run, pair.node, null)) continue;
        pair.holds = false;
        for (const other of pair.askedBy) queue(frame, other);
      }
    } finally {
      this.#frames.pop();
    }
    // Nothing is left that could fall, so all of them are decided at once.
    for (const [of, nodes] of frame.pairs) {
      let decided = this.#decided.get(of);
      if (decided === undefined) {
        decided = new Map();
        this.#decided.set(of, decided);
      }
      for (const pair of nodes.values()) decided.set(pair.node, pair.holds);
    }
    return this.#decided.get(shape)?.get(node) as boolean;
  }

  /**
   * Reports the results of a property shape that can lead back to itself: each pair of shape and
   * node once for a focus node, level by level.
   */
  report(run: Run, shape: CompiledShape, node: number, sink: Sink): boolean {
    if (this.#reporting !== undefined) {
      const nodes = this.#reporting.get(shape);
      if (nodes === undefined) this.#reporting.set(shape, new Set([node]));
      else nodes.add(node);
      return this.conforms(run, shape, node);
    }
    return this.#reportAll(run, shape, node, sink);
  }

  #reportAll(run: Run, shape: CompiledShape, node: number, sink: Sink): boolean {
    const done = new Map<CompiledShape, Set<number>>([[shape, new Set([node])]]);
    let level = new Map(done);
    let holds = true;
    try {
      while (level.size > 0) {
        const next = new Map<CompiledShape, Set<number>>();
        this.#reporting = next;
        for (const [of, nodes] of level) {
          for (const each of nodes) if (!of.validate(run, each, sink)) holds = false;
        }
        level = unseen(next, done);
      }
    } finally {
      this.#reporting = undefined;
    }
    return holds;
  }
}

/** What is new in `next`, which is noted as seen. */
function unseen(
  next: ReadonlyMap<CompiledShape, ReadonlySet<number>>,
  done: Map<CompiledShape, Set<number>>,
): Map<CompiledShape, Set<number>> {
  const found = new Map<CompiledShape, Set<number>>();
  for (const [shape, nodes] of next) {
    const seen = done.get(shape) ?? new Set();
    done.set(shape, seen);
    const fresh = new Set([...nodes].filter((node) => !seen.has(node)));
    for (const node of fresh) seen.add(node);
    if (fresh.size > 0) found.set(shape, fresh);
  }
  return found;
}

function ask(frame: Frame, shape: CompiledShape, node: number): boolean {
  let nodes = frame.pairs.get(shape);
  if (nodes === undefined) {
    nodes = new Map();
    frame.pairs.set(shape, nodes);
  }
  let pair = nodes.get(node);
  if (pair === undefined) {
    pair = { shape, node, holds: true, isQueued: false, askedBy: [] };
    nodes.set(node, pair);
    queue(frame, pair);
  }
  if (frame.current !== undefined) pair.askedBy.push(frame.current);
  return pair.holds;
}

function queue(frame: Frame, pair: Pair): void {
  if (pair.isQueued) return;
  pair.isQueued = true;
  frame.queue.push(pair);
}
