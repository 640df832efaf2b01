import { setTimeout } from 'node:timers/promises';
import { chooseEngine } from '../kernel/engine.ts';
import { TickMeter } from '../kernel/ticks.ts';
import type { KernelProbe } from './doctor-kernel.ts';

// The counter's rate is known after 50 ms.
const waitMs = 60;

/**
 * Chooses an engine as opening a runtime does, and looks at its counter.
 *
 * @throws (rejects) KnhkError KNHK_KERNEL_ENGINE where the environment names none that runs here
 */
export async function probeKernel(): Promise<KernelProbe> {
  const engine = chooseEngine();
  const meter = new TickMeter(engine);
  await setTimeout(waitMs);
  return { report: engine.report, source: meter.sample().source };
}
