/**
 * Faults that tests put into a worker: a record, graph or document whose text contains the marker
 * makes the thread suffer it. Given through an internal option only; a worker without it never
 * looks for markers.
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
  /** The engine throws. */
  readonly fail?: string;
  /** The thread waits so many milliseconds, given behind the marker, before it goes on. */
  readonly delay?: string;
  /** The thread does not say where it is. */
  readonly blind?: boolean;
}

/** Makes the fault whose marker the text contains happen, in the calling thread. */
export function injectFault(faults: TestFaults, text: string): void {
  if (faults.exit !== undefined && text.includes(faults.exit)) process.exit(9);
  if (faults.exitOnce !== undefined && text.includes(faults.exitOnce.marker)) {
    const before = Atomics.add(new Int32Array(faults.exitOnce.flag), 0, 1);
    if (before === 0) process.exit(9);
  }
  if (faults.hang !== undefined && text.includes(faults.hang)) for (;;);
  if (faults.fail !== undefined && text.includes(faults.fail)) throw new RangeError('injected');
  if (faults.delay !== undefined) sleep(text.split(faults.delay)[1] ?? '0');
  if (faults.memory !== undefined && text.includes(faults.memory)) {
    const held: number[][] = [];
    for (;;) held.push(new Array<number>(100_000).fill(held.length));
  }
}

function sleep(digits: string): void {
  const ms = Number.parseInt(digits, 10);
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
