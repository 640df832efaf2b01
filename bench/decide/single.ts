import { GCProfiler, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { median, quantile } from '../harness.ts';

// What a mean over many calls hides: the slowest of them, and what they leave on the heap.

const blockSize = 64;
const blocks = 16_384;
const rounds = 9;

/**
 * Nanoseconds per call over blocks of 64 calls, the time of an empty block subtracted: the median
 * of nine rounds' medians and 99th percentiles. A block that the machine interrupted counts.
 *
 * @param run makes so many calls from a place on, and returns what it saw
 */
export function blockTimes(run: (from: number, count: number) => number): {
  readonly median: number;
  readonly p99: number;
} {
  let seen = 0;
  const nothing = (): number => 0;
  const round = (work: typeof run): number[] => {
    const times: number[] = [];
    for (let block = 0; block < blocks; block++) {
      const start = performance.now();
      seen += work(block * blockSize, blockSize);
      times.push(((performance.now() - start) * 1e6) / blockSize);
    }
    return times;
  };
  round(run);
  const medians: number[] = [];
  const p99s: number[] = [];
  for (let index = 0; index < rounds; index++) {
    const empty = median(round(nothing));
    const times = round(run);
    medians.push(median(times) - empty);
    p99s.push(quantile(times, 0.99) - empty);
  }
  if (seen === 0) throw new Error('nothing was seen: the calls may have been removed');
  return { median: median(medians), p99: median(p99s) };
}

const heapBlocks = 128;
const fewCalls = 1_024;
const manyCalls = 8_192;

/**
 * Bytes that one call leaves on the heap: how much more many calls leave than few, in blocks in
 * which no garbage was collected; medians, because what V8 leaves there itself when it compiles a
 * function again falls into few blocks. What measuring leaves is the same in both.
 *
 * @throws Error where garbage was collected in more than a half of the blocks, or where an object
 * per call would not be seen
 */
export function bytesPerCall(run: (from: number, count: number) => number): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let seen = 0;
  const growth = (work: typeof run, calls: number): number => {
    const bytes: number[] = [];
    for (let block = 0; block < heapBlocks; block++) {
      if (block % 8 === 0) collect();
      const profiler = new GCProfiler();
      profiler.start();
      const before = process.memoryUsage().heapUsed;
      seen += work(block * calls, calls);
      const after = process.memoryUsage().heapUsed;
      if (profiler.stop().statistics.length === 0) bytes.push(after - before);
    }
    if (2 * bytes.length < heapBlocks) throw new Error('garbage was collected: nothing to measure');
    return median(bytes);
  };
  const perCall = (work: typeof run): number =>
    (growth(work, manyCalls) - growth(work, fewCalls)) / (manyCalls - fewCalls);
  const kept: object[] = [];
  const object = (from: number, count: number): number => {
    for (let index = from; index < from + count; index++) kept[index & 63] = { index };
    return kept.length;
  };
  perCall(run);
  if (perCall(object) < 8) throw new Error('an object per call is not seen on the heap');
  const bytes = perCall(run);
  if (seen === 0) throw new Error('nothing was seen: the calls may have been removed');
  return bytes;
}
