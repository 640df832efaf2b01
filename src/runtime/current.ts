import { fail } from '../base/errors.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import type { ContextState } from '../rules/context.ts';
import { linkSnapshot, type Snapshot } from '../rules/snapshot.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import { type Canary, isCanarySubject } from './canary.ts';
import type { Promotion } from './control.ts';
import type { Receipt } from './outcome.ts';
import { shapesBlob } from './restore.ts';
import { loadShapesDocument, storeSnapshot } from './store.ts';
import { traceOf } from './trace.ts';

type Parts = { readonly log: ReceiptLog; readonly catalogue: Catalogue };
type Change = Pick<Promotion, 'kind' | 'parent' | 'document' | 'shapes'>;

/** What a change puts in place, linked and stored. */
export interface Prepared {
  readonly snapshot: Snapshot;
  readonly shapes: ShapesDocument | undefined;
}

/** The rules that decide now and the shapes they name; {@link CurrentRules.swap} moves them. */
export class CurrentRules {
  #snapshot: Snapshot;
  #shapes: ShapesDocument | undefined;
  #canary: Canary | undefined;
  #changed: () => void = () => {};

  constructor(snapshot: Snapshot, shapes: ShapesDocument | undefined) {
    this.#snapshot = snapshot;
    this.#shapes = shapes;
  }

  /** Calls back in the same synchronous block as each change of rules. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get shapes(): ShapesDocument | undefined {
    return this.#shapes;
  }

  /** The candidate that decides for a share of the subjects, if there is one. */
  get canary(): Canary | undefined {
    return this.#canary;
  }

  /** The snapshot that decides about a record: the canary's for its subjects. */
  snapshotFor(observation: Observation, data: Data): Snapshot {
    const canary = this.#canary;
    if (canary === undefined) return this.#snapshot;
    const { percent, snapshot } = canary;
    const isChosen = isCanarySubject({ candidate: snapshot.hash, percent }, observation, data);
    return isChosen ? snapshot : this.#snapshot;
  }

  /** Lets a candidate decide for a share of the subjects, or no longer. */
  setCanary(canary: Canary | undefined): void {
    this.#canary = canary;
    this.#changed();
  }

  /**
   * Links and stores what a change would put in place: its snapshot, shapes and rules.
   *
   * @throws KnhkError KNHK_RUNTIME_STALE where the parent is no longer current
   */
  prepare({ kind, parent, document, shapes }: Change, { log, catalogue }: Parts): Prepared {
    const before = this.#snapshot;
    if (before.hash !== parent) {
      fail('KNHK_RUNTIME_STALE', kind, `the current snapshot ${before.hash}`, parent);
    }
    const version = before.version + 1;
    const snapshot = linkSnapshot(document, catalogue, { parent, version }, before);
    if (shapes !== undefined) log.putBlob('shapes', shapesBlob(shapes.text));
    const shapesNow = this.#shapesFor(document.shapes, shapes, log);
    storeSnapshot(log, snapshot);
    return { snapshot, shapes: shapesNow };
  }

  /**
   * Compare-and-swap: leaf and swap are one synchronous block, so that no observation comes between
   * them and every later leaf names the new snapshot. What was {@link prepare}d must be swapped in
   * the same block.
   *
   * @param time of its leaf
   */
  swap(
    { kind, parent, document, proposal, stages }: Promotion,
    { snapshot: next, shapes: shapesNow }: Prepared,
    { log, catalogue }: Parts,
    context: ContextState,
    time: number,
  ): { readonly receipt: Receipt; readonly durable: Promise<void> } {
    const trace = traceOf('promotion');
    const named = trace === undefined ? {} : { trace };
    const body = { kind, snapshot: next.hash, parent, proposal, stages, ...named } as const;
    const { seq, hash, durable } = log.append(body, time);
    this.#snapshot = next;
    this.#shapes = shapesNow;
    this.#canary = undefined;
    this.#changed();
    context.follow(document, catalogue.observations);
    return { receipt: { seq, hash, time, snapshot: next.hash }, durable };
  }

  #shapesFor(
    hash: string | null,
    given: ShapesDocument | undefined,
    log: ReceiptLog,
  ): ShapesDocument | undefined {
    if (hash === null) return undefined;
    if (given?.hash === hash) return given;
    if (this.#shapes?.hash === hash) return this.#shapes;
    return loadShapesDocument(log, hash);
  }
}
