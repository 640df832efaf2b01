import { channels } from './channels.ts';
import type { Promotion } from './control.ts';
import type { RuntimeCore } from './core.ts';
import { operateAsync } from './operations.ts';
import type { Receipt } from './outcome.ts';

/** Puts other rules in place; what was streamed before is counted under those that it met. */
export function promoteOn(core: RuntimeCore, promotion: Promotion): Promise<Receipt> {
  const { kind } = promotion;
  return operateAsync(
    { name: 'promotion', origin: core.parts.log.origin },
    () => swap(core, promotion),
    ({ seq, snapshot }) => ({ kind, seq, snapshot }),
  );
}

async function swap(core: RuntimeCore, promotion: Promotion): Promise<Receipt> {
  const refusal = core.refusal();
  if (refusal !== undefined) throw refusal;
  const { current, parts, context, streams, pipeline } = core;
  streams.settle();
  const countFirst = (): void => streams.cut('all');
  const { receipt, durable } = current.promote(promotion, parts, context, countFirst);
  // What waited for other shapes may have become ready, or has to be validated again.
  pipeline.pump();
  await durable;
  if (channels.snapshot.hasSubscribers) {
    const { kind, parent } = promotion;
    channels.snapshot.publish({ kind, seq: receipt.seq, snapshot: receipt.snapshot, parent });
  }
  return receipt;
}
