import { vi } from 'vitest';
import type { LaneBytes, NativeKernel } from '../../src/kernel/native.ts';
import { portableRun } from '../../src/kernel/portable.ts';

const emptyRegion = 26;
// As in src/kernel/pass.ts, which cannot be imported while what it imports is being mocked.
const passCapacity = 1_024;
const controlBytes = 256;
const cellBytes = 8;
const tableAt = controlBytes + passCapacity * cellBytes;

/**
 * A native kernel that evaluates as the portable engine does, with a counter that moves by what is
 * scripted alone: ticks per fact are then known beforehand on every machine.
 */
class ScriptedKernel implements NativeKernel {
  /** How often it was loaded. */
  loads = 0;
  /** Counts per observation that evaluating takes, run by run; the last one holds on. */
  evaluating: readonly number[] = [16];
  /** Counts per observation that reading and storing take. */
  storing = 24;
  #now = 1_000;
  #runs = 0;

  features(): number {
    return 1;
  }

  bind(memory: Uint8Array, laneBytes: LaneBytes): () => void {
    const { buffer } = memory;
    const masksAt = tableAt + cellBytes * 256 * laneBytes;
    const firedAt = masksAt + passCapacity * laneBytes;
    const control = new Uint32Array(buffer, 0, controlBytes / 4);
    const pass = {
      ...{ control, laneBytes, block: { lanes: [], columns: [], words: laneBytes / 4 } },
      cells: new Int32Array(buffer, controlBytes, passCapacity * 2),
      rows: new Int32Array(buffer, tableAt, (masksAt - tableAt) / 4),
      masks: new Int32Array(buffer, masksAt, (firedAt - masksAt) / 4),
      fired: new Uint16Array(buffer, firedAt, passCapacity),
    };
    return () => {
      portableRun(pass);
      const { length } = this.evaluating;
      const each = this.evaluating[Math.min(this.#runs++, length - 1)]!;
      const counts = emptyRegion + each * control[0]!;
      control[2] = counts;
      this.#now += counts + this.storing * control[0]!;
    };
  }

  counter(): number {
    return this.#now;
  }

  counterHz(): number {
    return 0;
  }

  emptyRegion(): number {
    return emptyRegion;
  }

  chain(length: number): number {
    return 2 * length;
  }

  /** A new script from here on. */
  begin(evaluating: readonly number[]): void {
    this.evaluating = evaluating;
    this.#runs = 0;
  }
}

/** What stands in for the kernel where {@link scriptedNative} is mocked in. */
export const scripted = new ScriptedKernel();

/**
 * src/kernel/native.ts with the scripted kernel in place of a prebuilt one:
 * `vi.mock('.../native.ts', scriptedNative)`; KNHK_ENGINE is forgotten for the file.
 */
export async function scriptedNative(original: () => Promise<unknown>): Promise<object> {
  vi.stubEnv('KNHK_ENGINE', undefined);
  const loadNative = () => {
    scripted.loads++;
    return { kernel: scripted };
  };
  return { ...((await original()) as object), loadNative };
}
