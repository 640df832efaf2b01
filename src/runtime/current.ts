import { fail } from '../base/errors.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import type { ContextState } from '../rules/context.ts';
import { linkSnapshot, type Snapshot } from '../rules/snapshot.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import type { Promotion } from './control.ts';
import type { Receipt } from './outcome.ts';
import { shapesBlob } from './restore.ts';
import { loadShapesDocument, storeSnapshot } from './store.ts';
import { traceOf } from './trace.ts';

/** The rules that decide now and the shapes they name; {@link CurrentRules.promote} moves them. */
export class CurrentRules {
  #snapshot: Snapshot;
  #shapes: ShapesDocument | undefined;
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

  /**
   * Compare-and-swap: leaf and swap are one synchronous block, so that no observation comes between
   * them and every later leaf names the new snapshot.
   *
   * @param countFirst writes count leaves under these rules, once nothing else can fail
   * @throws KnhkError KNHK_RUNTIME_STALE where the parent is no longer current
   */
  promote(
    promotion: Promotion,
    { log, catalogue }: { readonly log: ReceiptLog; readonly catalogue: Catalogue },
    context: ContextState,
    countFirst: () => void,
  ): { readonly receipt: Receipt; readonly durable: Promise<void> } {
    const { kind, parent, document, shapes, proposal, stages } = promotion;
    const before = this.#snapshot;
    if (before.hash !== parent) {
      fail('KNHK_RUNTIME_STALE', kind, `the current snapshot ${before.hash}`, parent);
    }
    const version = before.version + 1;
    const next = linkSnapshot(document, catalogue, { parent, version }, before);
    if (shapes !== undefined) log.putBlob('shapes', shapesBlob(shapes.text));
    const shapesNow = this.#shapesFor(document.shapes, shapes, log);
    storeSnapshot(log, next);
    countFirst();
    const time = log.tick();
    const trace = traceOf('promotion');
    const named = trace === undefined ? {} : { trace };
    const body = { kind, snapshot: next.hash, parent, proposal, stages, ...named } as const;
    const { seq, hash, durable } = log.append(body, time);
    this.#snapshot = next;
    this.#shapes = shapesNow;
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
