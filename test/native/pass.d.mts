/** Where the parts of a pass lie, in bytes. */
export interface Layout {
  readonly cells: number;
  readonly table: number;
  readonly masks: number;
  readonly fired: number;
  readonly end: number;
}

export const cellsMax: number;
export function layoutOf(laneBytes: number): Layout;
export function guardedPass(laneBytes: number): Uint8Array;
export function expectedOf(
  memory: Uint8Array,
  laneBytes: number,
): { readonly masks: Uint8Array; readonly fired: readonly number[] };
export function judge(memory: Uint8Array, laneBytes: number, run: () => void): string | undefined;
export function numbers(seed: number): () => number;
export function passes(memory: Uint8Array, laneBytes: number): Generator<string>;
