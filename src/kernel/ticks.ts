import { Buckets, type BucketsSample } from '../base/buckets.ts';
import { monotonicMs } from '../base/clock.ts';
import type { Engine } from './engine.ts';
import type { NativeKernel } from './native.ts';

/** Ticks per fact that a batch may take. */
export const tickBudget = 8;
/** Observations from which on a batch can be measured: the counter moves in steps. */
export const batchMin = 64;
/** Largest share of the budget that one step of the counter may be, spread over a batch. */
const stepShare = 0.05;
/** A tick where the counter is coarser than the processor's clock: 0.4 ns. */
const referenceHz = 2.5e9;
const calibrationMs = 50;
const bounds = [0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128];

/** What the counter is and how fast. */
export interface TickSource {
  /** `tsc` and `cntvct` are processor counters; `none` measures nothing. */
  readonly counter: 'tsc' | 'cntvct' | 'none';
  /** Counts per second; undefined until 50 ms have passed since opening. */
  readonly hz: number | undefined;
  /** Core cycles per count, by a chain of multiplications; undefined where it was not measured. */
  readonly coreRatio: number | undefined;
  /** Counts between two readings next to each other, taken off every batch. */
  readonly emptyRegion: number;
}

/** Sums of one runtime's streamed batches. */
export interface TickSample {
  readonly source: TickSource;
  /** Ticks per fact evaluated, one value a measurable batch. */
  readonly evaluated: BucketsSample;
  /** Ticks per fact encoded, stored and evaluated, of measurable batches of observeMany. */
  readonly appended: BucketsSample;
  /** Batches that could be measured. */
  readonly measurable: number;
  /** Those of them whose evaluation took at most 8 ticks per fact. */
  readonly within: number;
  /** Batches that were too short, or the counter too coarse. */
  readonly unmeasurable: number;
  /** Observations evaluated in passes. */
  readonly hot: number;
  /** Observations evaluated one by one instead, by reason. */
  readonly parked: Readonly<Record<string, number>>;
}

interface Calibration {
  readonly empty: number;
  readonly coreRatio: number | undefined;
  readonly counter: TickSource['counter'];
  /** Ticks per count. */
  readonly scale: number;
  /** Counts that the counter moves by at least. */
  readonly step: number;
}

const calibrations = new WeakMap<NativeKernel, Calibration>();
const chainLength = 10_000;
const cyclesPerMultiplication = 3;

/** Empty region, step and clock ratio, once per process. */
function calibrate(kernel: NativeKernel): Calibration {
  const known = calibrations.get(kernel);
  if (known !== undefined) return known;
  const hz = kernel.counterHz();
  const empty = kernel.emptyRegion(1_000);
  const tsc = hz === 0 && kernel.counter() !== 0;
  const chain = kernel.chain(chainLength);
  const calibration: Calibration = {
    empty,
    coreRatio: tsc && chain > 0 ? (cyclesPerMultiplication * chainLength) / chain : undefined,
    counter: tsc ? 'tsc' : hz > 0 ? 'cntvct' : 'none',
    scale: tsc ? 1 : referenceHz / hz,
    // Readings lie a number of steps apart. Those that are called for here lie further apart than
    // those next to each other, which tell nothing only where a step is longer than a reading.
    step: tsc ? Math.min(empty > 0 ? empty : Number.POSITIVE_INFINITY, stepOf(kernel)) : 1,
  };
  calibrations.set(kernel, calibration);
  return calibration;
}

/** The smallest difference other than nothing that readings show: TSC steps by 26 on some. */
function stepOf(kernel: NativeKernel): number {
  let step = Number.POSITIVE_INFINITY;
  let last = kernel.counter();
  for (let round = 0; round < 100; round++) {
    const now = kernel.counter();
    if (now > last) step = Math.min(step, now - last);
    last = now;
  }
  return Number.isFinite(step) ? step : 1;
}

/**
 * Measures batches by the processor's counter: one pair of readings around a batch, amortised over
 * its facts. A single operation of 8 ticks is shorter than the counter's own step.
 */
export class TickMeter {
  readonly #kernel: NativeKernel | undefined;
  readonly #calibration: Calibration | undefined;
  readonly #since: number;
  readonly #sinceMs: number;
  readonly #nowMs: () => number;
  readonly #evaluated = new Buckets(bounds);
  readonly #appended = new Buckets(bounds);
  readonly #parked = new Map<string, number>();
  #measurable = 0;
  #within = 0;
  #unmeasurable = 0;
  #hot = 0;
  #ticks = 0;
  #facts = 0;

  /** @param nowMs stands in for monotonic time in tests */
  constructor({ kernel }: Engine, nowMs: () => number = monotonicMs) {
    this.#nowMs = nowMs;
    this.#kernel = kernel;
    this.#calibration = kernel === undefined ? undefined : calibrate(kernel);
    this.#since = kernel?.counter() ?? 0;
    this.#sinceMs = nowMs();
  }

  /** A reading to give {@link batch} later, 0 where nothing is measured. */
  start(): number {
    return this.#kernel === undefined ? 0 : this.#kernel.counter();
  }

  /** Adds one pass of the batch under way. */
  pass(control: Uint32Array, count: number, facts: number): void {
    this.#ticks += control[2]! + control[3]! * 0x1_0000_0000;
    this.#facts += count * facts;
  }

  /**
   * Ends a batch of so many observations.
   *
   * @param started what {@link start} gave before the first one was encoded, 0 if nothing did
   */
  batch(count: number, passes: number, started: number): void {
    this.#hot += count;
    const [ticks, facts] = [this.#ticks, this.#facts];
    this.#ticks = 0;
    this.#facts = 0;
    const calibration = this.#calibration;
    if (calibration === undefined || !measurable(calibration, count, facts, passes)) {
      this.#unmeasurable++;
      return;
    }
    const { empty, scale } = calibration;
    this.#measurable++;
    const evaluated = (scale * Math.max(0, ticks - passes * empty)) / facts;
    this.#evaluated.record(evaluated);
    // The same work is judged the same way, whoever took it in: reading a host's objects and
    // encoding them is reported beside.
    if (evaluated <= tickBudget) this.#within++;
    if (started === 0) return;
    const appended = (scale * Math.max(0, this.#kernel!.counter() - started - empty)) / facts;
    this.#appended.record(appended);
  }

  /** Counts observations that were evaluated one by one instead. */
  park(reason: string, count: number): void {
    if (count > 0) this.#parked.set(reason, (this.#parked.get(reason) ?? 0) + count);
  }

  sample(): TickSample {
    return {
      source: this.#source(),
      evaluated: this.#evaluated.sample(),
      appended: this.#appended.sample(),
      measurable: this.#measurable,
      within: this.#within,
      unmeasurable: this.#unmeasurable,
      hot: this.#hot,
      parked: Object.fromEntries(this.#parked),
    };
  }

  #source(): TickSource {
    const calibration = this.#calibration;
    const kernel = this.#kernel;
    if (calibration === undefined || kernel === undefined) {
      return { counter: 'none', hz: undefined, coreRatio: undefined, emptyRegion: 0 };
    }
    const { counter, coreRatio, empty } = calibration;
    const known = kernel.counterHz();
    const ms = this.#nowMs() - this.#sinceMs;
    const measured =
      ms < calibrationMs || counter === 'none'
        ? undefined
        : ((kernel.counter() - this.#since) / ms) * 1_000;
    return { counter, hz: known > 0 ? known : measured, coreRatio, emptyRegion: empty };
  }
}

/** Each pass is read by itself, so the counter's steps add up. */
function measurable(
  { counter, step, scale }: Calibration,
  count: number,
  facts: number,
  passes: number,
): boolean {
  if (counter === 'none' || count < batchMin) return false;
  return (passes * step * scale) / facts <= stepShare * tickBudget;
}
