import type { KnhkError } from '../base/errors.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { PromotionBody } from '../receipts/verify/leaf-types.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import type { RulesDocument } from '../rules/document.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import type { Canary } from './canary.ts';
import type { TickReport } from './kernel.ts';
import type { Counted } from './observe-stream.ts';
import type { Receipt } from './outcome.ts';
import type { Sequenced } from './pipeline.ts';
import type { Commit, Committed } from './promote.ts';

/** What a promotion or rollback puts in place. */
export interface Promotion {
  readonly kind: 'promote' | 'rollback';
  /** Hash of the snapshot it was made for: compare-and-swap. */
  readonly parent: string;
  readonly document: RulesDocument;
  /** The shapes that the document names, where they differ from the current ones. */
  readonly shapes?: ShapesDocument;
  /** Hash of the proposal. */
  readonly proposal: string;
  readonly stages: PromotionBody['stages'];
}

/**
 * The internal control of a runtime: src/loop alone uses it, so that nothing promotes around the
 * stages. Not part of the public API.
 */
export interface Control {
  readonly log: ReceiptLog;
  readonly catalogue: Catalogue;
  snapshot(): Snapshot;
  shapes(): ShapesDocument | undefined;
  /** Apply leaves over the log's whole life. */
  applied(): number;
  /** Hash of the snapshot of the last deploy leaf. */
  deployed(): string;
  /** p95 of the latest shapes batches in ms, null without any. */
  warmP95Ms(): number | null;
  /** What streaming costs so far; loads no kernel. */
  ticks(): TickReport;
  /** Defects of the log that verification in the background has found; 0 without it. */
  findings(): number;
  /** Resolves when no turn of {@link every} is under way. */
  settled(): Promise<void>;
  /** Swaps the snapshot; rejects with KNHK_RUNTIME_STALE where the parent is no longer current. */
  promote(promotion: Promotion): Promise<Receipt>;
  /** Appends leaves and a promotion behind them in one synchronous block and one epoch. */
  commit(commit: Commit): Committed;
  /** Links and stores a candidate that is to decide for a share of the subjects. */
  candidate(change: Pick<Promotion, 'parent' | 'document'>): Snapshot;
  /** Lets a candidate decide for a share of the subjects, or no longer. */
  setCanary(canary: Canary | undefined): void;
  canary(): Canary | undefined;
  /** The runtime's clock, in ms since 1970. */
  now(): number;
  /** Why nothing can be written now: frozen, or the log is poisoned. */
  refusal(): KnhkError | undefined;
  /** Shows in health what went wrong in a cycle; undefined once one went well. */
  troubled(message: string | undefined): void;
  /** Called synchronously after SEQUENCE; the function returned removes the listener. */
  tap(listener: (event: Sequenced) => void): () => void;
  /** The same for count leaves. */
  tapCounts(listener: (event: Counted) => void): () => void;
  /** A cycle begins: count leaves are written of what was streamed, so that it knows of it. */
  beginCycle(): void;
  /**
   * After every n-th apply leaf sequencing waits until `turn` has finished; everything before it
   * is durable by then.
   */
  every(applied: number, turn: () => Promise<void>): () => void;
  /** Adds state to every later savepoint under a name. */
  savepoint(name: string, state: () => unknown): void;
  /** What the savepoint read at opening held under a name. */
  saved(name: string): unknown;
}

const controls = new WeakMap<object, Control>();

/** Binds a control to its runtime. */
export function bindControl(runtime: object, control: Control): void {
  controls.set(runtime, control);
}

/** The control of a runtime, or undefined for anything else. */
export function controlOf(runtime: object): Control | undefined {
  return controls.get(runtime);
}
