import { chooseEngine, type Engine, type EngineName, type EngineReport } from '../kernel/engine.ts';
import { TickMeter, type TickSample } from '../kernel/ticks.ts';
import { canGenerate } from './generate.ts';

/** How the kernel runs; part of the options of openRuntime. */
export interface KernelOptions {
  /**
   * The engine that evaluates streamed observations. By default KNHK_ENGINE, else the widest that
   * this machine runs; the portable one where no prebuilt kernel loads.
   */
  readonly engine?: EngineName;
  /**
   * False keeps decide() from using code that is generated for each type; by default it does where
   * the process allows code from strings. Answers are the same.
   */
  readonly codeGeneration?: boolean;
}

/** Which engines run, and why the others do not. */
export interface KernelReport extends EngineReport {
  /** How decide() looks: by generated code, or by a loop over the same rows. */
  readonly decide: 'generated' | 'rows';
}

/** What was counted and measured since opening. */
export interface TickReport extends TickSample {
  /**
   * Operations by class: R1 is hot (decided, or evaluated in passes; 8 ticks a fact), W1 warm
   * (applied or parked; 100 ms), C1 cold and unbounded (cycles of a loop).
   */
  readonly classes: { readonly R1: number; readonly W1: number; readonly C1: number };
  /** Share of the measurable batches within 8 ticks a fact, in percent; null without any. */
  readonly compliancePercent: number | null;
}

// What a meter shows that measured nothing.
const unused = new TickMeter({ kernel: undefined, report: { name: 'portable', others: [] } });

/** A runtime's engine and its meter, loaded when they are first needed. */
export class RuntimeKernel {
  readonly generate: boolean;
  readonly #wanted: EngineName | undefined;
  #loaded: { readonly engine: Engine; readonly ticks: TickMeter } | undefined;
  #cold = 0;

  /** @throws KnhkError KNHK_KERNEL_ENGINE where the engine asked for cannot run here */
  constructor({ engine, codeGeneration = true }: KernelOptions) {
    this.#wanted = engine;
    this.generate = codeGeneration && canGenerate();
    // A wish that cannot be met is told at opening; without one nothing is loaded yet.
    if (engine !== undefined || process.env['KNHK_ENGINE'] !== undefined) this.#load();
  }

  get engine(): Engine {
    return this.#load().engine;
  }

  get ticks(): TickMeter {
    return this.#load().ticks;
  }

  report(): KernelReport {
    return { ...this.engine.report, decide: this.generate ? 'generated' : 'rows' };
  }

  /** Counts work without a bound. */
  countCold(): void {
    this.#cold++;
  }

  /**
   * @param decided decisions so far
   * @param applied observations applied so far, since opening
   */
  sample(decided: number, applied: number): TickReport {
    return this.#reportOf(this.ticks, decided, applied);
  }

  /** The same for who only looks on: nothing is loaded for it, and zeros stand where none was. */
  peek(decided: number, applied: number): TickReport {
    return this.#reportOf(this.#loaded?.ticks ?? unused, decided, applied);
  }

  #reportOf(ticks: TickMeter, decided: number, applied: number): TickReport {
    const sample = ticks.sample();
    const { hot, parked, measurable, within } = sample;
    const parkedCount = Object.values(parked).reduce((sum, count) => sum + count, 0);
    return {
      ...sample,
      classes: { R1: decided + hot, W1: applied + parkedCount, C1: this.#cold },
      compliancePercent: measurable === 0 ? null : (100 * within) / measurable,
    };
  }

  #load(): { readonly engine: Engine; readonly ticks: TickMeter } {
    if (this.#loaded === undefined) {
      const engine = chooseEngine(this.#wanted);
      this.#loaded = { engine, ticks: new TickMeter(engine) };
    }
    return this.#loaded;
  }
}
