import type { Operand } from '../terms/conditions.ts';
import { coordinateOf } from './coordinate.ts';
import {
  blockHeader,
  columnStride,
  firstBlockChild,
  type Layout,
  noChild,
  nodeStride,
} from './layout.ts';
import { locate } from './locate.ts';
import type { Program, ReadOperand } from './program.ts';
import { runWide } from './wideRun.ts';

/** What one evaluation works in; one per program, never shared between threads. */
export interface Scratch {
  /** A place per column of the program. */
  readonly places: Float64Array;
  /** Distinct lanes that fired, in no order. */
  readonly found: Int32Array;
}

/** Makes the working memory of a program. */
export function scratchOf(program: Program): Scratch {
  return {
    places: new Float64Array(program.columns.length),
    // A lane that any of several values selects may stand in several groups, but one of a column
    // is looked at, so no lane is found twice.
    found: new Int32Array(program.owners.length),
  };
}

const scratches = new WeakMap<Program, Scratch>();

function keptScratch(program: Program): Scratch {
  const scratch = scratchOf(program);
  scratches.set(program, scratch);
  return scratch;
}

/**
 * The portable engine: the bits of the lanes whose conditions all hold, for what `read` gives.
 *
 * @param bits receives one bit per lane as given
 */
export function matchInto(program: Program, read: ReadOperand, bits: Int32Array): void {
  const scratch = scratches.get(program) ?? keptScratch(program);
  placeAll(program, read, scratch.places);
  ownersInto(program, scratch, findLanes(program.layout, scratch), bits);
}

/** Places of what is read, one per column. */
export function placeAll(program: Program, read: ReadOperand, places: Float64Array): void {
  const { columns } = program;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    const [left, other] = column.operands as readonly [Operand, Operand?];
    places[index] =
      other === undefined
        ? coordinateOf(column, read(left))
        : coordinateOf(column, read(left), read(other));
  }
}

/** Sets the bits of the lanes as given that equal the distinct ones found. */
function ownersInto(program: Program, { found }: Scratch, count: number, bits: Int32Array): void {
  bits.fill(0);
  for (let index = 0; index < count; index++) {
    const owners = program.owners[found[index]!]!;
    for (let at = 0; at < owners.length; at++) {
      const lane = owners[at]!;
      bits[lane >>> 5]! |= 1 << (lane & 31);
    }
  }
}

/** Lanes as given that fired; used again and again. */
export interface FiredLanes {
  /** Of programs of at most 32 lanes: their bits. */
  word: number;
  /** Of larger ones: ascending, `count` of them. */
  readonly lanes: Int32Array;
  count: number;
}

/** Room for all lanes of a program. */
export function firedLanes(program: Program): FiredLanes {
  return { word: 0, lanes: new Int32Array(program.laneCount), count: 0 };
}

/** Turns the distinct lanes found into lanes as given. */
export function ownersOf(
  program: Program,
  { found }: Scratch,
  count: number,
  fired: FiredLanes,
): void {
  if (program.words === 1) {
    fired.word = ownersWord(program, found, count);
    return;
  }
  const { lanes } = fired;
  let total = 0;
  for (let index = 0; index < count; index++) {
    const owners = program.owners[found[index]!]!;
    for (let at = 0; at < owners.length; at++) {
      // Few fire, so each is put in its place as it comes.
      const lane = owners[at]!;
      let place = total++;
      for (; place > 0 && lanes[place - 1]! > lane; place--) lanes[place] = lanes[place - 1]!;
      lanes[place] = lane;
    }
  }
  fired.count = total;
}

function ownersWord({ owners }: Program, found: Int32Array, count: number): number {
  let word = 0;
  for (let index = 0; index < count; index++) {
    for (const lane of owners[found[index]!]!) word |= 1 << lane;
  }
  return word;
}

/** The fired lanes as a list, ascending. */
export function listFired(program: Program, { word, lanes, count }: FiredLanes): number[] {
  const listed: number[] = [];
  if (program.words > 1) for (let index = 0; index < count; index++) listed.push(lanes[index]!);
  else {
    for (let rest = word; rest !== 0; rest &= rest - 1) listed.push(31 - Math.clz32(rest & -rest));
  }
  return listed;
}

/** Names a set of fired lanes of a program; never below zero where it is a number. */
export function firedKey(program: Program, fired: FiredLanes): number | string {
  if (program.words === 1) return fired.word >>> 0;
  const { lanes, count } = fired;
  return count === 1 ? lanes[0]! : lanes.subarray(0, count).join();
}

/** Evaluates every block that the places select; answers how many distinct lanes were found. */
export function findLanes(layout: Layout, scratch: Scratch): number {
  return visit(layout, scratch, 0, 0);
}

function visit(layout: Layout, scratch: Scratch, node: number, found: number): number {
  const { nodes, blocks, groups } = layout;
  const at = node * nodeStride;
  let count = found;
  const last = nodes[at]! + nodes[at + 1]!;
  for (let block = nodes[at]!; block < last; block++) {
    count = runBlock(layout, scratch, blocks[block]!, count);
  }
  const lastWide = nodes[at + 4]! + nodes[at + 5]!;
  for (let wide = nodes[at + 4]!; wide < lastWide; wide++) {
    count = runWide(layout.wides[wide]!, scratch.places, scratch.found, count);
  }
  const end = nodes[at + 2]! + nodes[at + 3]!;
  for (let index = nodes[at + 2]!; index < end; index++) {
    const { column, byClass, byNumber } = groups[index]!;
    const place = scratch.places[column]!;
    // The places of absent and foreign values are no index, and no lane asks for them.
    const child = byClass === undefined ? byNumber!.get(place) : byClass[place];
    if (child === undefined || child === noChild) continue;
    count =
      child >= 0
        ? visit(layout, scratch, child, count)
        : runBlock(layout, scratch, firstBlockChild - child, count);
  }
  return count;
}

const word = new Int32Array(16);

function runBlock(layout: Layout, scratch: Scratch, at: number, found: number): number {
  const { code, bounds, dense } = layout;
  const words = code[at]!;
  const columns = code[at + 3]!;
  let next = at + blockHeader;
  if (words === 1) {
    let fired = -1;
    for (let column = 0; column < columns; column++, next += columnStride) {
      let cls = locate(bounds, code[next + 1]!, code[next + 2]!, scratch.places[code[next]!]!);
      if (code[next + 3]! >= 0) cls = dense[code[next + 3]! + cls]!;
      fired &= code[code[next + 4]! + cls]!;
    }
    return collectWord(layout, scratch, at, 0, fired, found);
  }
  word.fill(-1);
  for (let column = 0; column < columns; column++, next += columnStride) {
    let cls = locate(bounds, code[next + 1]!, code[next + 2]!, scratch.places[code[next]!]!);
    if (code[next + 3]! >= 0) cls = dense[code[next + 3]! + cls]!;
    const row = code[next + 4]! + cls * words;
    for (let index = 0; index < words; index++) word[index]! &= code[row + index]!;
  }
  return collect(layout, scratch, at, words, found);
}

function collect(
  layout: Layout,
  scratch: Scratch,
  at: number,
  words: number,
  found: number,
): number {
  let count = found;
  for (let index = 0; index < words; index++) {
    if (word[index] !== 0) count = collectWord(layout, scratch, at, index, word[index]!, count);
  }
  return count;
}

/** Adds the lanes of one word's set bits. */
function collectWord(
  { code }: Layout,
  { found }: Scratch,
  at: number,
  index: number,
  fired: number,
  from: number,
): number {
  const start = code[at + 1]! + 32 * index;
  const left = code[at + 2]! - 32 * index;
  // Rows are all ones beyond the last lane.
  let bits = left < 32 ? fired & ((1 << left) - 1) : fired;
  let count = from;
  while (bits !== 0) {
    found[count++] = code[start + 31 - Math.clz32(bits & -bits)]!;
    bits &= bits - 1;
  }
  return count;
}

/** Indices of the set bits, ascending. */
export function setLanes(bits: Int32Array): number[] {
  const lanes: number[] = [];
  for (let index = 0; index < bits.length; index++) {
    let rest = bits[index]!;
    while (rest !== 0) {
      lanes.push(32 * index + 31 - Math.clz32(rest & -rest));
      rest &= rest - 1;
    }
  }
  return lanes;
}
