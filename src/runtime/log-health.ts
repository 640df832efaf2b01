import { skewToleratedMs } from '../receipts/log/committer.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { WatchedReason } from './health.ts';

type Reason = WatchedReason | undefined;

/** The clock was behind the last leaf when it was read last: receipts have the time before. */
export function skewReason({ skewMs }: Pick<ReceiptLog, 'skewMs'>): Reason {
  if (skewMs <= skewToleratedMs) return undefined;
  return { message: `the clock is ${skewMs} ms behind the last receipt` };
}

/** A segment that could not be sealed is whole as it is, but its payloads are not apart. */
export function sealingReason(log: Pick<ReceiptLog, 'sealingFailure'>): Reason {
  const { sealingFailure: failure } = log;
  return failure === undefined ? undefined : { message: String(failure) };
}
