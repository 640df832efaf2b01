import os from 'node:os';
import { type Clock, systemClock } from '../base/clock.ts';
import type { KernelProbe } from './doctor-kernel.ts';
import { probeKernel } from './probe-kernel.ts';

/** What a command asks about the machine it runs on; tests give another one. */
export interface Machine {
  /** Node's version without the `v`. */
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly clock: Clock;
  cpus(): number;
  memory(): {
    readonly totalBytes: number;
    readonly freeBytes: number;
    /** What a container allows, null where nothing does. */
    readonly allowedBytes: number | null;
  };
  /** The working directory. */
  directory(): string;
  /** Where temporary files go. */
  temporary(): string;
  /** What evaluates streamed observations; rejects where KNHK_ENGINE names what cannot run. */
  probeKernel(): Promise<KernelProbe>;
  /** Validates one good and one bad record in a thread of its own; rejects where that fails. */
  probeShapes(): Promise<void>;
}

/** The machine that this process runs on. */
export const thisMachine: Machine = {
  node: process.versions.node,
  platform: process.platform,
  arch: process.arch,
  clock: systemClock,
  cpus: () => os.availableParallelism(),
  memory: () => {
    const totalBytes = os.totalmem();
    // Without a limit Node answers nothing, zero or a number beyond all memory.
    const allowed = process.constrainedMemory() ?? 0;
    const allowedBytes = allowed > 0 && allowed < totalBytes ? allowed : null;
    return { totalBytes, freeBytes: os.freemem(), allowedBytes };
  },
  directory: () => process.cwd(),
  temporary: () => os.tmpdir(),
  probeKernel,
  // Imported where it is asked for: the engine of shapes is a tenth of a second's work to load.
  probeShapes: async () => (await import('./probe-shapes.ts')).probeShapes(),
};
