import type { Block, BlockColumn } from '../kernel/block.ts';
import { firstClass } from '../kernel/column.ts';
import { absentAt } from '../kernel/coordinate.ts';
import type { Program } from '../kernel/program.ts';
import { type FiredLanes, locate, ownersOf, scratchOf } from '../kernel/run.ts';
import type { ContextState } from '../rules/context.ts';
import type { TypePlan } from '../rules/snapshot.ts';
import { isText } from '../terms/scalars.ts';
import type { Look } from './look.ts';
import {
  booleanMode,
  integerMode,
  isReadableText,
  numberMode,
  otherPlace,
  type PlaceSource,
  textMode,
} from './place.ts';

/** Words of 32 lanes that generated code holds in variables. */
const wordsMax = 4;
/** Bounds that become nested comparisons; above this a search is shorter. */
const treeMax = 64;
/** Listed texts that are compared one by one. */
const listedMax = 8;

/** False where the process forbids code from strings, as `--disallow-code-generation-from-strings`. */
export function canGenerate(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}

/**
 * The generated look: the same places, bounds and rows as the portable one with names and numbers
 * written out, for programs of one block. Undefined where the program is larger or code generation
 * is forbidden.
 *
 * @param fired receives the lanes as given
 */
export function generatedLook(
  { program }: TypePlan,
  sources: readonly PlaceSource[],
  fired: FiredLanes,
): Look | undefined {
  const [block] = program.root.blocks;
  if (block === undefined || program.root.blocks.length > 1 || block.words > wordsMax) {
    return undefined;
  }
  if (program.root.groups.length > 0 || !canGenerate()) return undefined;
  const parts = block.columns.map((column, index) =>
    columnCode(column, sources[column.column]!, index, block.words),
  );
  const words = Array.from({ length: block.words }, (_, word) => `w${word}`);
  const masks = words.map((_, word) => maskOf(block.lanes.length - 32 * word));
  // Where no two lanes are equal, a lane of the block is a lane as given.
  const direct = program.words === 1 && program.owners.length === program.laneCount;
  const body = `'use strict';
return function look(input, context, at) {
  let c = 0;
  let ${words.map((name, word) => `${name} = ${masks[word]}`).join(', ')};
  ${parts.map(({ code }) => code).join('\n  ')}
  if ((${words.join(' | ')}) === 0) return 0;
  ${direct ? 'fired.word = w0;' : `fire(${words.join(', ')});`}
  return 1;
};`;
  const values: Record<string, unknown> = { fired, fire: fireOf(program, block, fired) };
  for (const { constants } of parts) Object.assign(values, constants);
  // Names of fields and listed texts come from the rules; each is written as a JSON string.
  const make = new Function(...Object.keys(values), body) as (...given: unknown[]) => Look;
  return make(...Object.values(values));
}

/** Turns the block's fired words into lanes as given. */
function fireOf(
  program: Program,
  { lanes }: Block,
  fired: FiredLanes,
): (w0: number, w1?: number, w2?: number, w3?: number) => void {
  const scratch = scratchOf(program);
  const { found } = scratch;
  const take = (word: number, base: number, from: number): number => {
    let count = from;
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      found[count++] = lanes[base + 31 - Math.clz32(rest & -rest)]!;
    }
    return count;
  };
  return (w0, w1 = 0, w2 = 0, w3 = 0) => {
    const count = take(w3, 96, take(w2, 64, take(w1, 32, take(w0, 0, 0))));
    ownersOf(program, scratch, count, fired);
  };
}

function maskOf(lanes: number): number {
  return lanes >= 32 ? -1 : (1 << lanes) - 1;
}

interface Part {
  readonly code: string;
  readonly constants: Readonly<Record<string, unknown>>;
}

function columnCode(column: BlockColumn, source: PlaceSource, index: number, words: number): Part {
  const bounds = Float64Array.from(column.bounds);
  const cls = (place: number): number => {
    const at = locate(bounds, 0, bounds.length, place);
    return column.dense === undefined ? at : column.dense[at]!;
  };
  const optional = source.absent === absentAt;
  const missing = optional ? `c = ${cls(absentAt)};` : 'return -1;';
  const { code, constants } = classCode(column, source, index, cls);
  const load = `const v${index} = input[${JSON.stringify(source.name)}];`;
  const given =
    source.mode > textMode
      ? code
      : `${load} if (v${index} === undefined) { ${missing} } else ${code}`;
  const rows = Array.from(
    { length: words },
    (_, word) => ` w${word} &= r${index}[${words === 1 ? 'c' : `c * ${words} + ${word}`}];`,
  );
  return {
    code: given + rows.join(''),
    constants: { ...constants, [`r${index}`]: Int32Array.from(column.rows) },
  };
}

function classCode(
  column: BlockColumn,
  source: PlaceSource,
  index: number,
  cls: (place: number) => number,
): Part {
  const value = `v${index}`;
  switch (source.mode) {
    case integerMode:
    case numberMode: {
      const check = source.mode === integerMode ? 'Number.isSafeInteger' : 'Number.isFinite';
      const guard = `{ if (!${check}(${value}) || (${value} === 0 && 1 / ${value} < 0)) return -1;`;
      const { code, constants } = searchCode(column, value, index, cls);
      return { code: `${guard} c = ${code}; }`, constants };
    }
    case booleanMode: {
      const at = (truth: boolean): number => cls(source.column.classByValue.get(truth)!);
      const known = `${value} === true ? ${at(true)} : ${value} === false ? ${at(false)} : -1`;
      return { code: `{ c = ${known}; if (c < 0) return -1; }`, constants: {} };
    }
    case textMode:
      return textCode(source, index, cls);
    default:
      return otherCode(source, index, cls);
  }
}

/** The class of a finite number: nested comparisons, or a search where they would be many. */
function searchCode(
  { bounds }: BlockColumn,
  value: string,
  index: number,
  cls: (place: number) => number,
): Part {
  const finite = [...bounds].filter((bound) => Number.isFinite(bound) && bound > -Number.MAX_VALUE);
  if (finite.length > treeMax) {
    return { code: `f${index}(${value})`, constants: { [`f${index}`]: cls } };
  }
  const tree = (from: number, to: number): string => {
    if (from === to) return String(cls(from === 0 ? -Number.MAX_VALUE : finite[from - 1]!));
    const middle = (from + to) >>> 1;
    return `(${value} < ${finite[middle]} ? ${tree(from, middle)} : ${tree(middle + 1, to)})`;
  };
  return { code: tree(0, finite.length), constants: {} };
}

function textCode(source: PlaceSource, index: number, cls: (place: number) => number): Part {
  const value = `v${index}`;
  const listed = [...source.column.classByValue];
  const other = cls(firstClass);
  const name = `t${index}`;
  const readable = source.plain ? isText : (text: unknown): boolean => isReadableText(source, text);
  const rest = `${name}(${value}) ? ${other} : -1`;
  if (listed.length <= listedMax) {
    const known = listed.map(
      ([text, place]) => `${value} === ${JSON.stringify(text)} ? ${cls(place)} : `,
    );
    const code = `{ c = ${known.join('')}${rest}; if (c < 0) return -1; }`;
    return { code, constants: { [name]: readable } };
  }
  const classes = new Map(listed.map(([text, place]) => [text, cls(place)]));
  const code = `{ c = m${index}.get(${value}); if (c === undefined) { c = ${rest}; if (c < 0) return -1; } }`;
  return { code, constants: { [name]: readable, [`m${index}`]: classes } };
}

function otherCode(source: PlaceSource, index: number, cls: (place: number) => number): Part {
  const read = (input: Record<string, unknown>, context: ContextState, at: number): number => {
    const place = otherPlace(source, input, context, at);
    return Number.isNaN(place) ? -1 : cls(place);
  };
  const code = `c = o${index}(input, context, at); if (c < 0) return -1;`;
  return { code, constants: { [`o${index}`]: read } };
}
