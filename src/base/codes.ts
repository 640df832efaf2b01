import { gitCodes } from './codes-git.ts';
import { limitCodes } from './codes-limits.ts';
import { operateCodes } from './codes-operate.ts';
import { privacyCodes } from './codes-privacy.ts';
import { receiptCodes } from './codes-receipts.ts';
import { ruleCodes } from './codes-rules.ts';
import { runtimeCodes } from './codes-runtime.ts';

/** A stable error code `KNHK_<ROOM>_<WHAT>`. */
export type ErrorCode =
  | keyof typeof gitCodes
  | keyof typeof limitCodes
  | keyof typeof operateCodes
  | keyof typeof privacyCodes
  | keyof typeof receiptCodes
  | keyof typeof ruleCodes
  | keyof typeof runtimeCodes;

/**
 * Cause and cure of each error code. Codes are stable: they are added, never renamed.
 *
 * @example
 * errorCodes.KNHK_LOOP_BUSY.cure; // => 'Await it before the next one.'
 */
export const errorCodes: {
  readonly [Code in ErrorCode]: { readonly cause: string; readonly cure: string };
} = {
  ...gitCodes,
  ...limitCodes,
  ...privacyCodes,
  ...operateCodes,
  ...receiptCodes,
  ...ruleCodes,
  ...runtimeCodes,
};
