import type { Hook } from 'knhk';
import type { BenchContext } from '../harness.ts';
import { type Reading, Reading as readingType } from './readings.ts';

// The kernel's own modules out of dist: what observe() stands on, without what is around it.

interface Block {
  readonly lanes: readonly number[];
  readonly words: number;
  readonly columns: readonly { readonly rows: Int32Array }[];
}

interface Program {
  readonly columns: readonly object[];
  readonly root: { readonly blocks: readonly Block[] };
}

/** One pass and its parts, over one SharedArrayBuffer. */
export interface Pass {
  readonly laneBytes: number;
  readonly memory: Uint8Array;
  /** [0] cells to evaluate, [1] how many fired, [2] and [3] the ticks that it took. */
  readonly control: Uint32Array;
  /** Two words a cell, four class ids each. */
  readonly cells: Int32Array;
  readonly masks: Int32Array;
  readonly fired: Uint16Array;
  readonly run: () => void;
}

/** Writes a reading's class ids into the next cell, `control[0]`, and moves on. */
export interface Encode {
  (reading: Reading): boolean;
  run(readings: readonly Reading[], from: number, count: number): number;
}

interface Modules {
  readonly program: { compileProgram(lanes: readonly object[]): Program };
  readonly engine: { chooseEngine(wanted: string): object };
  readonly pass: { passOf(block: Block, engine: object): Pass };
  readonly place: { placeSource(column: object, type: object, windows: object): object };
  readonly encode: {
    encoderOf(passes: readonly Pass[], sources: readonly object[], generate: boolean): Encode;
  };
}

const paths: Readonly<Record<keyof Modules, string>> = {
  program: 'kernel/program.js',
  engine: 'kernel/engine.js',
  pass: 'kernel/pass.js',
  place: 'runtime/place.js',
  encode: 'runtime/encode.js',
};

async function modulesOf(context: BenchContext): Promise<Modules> {
  const found = Object.entries(paths).map(async ([name, path]) => {
    const module = await context.internal<object>(path);
    if (module === undefined) throw new Error(`dist has no ${path}`);
    return [name, module] as const;
  });
  return Object.fromEntries(await Promise.all(found)) as unknown as Modules;
}

/** 64 hooks in a pass, evaluated by one engine, with the encoders that fill it. */
export interface Compiled {
  readonly pass: Pass;
  /** As generated code, and without code from strings. */
  readonly encoders: Readonly<Record<'generated' | 'portable', Encode>>;
}

/**
 * Compiles 64 hooks into one pass.
 *
 * @param engine the engine's name
 * @param lanes 64; or more, and the 64 are repeated
 */
export async function compiled(
  context: BenchContext,
  hooks: readonly Hook[],
  engine: string,
  lanes = 64,
): Promise<Compiled> {
  const modules = await modulesOf(context);
  const fields = readingType.fields as Readonly<Record<string, { readonly kind: string }>>;
  const program = modules.program.compileProgram(
    hooks.map(({ when }) => ({
      absentHolds: false,
      conditions: when.map((condition) => {
        const { field } = condition.left as { readonly field: string };
        return { ...condition, kind: fields[field]!.kind };
      }),
    })),
  );
  const [block, another] = program.root.blocks;
  if (block === undefined || another !== undefined || block.lanes.length !== 64) {
    throw new Error('the hooks do not make one block of 64 lanes');
  }
  const sources = program.columns.map((column) =>
    modules.place.placeSource(column, readingType, {}),
  );
  const pass = modules.pass.passOf(widened(block, lanes), modules.engine.chooseEngine(engine));
  const encoderOf = (generate: boolean): Encode =>
    modules.encode.encoderOf([pass], sources, generate);
  return { pass, encoders: { generated: encoderOf(true), portable: encoderOf(false) } };
}

/** The same rows again for each further 64 lanes. */
function widened(block: Block, count: number): Block {
  const times = count / 64;
  return {
    lanes: Array.from({ length: count }, (_, lane) => lane),
    words: 2 * times,
    columns: block.columns.map(({ rows, ...column }) => ({
      ...column,
      rows: Int32Array.from({ length: rows.length * times }, (_, index) => {
        const row = Math.floor(index / (2 * times));
        return rows[2 * row + (index & 1)]!;
      }),
    })),
  };
}
