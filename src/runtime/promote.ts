import type { Appended } from '../receipts/log/log-types.ts';
import type { LeafBody } from '../receipts/verify/leaf-types.ts';
import { channels } from './channels.ts';
import type { Promotion } from './control.ts';
import type { RuntimeCore } from './core.ts';
import { operateAsync } from './operations.ts';
import type { Receipt } from './outcome.ts';
import { traceOf } from './trace.ts';

/** Leaves that were appended together, with a promotion or without. */
export interface Committed {
  /** Where each of the leaves stands, in order, and its time in ms since 1970. */
  readonly leaves: readonly (Appended & { readonly time: number })[];
  /** The receipt of the promotion, if there was one. */
  readonly receipt?: Receipt;
  /** Resolves when all of it is on disk. */
  readonly durable: Promise<void>;
}

/** What is appended in one block: leaves first, then the promotion. */
export interface Commit {
  readonly leaves: readonly LeafBody[];
  readonly promotion?: Promotion;
  /** Told in the same synchronous block, before anything else is sequenced. */
  readonly absorb?: (committed: Committed) => void;
}

/** Puts other rules in place; what was streamed before is counted under those that it met. */
export async function promoteOn(core: RuntimeCore, promotion: Promotion): Promise<Receipt> {
  const { receipt, durable } = commitOn(core, { leaves: [], promotion });
  await durable;
  return receipt as Receipt;
}

/**
 * Appends leaves, and a promotion behind them, in one synchronous block and one epoch: after a
 * crash either all of it happened or nothing.
 *
 * @throws KnhkError KNHK_RUNTIME_STALE, KNHK_RUNTIME_FROZEN, KNHK_LIMIT_EPOCH and what the log and
 * linking say; none of them has been appended then
 */
export function commitOn(core: RuntimeCore, commit: Commit): Committed {
  const { leaves, promotion } = commit;
  const refusal = core.refusal();
  if (refusal !== undefined) throw refusal;
  if (promotion === undefined) {
    const { log } = core.parts;
    const times = ticks(log, leaves.length);
    const appended = log.together(leaves.length, () =>
      leaves.map((body, at) => appendTo(log, body, times[at]!)),
    );
    const appendedAll = {
      leaves: appended,
      durable: appended.at(-1)?.durable ?? Promise.resolve(),
    };
    commit.absorb?.(appendedAll);
    return appendedAll;
  }
  let committed: Committed | undefined;
  let failure: unknown;
  const { kind } = promotion;
  const done = operateAsync(
    { name: 'promotion', origin: core.parts.log.origin },
    async () => {
      try {
        committed = swap(core, commit, promotion);
      } catch (error) {
        failure = error;
        throw error;
      }
      await committed.durable;
      return committed.receipt as Receipt;
    },
    ({ seq, snapshot }) => ({ kind, seq, snapshot }),
  ).then((receipt) => announce(promotion, receipt));
  if (committed === undefined) {
    done.catch(() => {});
    throw failure;
  }
  return { ...committed, durable: done };
}

function swap(core: RuntimeCore, { leaves, absorb }: Commit, promotion: Promotion): Committed {
  const { current, parts, context, streams, pipeline } = core;
  streams.settle();
  const { log } = parts;
  const prepared = current.prepare(promotion, parts);
  // Leaves that count what was streamed under the old rules stand before the others, as they would
  // if nothing were promoted.
  streams.cut('all');
  const committed = log.together(leaves.length + 1, () => {
    const times = ticks(log, leaves.length + 1);
    const appended = leaves.map((body, at) => appendTo(log, body, times[at]!));
    const swapped = current.swap(promotion, prepared, parts, context, times.at(-1)!);
    return { leaves: appended, ...swapped };
  });
  core.forgetDeciders();
  absorb?.(committed);
  // What waited for other shapes may have become ready, or has to be validated again.
  pipeline.pump();
  return committed;
}

/**
 * One reading of the clock for each leaf, all of them before the first is appended: a clock that
 * fails must not leave half of a block behind.
 */
function ticks(log: Log, count: number): number[] {
  let last = 0;
  return Array.from({ length: count }, () => {
    last = Math.max(last, log.tick());
    return last;
  });
}

type Log = RuntimeCore['parts']['log'];

function appendTo(log: Log, body: LeafBody, time: number): Committed['leaves'][number] {
  const trace = body.trace ?? traceOf('journal');
  const traced = trace === undefined ? body : { ...body, trace };
  const { seq, hash, durable } = log.append(traced, time);
  return { seq, hash, durable, time };
}

function announce({ kind, parent }: Promotion, receipt: Receipt): void {
  if (!channels.snapshot.hasSubscribers) return;
  channels.snapshot.publish({ kind, seq: receipt.seq, snapshot: receipt.snapshot, parent });
}
