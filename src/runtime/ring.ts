import type { Block } from '../kernel/block.ts';
import type { Engine } from '../kernel/engine.ts';
import { type Pass, passCapacity, passOf } from '../kernel/pass.ts';
import { type Program, type ProgramNode, passesMax } from '../kernel/program.ts';
import { firedLanes, listFired, ownersOf, scratchOf } from '../kernel/run.ts';
import type { TickMeter } from '../kernel/ticks.ts';
import type { ContextState } from '../rules/context.ts';
import type { RulesDocument } from '../rules/document.ts';
import type { TypePlan } from '../rules/snapshot.ts';
import { readInstant } from '../terms/scalars.ts';
import { type Encode, encoderOf } from './encode.ts';
import { glanceOf } from './glance.ts';
import { type PlaceSource, placeSource, readsWindows } from './place.ts';

/** Observations of one type that wait to be evaluated together. */
export interface ObservationRing {
  /**
   * Takes an observation in; false where a field that conditions read cannot be read, or 1,024 are
   * pending.
   *
   * @param at for conditions that read windows, the time where the type has no time field
   */
  append(input: unknown, at?: number): boolean;
  /**
   * Takes in so many from a place on, up to the first that {@link append} would refuse; answers
   * how many.
   */
  appendRun(inputs: readonly unknown[], from: number, count: number, at?: number): number;
  readonly pending: number;
  /** Says that a whole batch follows at once, so that taking it in is measured too. */
  begin(): void;
  /** Evaluates what is pending and answers how many fired; pending is 0 then. */
  evaluate(): number;
  /** Position, from 0, of the k-th that fired among those evaluated last; ascending. */
  position(index: number): number;
  /** Lanes as given of the k-th that fired, ascending. */
  lanes(index: number): readonly number[];
}

/** What a ring is made with. */
export interface RingOptions {
  readonly plan: TypePlan;
  readonly windows: RulesDocument['windows'];
  readonly context: ContextState;
  readonly engine: Engine;
  /** Allows code from strings. */
  readonly generate: boolean;
  readonly ticks: TickMeter;
}

/**
 * Makes a type's ring: classes go into the memory of the program's passes, which the engine
 * evaluates. A program of more passes than {@link passesMax}, or with groups, is parked: each
 * observation is evaluated when it is taken in, with the same answers.
 */
export function ringOf(options: RingOptions): ObservationRing {
  const { plan, windows } = options;
  const { program, observation } = plan;
  const sources = program.columns.map((column) => placeSource(column, observation, windows));
  const reason = readsWindows(sources) ? 'windows' : parkedBecause(program.root);
  if (reason !== undefined) return new ParkedRing(options, reason);
  return new PassRing(options, sources);
}

/** Why a program's observations are evaluated one by one, undefined where they are not. */
function parkedBecause({ blocks, wides, groups }: ProgramNode): string | undefined {
  if (groups.length > 0) return 'groups';
  return wides.length > 0 || blocks.length > passesMax ? 'passes' : undefined;
}

/** Of a type without hooks: nothing ever fires. */
const noLanes: Block = { lanes: [], words: 1, columns: [] };

class PassRing implements ObservationRing {
  readonly #program: Program;
  readonly #passes: readonly Pass[];
  readonly #encode: Encode;
  /** [0] is the number of cells taken, where native code reads it. */
  readonly #head: Uint32Array;
  readonly #ticks: TickMeter;
  #started = 0;
  readonly #positions = new Int32Array(passCapacity);

  constructor({ plan, engine, generate, ticks }: RingOptions, sources: readonly PlaceSource[]) {
    const { program } = plan;
    this.#program = program;
    const { blocks } = program.root;
    this.#passes = (blocks.length > 0 ? blocks : [noLanes]).map((block) => passOf(block, engine));
    this.#encode = encoderOf(this.#passes, sources, generate);
    this.#head = this.#passes[0]!.control;
    this.#ticks = ticks;
  }

  get pending(): number {
    return this.#head[0]!;
  }

  begin(): void {
    // What waits already was taken in apart: such a batch cannot be measured from one start.
    this.#started = this.#head[0] === 0 ? this.#ticks.start() : 0;
  }

  append(input: unknown): boolean {
    if (typeof input !== 'object' || input === null) return false;
    try {
      return this.#encode(input as Record<string, unknown>);
    } catch {
      // A getter or proxy of the host's object threw: what cannot be read is unreadable.
      return false;
    }
  }

  appendRun(inputs: readonly unknown[], from: number, count: number): number {
    const before = this.#head[0]!;
    try {
      return this.#encode.run(inputs, from, count);
    } catch {
      // As in append: the one behind those that were taken is unreadable.
      return this.#head[0]! - before;
    }
  }

  evaluate(): number {
    const count = this.#head[0]!;
    const started = this.#started;
    this.#started = 0;
    if (count === 0) return 0;
    let fired = 0;
    for (const pass of this.#passes) {
      pass.control[0] = count;
      pass.run();
      this.#ticks.pass(pass.control, count, pass.block.columns.length);
      fired += pass.control[1]!;
    }
    this.#ticks.batch(count, this.#passes.length, started);
    this.#head[0] = 0;
    if (fired === 0) return 0;
    return this.#passes.length === 1 ? this.#copy(fired) : this.#merge(count);
  }

  #copy(fired: number): number {
    const from = this.#passes[0]!.fired;
    for (let index = 0; index < fired; index++) this.#positions[index] = from[index]!;
    return fired;
  }

  /** Positions that fired in any pass. */
  #merge(count: number): number {
    let fired = 0;
    for (let position = 0; position < count; position++) {
      if (this.#passes.some((pass) => anyLane(pass, position))) this.#positions[fired++] = position;
    }
    return fired;
  }

  position(index: number): number {
    return this.#positions[index]!;
  }

  lanes(index: number): readonly number[] {
    const position = this.#positions[index]!;
    const scratch = scratchOf(this.#program);
    const fired = firedLanes(this.#program);
    let count = 0;
    for (const { block, masks, laneBytes } of this.#passes) {
      const words = laneBytes / 4;
      for (let word = 0; word < words; word++) {
        for (let rest = masks[position * words + word]!; rest !== 0; rest &= rest - 1) {
          scratch.found[count++] = block.lanes[32 * word + 31 - Math.clz32(rest & -rest)]!;
        }
      }
    }
    ownersOf(this.#program, scratch, count, fired);
    return listFired(this.#program, fired);
  }
}

function anyLane({ masks, laneBytes }: Pass, position: number): boolean {
  const words = laneBytes / 4;
  for (let word = 0; word < words; word++) if (masks[position * words + word] !== 0) return true;
  return false;
}

/** Evaluates at once and keeps what fired until it is asked for. */
class ParkedRing implements ObservationRing {
  readonly #options: RingOptions;
  readonly #look: (input: Record<string, unknown>, at: number) => number;
  readonly #listed: () => readonly number[];
  readonly #reason: string;
  #positions: number[] = [];
  #lanes: (readonly number[])[] = [];
  #evaluated: { readonly positions: number[]; readonly lanes: (readonly number[])[] };
  #pending = 0;

  constructor(options: RingOptions, reason: string) {
    const { plan, windows, context, generate } = options;
    const glance = glanceOf(plan, windows, generate);
    this.#options = options;
    this.#reason = reason;
    const time = glance.windowed ? plan.observation.time : undefined;
    this.#look = (input, given) => {
      const at = time === undefined ? given : readInstant(input[time]);
      return at === undefined ? -1 : glance.look(input, context, at);
    };
    this.#listed = () => listFired(plan.program, glance.fired);
    this.#evaluated = { positions: [], lanes: [] };
  }

  get pending(): number {
    return this.#pending;
  }

  begin(): void {}

  append(input: unknown, at = 0): boolean {
    if (typeof input !== 'object' || input === null) return false;
    let look = -1;
    try {
      look = this.#look(input as Record<string, unknown>, at);
    } catch {
      return false;
    }
    // A getter of the host's object may have taken the last place.
    if (look < 0 || this.#pending >= passCapacity) return false;
    if (look === 1) {
      this.#positions.push(this.#pending);
      this.#lanes.push(this.#listed());
    }
    this.#pending++;
    return true;
  }

  appendRun(inputs: readonly unknown[], from: number, count: number, at = 0): number {
    let taken = 0;
    while (taken < count && this.append(inputs[from + taken], at)) taken++;
    return taken;
  }

  evaluate(): number {
    this.#options.ticks.park(this.#reason, this.#pending);
    this.#pending = 0;
    this.#evaluated = { positions: this.#positions, lanes: this.#lanes };
    this.#positions = [];
    this.#lanes = [];
    return this.#evaluated.positions.length;
  }

  position(index: number): number {
    return this.#evaluated.positions[index]!;
  }

  lanes(index: number): readonly number[] {
    return this.#evaluated.lanes[index]!;
  }
}
