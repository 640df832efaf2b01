import type { LeafOutcome } from '../receipts/verify/leaf-types.ts';
import type { Evaluation } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { ShadowExample, ShadowReport } from './shadow-types.ts';

type Counts = { readonly [name: string]: number };

/** What one of two snapshots would have done, counted. */
export class ShadowSide {
  readonly snapshot: Snapshot;
  readonly #outcomes = new Map<LeafOutcome, number>();
  /** By place in the snapshot's hook order. */
  readonly #fired: Float64Array;
  readonly #actions = new Map<string, number>();

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
    this.#fired = new Float64Array(snapshot.document.hooks.length);
  }

  /** Counts a decision; undefined for an observation that the shapes refuse. */
  count(decision: Evaluation | undefined): void {
    increase(this.#outcomes, decision?.outcome ?? 'invalid');
    if (decision === undefined) return;
    for (const hook of decision.fired) this.#fired[hook]!++;
    for (const { type } of decision.actions) increase(this.#actions, type);
  }

  get outcomes(): Counts {
    return Object.fromEntries([...this.#outcomes].sort(byName));
  }

  get actions(): ReadonlyMap<string, number> {
    return this.#actions;
  }

  /** Firings by name of the hook. */
  fired(): ReadonlyMap<string, number> {
    const { hooks } = this.snapshot.document;
    return new Map(hooks.map(({ name }, index) => [name, this.#fired[index]!]));
  }
}

function increase<Name>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** Where two sets of counts differ, by name in order. */
export function differing(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ShadowReport['fired'] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const both = names.map((name) => {
    return [name, { before: before.get(name) ?? 0, after: after.get(name) ?? 0 }] as const;
  });
  return Object.fromEntries(both.filter(([, counts]) => counts.before !== counts.after));
}

/** What an example says of a decision. */
export function exampleOf(decision: Evaluation | undefined): ShadowExample['before'] {
  if (decision === undefined) return { outcome: 'invalid', actions: [] };
  return { outcome: decision.outcome, actions: decision.actions.map(({ type }) => type) };
}

/** Whether two decisions let the same leave and the same wait, with the same outcome. */
export function isSame(before: Evaluation | undefined, after: Evaluation | undefined): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined) return false;
  if (before.outcome !== after.outcome || before.actionsText !== after.actionsText) return false;
  if (before.pending.length === 0 && after.pending.length === 0) return true;
  return JSON.stringify(before.pending) === JSON.stringify(after.pending);
}
