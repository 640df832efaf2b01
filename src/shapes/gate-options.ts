import { availableParallelism } from 'node:os';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Observation } from '../terms/observation.ts';
import type { EngineName } from './engines.ts';
import type { TestFaults } from './faults.ts';
import type { ShapesFault } from './pool/fault.ts';
import type { PoolOptions } from './pool/pool.ts';

/** Options of {@link openShapesGate}. */
export interface ShapesGateOptions {
  /** Every declaration whose records will come; none where only graphs do. */
  readonly observations: readonly Observation[];
  /** Default min(2, cores). With 0 the calling thread validates: no deadline, no isolation. */
  readonly threads?: number;
  /** Tasks that may wait for a thread; default 256. */
  readonly queueMax?: number;
  /** Milliseconds from the call to the answer, waiting included; default 5,000. */
  readonly deadlineMs?: number;
  /** Heap of one thread in MiB; what needs more ends as a crash. Default 512. */
  readonly memoryMb?: number;
  /**
   * `knhk`, or `reference` for rdf-validate-shacl: the same verdicts, 30 to 100 times slower, with
   * messages of its own. Default `knhk`.
   */
  readonly engine?: EngineName;
  /**
   * Graphs of one turn of the event loop with so many characters together are validated on the
   * calling thread while the pool is idle: crossing would cost more. Never with shapes that have
   * sh:pattern, which may backtrack for ever. 0 sends everything to the threads. Default 16,384
   * with `knhk`, 0 with `reference`.
   */
  readonly inlineCharacters?: number;
  /** Told of each fault, for health and metrics; must not throw. */
  readonly onFault?: (fault: ShapesFault) => void;
}

/** Options with their defaults. */
export interface GateSettings {
  readonly pool: PoolOptions;
  readonly deadlineMs: number;
  readonly inlineCharacters: number;
}

const inlineCharactersMax = 16_777_216;

/** @throws KnhkError KNHK_SHAPES_OPTION */
export function gateSettings(
  options: ShapesGateOptions,
  faults: TestFaults | undefined,
): GateSettings {
  const { engine = 'knhk', onFault } = options;
  if (engine !== 'knhk' && engine !== 'reference') {
    fail('KNHK_SHAPES_OPTION', 'engine', "'knhk' or 'reference'", engine);
  }
  const whole = (name: Ranged, absent: number): number =>
    boundedInteger(name, options[name] ?? absent, ...ranges[name]);
  const observations = options.observations.map(withoutCode);
  return {
    pool: {
      threads: whole('threads', Math.min(limits.poolThreads, availableParallelism())),
      queueMax: whole('queueMax', limits.poolQueue),
      memoryMb: whole('memoryMb', limits.poolMemoryMb),
      setup: { observations, engine, ...(faults === undefined ? {} : { faults }) },
      onFault,
    },
    deadlineMs: deadlineOf(options.deadlineMs ?? limits.shapesDeadlineMs),
    inlineCharacters: whole('inlineCharacters', engine === 'knhk' ? limits.inlineCharacters : 0),
  };
}

type Ranged = 'threads' | 'queueMax' | 'memoryMb' | 'inlineCharacters';

const ranges: Readonly<Record<Ranged, readonly [min: number, max: number]>> = {
  threads: [0, 1_024],
  queueMax: [0, 65_536],
  memoryMb: [16, 65_536],
  inlineCharacters: [0, inlineCharactersMax],
};

/** A deadline in range. */
export const deadlineOf = (value: number): number =>
  boundedInteger('deadlineMs', value, 1, 3_600_000);

function boundedInteger(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  return fail('KNHK_SHAPES_OPTION', name, `an integer from ${min} to ${max}`, value);
}

/** Code of a declaration cannot cross to a thread, and has been asked when a record was read. */
function withoutCode(observation: Observation): Observation {
  const { schema, ...plain } = observation as Observation & { readonly schema?: unknown };
  return plain;
}
