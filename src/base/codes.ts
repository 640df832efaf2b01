/** Cause and cure of each error code. Codes are stable: they are added, never renamed. */
export const errorCodes = {
  KNHK_BASE_NOT_CANONICAL: {
    cause: 'A value is not plain JSON data, or holds NaN, -0, a lone surrogate or deep nesting.',
    cure: 'Pass plain objects, arrays, strings, finite numbers, booleans and null only.',
  },
} as const;

/** A stable error code `KNHK_<ROOM>_<WHAT>`. */
export type ErrorCode = keyof typeof errorCodes;
