import type { RuntimeCore } from './core.ts';
import { Custody } from './custody.ts';
import { type Health, healthOf } from './health.ts';
import type { KernelReport } from './kernel.ts';
import type { TypeRouting } from './routing.ts';

/**
 * What a runtime tells of itself.
 *
 * @example knhk.health().status; // => 'ok'
 */
export class Inspection extends Custody {
  readonly #core: RuntimeCore;

  constructor(core: RuntimeCore) {
    super(core);
    this.#core = core;
  }

  /**
   * How the runtime is, and why, since when.
   *
   * @example knhk.health().reasons; // => []
   */
  health(): Health {
    return healthOf(this.#core);
  }

  /**
   * Which engine evaluates streamed observations and how decide() looks, and why the others do not.
   *
   * @throws KnhkError KNHK_KERNEL_ENGINE where the environment names one that cannot run here
   * @example knhk.engine.others.length; // => 4
   */
  get engine(): KernelReport {
    return this.#core.parts.kernel.report();
  }

  /**
   * For each type, where its records are validated against the current shapes, why not on the hot
   * path, and how many were validated where. Hot means that the shapes' constraints on one record
   * are rows of the kernel, which accept exactly what the engine finds to conform.
   *
   * @example knhk.routing()[0]?.route; // => 'none'
   */
  routing(): readonly TypeRouting[] {
    return this.#core.routing.report(this.#core.parts.catalogue.observations.values());
  }
}
