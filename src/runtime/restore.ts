import { canonical } from '../base/canonical.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { LogEntry } from '../receipts/log/reader.ts';
import type { Commitments } from '../receipts/log/secrets.ts';
import type { ApplyLeaf, CountLeaf, EraseLeaf, Leaf } from '../receipts/verify/leaf-types.ts';
import type { Action } from '../rules/actions.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import { carryOver, type Dropped } from '../rules/changes.ts';
import { type ContextJson, ContextState, type ContextValues } from '../rules/context.ts';
import { type RulesDocument, rulesText } from '../rules/document.ts';
import { linkSnapshot, type Snapshot } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import { type Data, readRecord } from '../terms/read.ts';
import { streamedId } from './admit.ts';
import { streamedRecords } from './observe-records.ts';
import { type AppliedSpan, type SavedSpan, Span } from './observe-span.ts';
import type { Privacy } from './privacy.ts';
import { loadIdentity, loadRules, loadSnapshot, storeSnapshot } from './store.ts';

/** What a payload holds: canonical JSON, stored beside its leaf. */
export interface Payload {
  readonly actions: readonly Action[];
  readonly at: number;
  readonly context: ContextValues;
  readonly id: string;
  readonly principal?: string;
  readonly proposed: readonly Action[];
  readonly record: { readonly declaration: string; readonly fields: unknown };
  readonly report?: unknown;
}

/** A stored observation, read back by its declaration. */
export interface StoredObservation {
  readonly leaf: ApplyLeaf;
  readonly payload: Payload;
  readonly observation: Observation;
  readonly data: Data;
}

/** Finds declarations by hash. */
export function declarationsOf(catalogue: Catalogue): ReadonlyMap<string, Observation> {
  return new Map([...catalogue.observations.values()].map((item) => [item.hash, item]));
}

/** Reads an apply leaf's payload back; undefined where payload or declaration are gone. */
export function storedObservation(
  entry: LogEntry,
  declarations: ReadonlyMap<string, Observation>,
): StoredObservation | undefined {
  if (entry.leaf.kind !== 'apply' || entry.payload === undefined) return undefined;
  const observation = declarations.get(entry.leaf.type);
  if (observation === undefined) return undefined;
  const payload = JSON.parse(entry.payload) as Payload;
  const read = readRecord(observation, payload.record.fields);
  return read.ok ? { leaf: entry.leaf, payload, observation, data: read.data } : undefined;
}

/** What was streamed before a crash, and what decided it. */
interface Uncounted extends Pick<Restored, 'streams'> {
  readonly current?: Pick<CurrentHashes, 'snapshot'>;
}

/**
 * Writes the count leaves of what was streamed before a crash, because other rules will hold; gives
 * what is left to count: nothing.
 */
export function countRestored(
  log: ReceiptLog,
  { streams, current }: Uncounted,
): Restored['streams'] {
  for (const [type, span] of streams) {
    const time = log.tick();
    log.append(new Span(span).body(type, current!.snapshot, time, undefined), time);
  }
  return new Map();
}

/** What a savepoint of the runtime holds. */
export interface SavedState {
  readonly v: 1;
  readonly snapshot: string;
  readonly catalogue: string;
  /** Snapshot of the last deploy leaf. */
  readonly deployed: string;
  readonly applied: number;
  readonly lastAt: number | null;
  readonly context: ContextJson;
  /** What the log shows of streams since their last count leaves; absent in older ones. */
  readonly streams?: readonly SavedSpan[];
  readonly more: { readonly [name: string]: unknown };
}

/** What decides at some place in the log. */
export interface CurrentHashes {
  readonly snapshot: string;
  readonly catalogue: string;
  /** Snapshot of the last deploy. */
  readonly deployed: string;
}

/** Where the log stands: folded from savepoint and tail. */
export interface Restored {
  readonly context: ContextState;
  readonly applied: number;
  /** `at` of the last observation. */
  readonly lastAt: number | undefined;
  /** Streamed observations with a leaf of their own and none that counts them, by declaration. */
  readonly streams: ReadonlyMap<string, AppliedSpan>;
  /** Hashes after the last deploy, promote or rollback; absent when the log is empty. */
  readonly current?: CurrentHashes;
  readonly more: { readonly [name: string]: unknown };
}

/** Finds an erased subject among keys by the name that its erase leaf has. */
export function erasedBy(
  leaf: EraseLeaf,
  commitments: Pick<Commitments, 'subject'>,
): (value: string) => string | undefined {
  return (value) => (commitments.subject(value) === leaf.subject ? leaf.subject : undefined);
}

/** Folds the log into windows, budgets and the current snapshot: savepoint + tail. */
export function restore(
  log: ReceiptLog,
  catalogue: Catalogue,
  commitments: Pick<Commitments, 'subject'>,
  privacy?: Privacy,
): Restored {
  const declarations = declarationsOf(catalogue);
  const context = new ContextState();
  let windows: RulesDocument['windows'] = {};
  const follow = (hash: string): void => {
    const document = loadRules(log, loadIdentity(log, hash).rules);
    windows = document.windows;
    context.follow(document, catalogue.observations);
  };
  const savepoint = log.loadSavepoint();
  const saved = savepoint === undefined ? undefined : readSaved(savepoint.state, privacy);
  let applied = 0;
  let lastAt: number | undefined;
  let current: Restored['current'];
  const spans = new Map<string, Span>();
  if (saved !== undefined) {
    follow(saved.snapshot);
    context.restore(saved.context);
    applied = saved.applied;
    lastAt = saved.lastAt ?? undefined;
    current = currentOf(saved);
    for (const span of saved.streams ?? []) spans.set(span.type, new Span(span));
  }
  for (const entry of log.entries(saved === undefined ? 0 : savepoint!.size)) {
    const { leaf } = entry;
    current = currentAfter(leaf, current);
    if (leaf.kind === 'count') {
      spans.delete(leaf.type);
      const observation = declarations.get(leaf.type);
      // Without windows of this type there is nothing to read its records for.
      if (isWindowed(windows, observation)) advanceCounted(log, leaf, observation!, context);
    } else if (leaf.kind === 'erase') context.forget(erasedBy(leaf, commitments));
    else if (leaf.kind !== 'apply' && 'snapshot' in leaf) follow(leaf.snapshot);
    if (leaf.kind !== 'apply') continue;
    applied++;
    const stored = storedObservation(entry, declarations);
    if (stored === undefined) continue;
    const { observation, data, payload } = stored;
    lastAt = payload.at;
    if (payload.id === streamedId(leaf.seq)) addStreamed(spans, leaf, payload.at);
    if (leaf.outcome === 'invalid') continue;
    context.advance(observation.type, data, payload.at, payload.actions);
  }
  return {
    context,
    applied,
    lastAt,
    streams: new Map([...spans].map(([type, span]) => [type, span.applied()!])),
    ...(current === undefined ? {} : { current }),
    more: saved?.more ?? {},
  };
}

function addStreamed(spans: Map<string, Span>, { type, fired }: ApplyLeaf, at: number): void {
  const span = spans.get(type) ?? new Span();
  span.addApplied(at, fired);
  spans.set(type, span);
}

function currentOf({ snapshot, catalogue, deployed }: SavedState): CurrentHashes {
  return { snapshot, catalogue, deployed };
}

function isWindowed(windows: RulesDocument['windows'], observation?: Observation): boolean {
  return Object.values(windows).some(({ on }) => on === observation?.type);
}

function currentAfter(leaf: Leaf, before: Restored['current']): Restored['current'] {
  if (leaf.kind === 'deploy') {
    const { snapshot, catalogue } = leaf;
    return { snapshot, catalogue, deployed: snapshot };
  }
  if (leaf.kind !== 'promote' && leaf.kind !== 'rollback') return before;
  const { catalogue = '', deployed = '' } = before ?? {};
  return { snapshot: leaf.snapshot, catalogue, deployed };
}

/** Windows advance with the records that a count leaf names, in their order. */
function advanceCounted(
  log: ReceiptLog,
  leaf: CountLeaf,
  observation: Observation,
  context: ContextState,
): void {
  if (leaf.records === undefined) return;
  for (const { at, data } of streamedRecords(log, leaf.records, observation)) {
    context.advance(observation.type, data, at, []);
  }
}

function readSaved(saved: string, privacy: Privacy | undefined): SavedState | undefined {
  const text = privacy === undefined ? saved : privacy.savepoints.open(saved);
  if (text === undefined) return undefined;
  const state = JSON.parse(text) as SavedState;
  return state.v === 1 ? state : undefined;
}

/** The snapshot to run with, and the deploy leaf that has to be written first, if any. */
export interface Deployment {
  readonly snapshot: Snapshot;
  /** Hash of the snapshot that was deployed last. */
  readonly deployed: string;
  readonly deploy?: { readonly parent: string | null; readonly dropped: readonly Dropped[] };
}

/**
 * The current snapshot where the catalogue is unchanged; else a new one with the new catalogue's
 * rules and every promoted change that still fits.
 */
export function deployment(
  log: ReceiptLog,
  catalogue: Catalogue,
  current: Restored['current'],
): Deployment {
  if (current === undefined) {
    const snapshot = linkSnapshot(catalogue.document, catalogue, { parent: null, version: 1 });
    store(log, catalogue, snapshot);
    return { snapshot, deployed: snapshot.hash, deploy: { parent: null, dropped: [] } };
  }
  const before = loadSnapshot(log, current.snapshot, catalogue);
  if (current.catalogue === catalogue.hash) {
    return { snapshot: before, deployed: current.deployed };
  }
  const at = { parent: current.snapshot, version: before.version + 1 };
  const { document, dropped } = carryOver(
    loadRules(log, current.catalogue),
    before.document,
    catalogue.document,
    (candidate) => void linkSnapshot(candidate, catalogue, at),
  );
  const snapshot = linkSnapshot(document, catalogue, at);
  store(log, catalogue, snapshot);
  const deploy = { parent: current.snapshot, dropped };
  return { snapshot, deployed: snapshot.hash, deploy };
}

function store(log: ReceiptLog, catalogue: Catalogue, snapshot: Snapshot): void {
  log.putBlob('rules', rulesText(catalogue.document));
  storeSnapshot(log, snapshot);
}

/** Text of a shapes blob: the N-Quads as a JSON string. */
export function shapesBlob(text: string): string {
  return canonical(text, 'shapes');
}
