import type { Block, BlockColumn } from '../kernel/block.ts';
import type { Program } from '../kernel/program.ts';
import { type FiredLanes, ownersOf, scratchOf } from '../kernel/run.ts';
import type { TypePlan } from '../rules/snapshot.ts';
import { classCode, rowUse } from './classCode.ts';
import { canGenerate, generated } from './generate.ts';
import type { Look } from './look.ts';
import type { PlaceSource } from './place.ts';
import type { Part } from './searchCode.ts';

/** Words of 32 lanes that generated code holds in variables. */
const wordsMax = 4;

/**
 * The generated look: the same places, bounds and rows as the portable one with names and numbers
 * written out, for programs of one block. Undefined where the program is larger or code generation
 * is forbidden.
 *
 * @param fired receives the lanes as given
 */
export function generatedLook(
  { program }: Pick<TypePlan, 'program'>,
  sources: readonly PlaceSource[],
  fired: FiredLanes,
): Look | undefined {
  const { blocks, wides, groups } = program.root;
  const [block] = blocks;
  if (block === undefined || blocks.length > 1 || block.words > wordsMax) return undefined;
  if (wides.length > 0 || groups.length > 0 || !canGenerate()) return undefined;
  const parts = block.columns.map((column, index) =>
    columnCode(column, sources[column.column]!, index, block.words),
  );
  const words = Array.from({ length: block.words }, (_, word) => `w${word}`);
  const masks = words.map((_, word) => maskOf(block.lanes.length - 32 * word));
  // Where no two lanes are equal, a lane of the block is a lane as given.
  const direct = program.words === 1 && program.owners.length === program.laneCount;
  const body = `return function look(input, context, at) {
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
  return generated(body, values);
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

/** A column's class, and its row taken into the words. */
function columnCode(column: BlockColumn, source: PlaceSource, index: number, words: number): Part {
  const { use, constants } = rowUse(column.rows, words, String(index));
  const part = classCode(column, source, String(index), use);
  return { code: part.code, constants: { ...part.constants, ...constants } };
}
