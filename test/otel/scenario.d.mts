import type * as Knhk from '../../src/index.ts';
import type { Field, LogFs, LogKeys, Observation, Rule, Runtime } from '../../src/index.ts';
import type * as Loop from '../../src/loop/index.ts';

/** The package's root and its loop, from src or as installed. */
export interface Modules {
  readonly knhk: typeof Knhk;
  readonly loop: typeof Loop;
}

/** What a run of the scenario came to. */
export interface Played {
  readonly runtime: Runtime;
  readonly outcomes: readonly string[];
  readonly decided: readonly string[];
  /** Of three batches two are long enough for a counter, where there is one. */
  readonly streamed: {
    readonly observed: number;
    readonly measurable: number;
    readonly unmeasurable: number;
  };
  readonly cycles: readonly (readonly unknown[])[];
}

export function declarations(knhk: typeof Knhk): {
  readonly Order: Observation<{ readonly order: Field; readonly amount: Field }>;
  readonly Trip: Observation;
  readonly Beat: Observation;
  readonly rules: readonly Rule[];
};

export function beat(n: number, level: number): Readonly<Record<string, unknown>>;

export function runScenario(
  modules: Modules,
  given: {
    readonly directory: string;
    readonly fs?: LogFs;
    readonly keys: LogKeys;
    tick(ms: number): void;
    caller<T>(work: () => T): T;
  },
): Promise<Played>;

export function runFailures(
  modules: Modules,
  given: {
    readonly directory: string;
    readonly keys: LogKeys;
    failing(): { readonly fs: LogFs; failFromNowOn(operation: string): void };
  },
): Promise<readonly string[]>;
