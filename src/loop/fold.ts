import type { RulesDocument } from '../rules/document.ts';
import { streamedId } from '../runtime/admit.ts';
import type { Control } from '../runtime/control.ts';
import { declarationsOf, storedObservation } from '../runtime/restore.ts';
import { loadIdentity, loadRules } from '../runtime/store.ts';
import { Monitor, type MonitorJson } from './monitor/monitor.ts';

/** The loop's state. */
export interface LoopState {
  readonly monitor: Monitor;
  /** A cycle was due when the log ended. */
  readonly due: boolean;
}

/** What the loop keeps in a savepoint of the runtime. */
export interface SavedLoop {
  readonly size: number;
  /** Apply leaves among them. */
  readonly applied: number;
  readonly snapshot: string;
  readonly monitor: MonitorJson;
}

/**
 * Rebuilds the loop's state from savepoint and log: the same fold that live observation does, so
 * that a restart changes nothing about later cycles.
 */
export function foldLog(control: Control, every: number | undefined): LoopState {
  const { log, catalogue } = control;
  const documents = new Map<string, RulesDocument>();
  const documentOf = (hash: string): RulesDocument => {
    const known = documents.get(hash) ?? loadRules(log, loadIdentity(log, hash).rules);
    documents.set(hash, known);
    return known;
  };
  const declarations = declarationsOf(catalogue);
  const saved = control.saved('loop') as SavedLoop | undefined;
  const start = saved?.snapshot ?? control.snapshot().hash;
  const monitor = new Monitor(documentOf(start));
  if (saved !== undefined) monitor.restore(saved.monitor);
  let applied = saved?.applied ?? 0;
  let due = isDue(applied, every, monitor.observed);
  const close = (): void => {
    if (due) monitor.closeCycle();
    due = false;
  };
  /** Types counted since the last apply leaf. */
  const counted = new Set<string>();
  for (const entry of log.entries(saved?.size ?? 0)) {
    const { leaf } = entry;
    if (leaf.kind === 'apply') {
      close();
      counted.clear();
      applied++;
      const stored = storedObservation(entry, declarations);
      const { hooks } = documentOf(leaf.snapshot);
      monitor.observe({
        seq: leaf.seq,
        type: stored?.observation.type ?? leaf.type,
        data: stored?.data ?? {},
        fired: leaf.fired.map((index) => hooks[index]!.name),
        outcome: leaf.outcome,
        streamed: stored?.payload.id === streamedId(leaf.seq),
      });
      due = isDue(applied, every, monitor.observed);
    } else if (leaf.kind === 'count') {
      // A cycle begins with a count leaf of each type at most: what it counts belongs to it.
      if (counted.has(leaf.type)) close();
      counted.add(leaf.type);
      const { seq, observed } = leaf;
      monitor.count({ seq, type: declarations.get(leaf.type)?.type ?? leaf.type, observed });
    } else if (leaf.kind === 'promote' || leaf.kind === 'rollback' || leaf.kind === 'deploy') {
      if (leaf.kind !== 'deploy') close();
      monitor.follow(documentOf(leaf.snapshot));
    }
  }
  return { monitor, due };
}

function isDue(applied: number, every: number | undefined, observed: number): boolean {
  return every !== undefined && applied > 0 && applied % every === 0 && observed > 0;
}
