/**
 * Faults that tests put into a worker: a task whose records contain the marker suffers it. Given
 * through an internal option only; a worker without it never looks at the records' text.
 */
export interface TestFaults {
  /** The thread ends, as process.exit() in a worker does. */
  readonly exit?: string;
  /** The thread ends the first time only; the flag counts over all threads. */
  readonly exitOnce?: { readonly marker: string; readonly flag: SharedArrayBuffer };
  /** The thread runs for ever without yielding. */
  readonly hang?: string;
  /** The thread allocates until it has no memory left. */
  readonly memory?: string;
}

/** Makes the fault whose marker the text contains happen, in the calling thread. */
export function injectFault(faults: TestFaults, text: string): void {
  if (faults.exit !== undefined && text.includes(faults.exit)) process.exit(9);
  if (faults.exitOnce !== undefined && text.includes(faults.exitOnce.marker)) {
    const before = Atomics.add(new Int32Array(faults.exitOnce.flag), 0, 1);
    if (before === 0) process.exit(9);
  }
  if (faults.hang !== undefined && text.includes(faults.hang)) for (;;);
  if (faults.memory !== undefined && text.includes(faults.memory)) {
    const held: number[][] = [];
    for (;;) held.push(new Array<number>(100_000).fill(held.length));
  }
}
