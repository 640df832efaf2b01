import type { RulesDocument } from '../rules/document.ts';
import { streamedId } from '../runtime/admit.ts';
import type { Control } from '../runtime/control.ts';
import { declarationsOf, storedObservation } from '../runtime/restore.ts';
import { loadIdentity, loadRules } from '../runtime/store.ts';
import { JournalReader, journalPrefix } from './journal-read.ts';
import type { MonitorEvent } from './monitor/monitor.ts';
import { LoopState, type SavedLoop, type StateParts } from './state.ts';

/** The loop's state, folded. */
export interface FoldedLoop {
  readonly state: LoopState;
  /** A cycle was due when the log ended. */
  readonly due: boolean;
}

/** Where a cycle ended. */
interface Closing {
  readonly cycle: number;
  /** Seq of the last leaf that it looked at. */
  readonly last: number;
}

/**
 * Rebuilds the loop's state from savepoint and log: the same fold that live observation does, so
 * that a restart changes nothing about later cycles.
 */
export function foldLog(
  control: Control,
  parts: Omit<StateParts, 'document' | 'origin' | 'observations'>,
  every: number | undefined,
): FoldedLoop {
  const { log } = control;
  const documentOf = documentsOf(control);
  const saved = control.saved('loop') as SavedLoop | undefined;
  const start = documentOf(saved?.snapshot ?? control.snapshot().hash);
  const observations = control.catalogue.observations.values();
  const state = new LoopState(
    { ...parts, origin: log.origin, document: start, observations },
    saved,
  );
  const { monitor } = state;
  const from = saved?.size ?? 0;
  const closings = closingsOf(control, from);
  const reader = new JournalReader(log, from === 0 ? undefined : state.previous);
  const declarations = declarationsOf(control.catalogue);
  const eventOf = eventsOf(declarations, documentOf);
  let applied = saved?.applied ?? 0;
  let due = isDue(applied, every, monitor.observed);
  for (const entry of log.entries(from)) {
    const { leaf, hash } = entry;
    if (leaf.kind === 'apply') {
      applied++;
      const event = eventOf(entry);
      const { outcome, snapshot, time } = leaf;
      state.observe(event, { type: event.type, outcome, snapshot, time });
      due = isDue(applied, every, monitor.observed);
    } else if (leaf.kind === 'count') {
      const { seq, observed } = leaf;
      const type = declarations.get(leaf.type)?.type ?? leaf.type;
      state.count({ seq, type, observed, at: leaf.lastAt });
    } else {
      for (const item of reader.take(leaf, hash)) {
        state.take(item, item.kind === 'rules' ? documentOf(item.change.snapshot) : undefined);
      }
    }
    while (closings.length > 0 && closings[0]!.last <= leaf.seq) {
      // A savepoint may have been made between a cycle's end and its leaf.
      if (closings.shift()!.cycle !== monitor.cycle) continue;
      monitor.closeCycle();
      due = false;
    }
  }
  return { state, due };
}

function isDue(applied: number, every: number | undefined, observed: number): boolean {
  return every !== undefined && applied > 0 && applied % every === 0 && observed > 0;
}

/**
 * Where the cycles behind a seq ended: what was sequenced while a cycle thought belongs to the next
 * one, though its leaf comes later.
 */
function closingsOf({ log }: Control, from: number): Closing[] {
  const reader = new JournalReader(log);
  const closings: Closing[] = [];
  for (const { leaf, hash } of log.entries(from)) {
    if (leaf.kind !== 'config' || leaf.action !== `${journalPrefix}cycle`) continue;
    for (const item of reader.take(leaf, hash)) {
      if (item.kind !== 'entry' || item.entry.event !== 'cycle') continue;
      closings.push({ cycle: item.entry.cycle, last: item.entry.seqs[1] });
    }
  }
  return closings;
}

function documentsOf({ log }: Control): (snapshot: string) => RulesDocument {
  const documents = new Map<string, RulesDocument>();
  return (snapshot) => {
    const known = documents.get(snapshot) ?? loadRules(log, loadIdentity(log, snapshot).rules);
    documents.set(snapshot, known);
    return known;
  };
}

type Entry = Parameters<typeof storedObservation>[0];

/** What the monitor is told of a stored observation; without its payload, only what leaves say. */
function eventsOf(
  declarations: ReturnType<typeof declarationsOf>,
  documentOf: (snapshot: string) => RulesDocument,
): (entry: Entry) => MonitorEvent {
  return (entry) => {
    const stored = storedObservation(entry, declarations);
    const leaf = entry.leaf as Extract<Entry['leaf'], { kind: 'apply' }>;
    const { hooks } = documentOf(leaf.snapshot);
    const declared = stored?.observation ?? declarations.get(leaf.type);
    return {
      seq: leaf.seq,
      time: leaf.time,
      at: stored?.payload.at ?? leaf.time,
      type: declared?.type ?? leaf.type,
      data: stored?.data ?? {},
      subject: declared === undefined ? undefined : stored?.data[declared.subject],
      fired: leaf.fired.map((index) => hooks[index]!.name),
      outcome: leaf.outcome,
      streamed: stored?.payload.id === streamedId(leaf.seq),
      ...(stored === undefined ? { erased: true } : {}),
    };
  };
}
