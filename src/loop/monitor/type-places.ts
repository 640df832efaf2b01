import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';

/** The outcomes in the order of their places. */
export const outcomes: readonly LeafOutcome[] = [
  'acted',
  'pending',
  'denied',
  'idle',
  'invalid',
  'failed',
];

/** Place of an outcome among them. */
export function placeOf(outcome: LeafOutcome): number {
  switch (outcome) {
    case 'acted':
      return 0;
    case 'pending':
      return 1;
    case 'denied':
      return 2;
    case 'idle':
      return 3;
    case 'invalid':
      return 4;
    case 'failed':
      return 5;
  }
}

/** Places in a type's row. What every observation reads and writes stands first. */
export const placed = {
  lastAt: 0,
  total: 1,
  /** The pane that its window ends with. */
  head: 2,
  /** Observations in the window. */
  count: 3,
  gap: 4,
  longest: 5,
  /** Observations of the open cycle that count for hooks. */
  open: 6,
  /** Observations whose fields could be read, and those of the open cycle. */
  read: 7,
  readNow: 8,
  firstAt: 9,
} as const;
