import { type BenchContext, median } from '../harness.ts';

/** The addon, as far as the bench calls it. */
export interface Addon {
  features(): number;
  counter(): number;
  counterHz(): number;
  emptyRegion(rounds: number): number;
  chain(length: number): number;
}

interface NativeModule {
  readonly engineBits: Readonly<Record<string, number>>;
  loadNative(): { readonly kernel?: Addon; readonly reason?: string };
}

/** The addon and how its ticks relate to time. */
export interface Machine {
  readonly addon: Addon;
  /** Names of the engines that run here. */
  readonly engines: readonly string[];
  /** Ticks per nanosecond. */
  readonly ghz: number;
  /** Ticks that lie between two readings next to each other. */
  readonly emptyTicks: number;
}

const calibrationMs = 50;
const chainLength = 1_000_000;
/** Cycles of one dependent 64-bit multiplication on x86-64 and current arm64 cores. */
const multiplyCycles = 3;

/** Loads the addon and calibrates its counter. Undefined, and says why, where there is none. */
export async function openMachine(context: BenchContext): Promise<Machine | undefined> {
  const native = await context.internal<NativeModule>('kernel/native.js');
  const { kernel: addon, reason = 'not built' } = native?.loadNative() ?? {};
  if (native === undefined || addon === undefined) {
    console.error(`kernel: no native engine here: ${reason}`);
    return undefined;
  }
  const bits = addon.features();
  const engines = Object.keys(native.engineBits).filter(
    (name) => (bits & native.engineBits[name]!) !== 0,
  );
  return { addon, engines, ghz: calibrated(addon), emptyTicks: addon.emptyRegion(1_000) };
}

/** Says which engines run here and how the counter runs. */
export function reportMachine(context: BenchContext, machine: Machine): void {
  const { addon, engines, ghz, emptyTicks } = machine;
  const chain = median(Array.from({ length: 9 }, () => addon.chain(chainLength)));
  const cycles = (multiplyCycles * chainLength) / chain;
  console.error(`kernel: engines that run here: ${engines.join(', ')}`);
  context.figure({ figure: 'counter', value: ghz, unit: 'GHz' });
  context.figure({ figure: 'core cycles per tick', value: cycles, unit: 'x' });
  context.figure({ figure: 'two readings next to each other', value: emptyTicks, unit: 'ticks' });
}

/** Ticks per nanosecond: what the processor says, else the median of nine comparisons. */
function calibrated(addon: Addon): number {
  const said = addon.counterHz();
  if (said > 0) return said / 1e9;
  const compared = Array.from({ length: 9 }, () => {
    const startNs = process.hrtime.bigint();
    const start = addon.counter();
    const wait = performance.now() + calibrationMs;
    while (performance.now() < wait);
    const ticks = addon.counter() - start;
    return ticks / Number(process.hrtime.bigint() - startNs);
  });
  return median(compared);
}
