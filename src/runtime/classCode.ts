import type { BlockColumn } from '../kernel/block.ts';
import { firstClass } from '../kernel/column.ts';
import { absentAt } from '../kernel/coordinate.ts';
import { locate } from '../kernel/run.ts';
import type { ContextState } from '../rules/context.ts';
import { isText } from '../terms/scalars.ts';
import {
  booleanMode,
  integerMode,
  isReadableText,
  numberMode,
  otherPlace,
  type PlaceSource,
  textMode,
} from './place.ts';
import { type Part, searchCode } from './searchCode.ts';

/** Listed texts that are compared one by one. */
const listedMax = 8;

/** False where the process forbids code from strings (V8's `AllowCodeGenerationFromStrings`). */
export function canGenerate(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}

/**
 * Code that leaves the class of a block's column in a variable called `c`, or returns -1 where the
 * value cannot be read. The same places and bounds as the portable reading, written out.
 *
 * @param id distinguishes the names that this column's code uses
 */
export function classCode(column: BlockColumn, source: PlaceSource, id: string): Part {
  const bounds = Float64Array.from(column.bounds);
  const cls = (place: number): number => {
    const at = locate(bounds, 0, bounds.length, place);
    return column.dense === undefined ? at : column.dense[at]!;
  };
  const optional = source.absent === absentAt;
  const missing = optional ? `c = ${cls(absentAt)};` : 'return -1;';
  const { code, constants } = modeCode(column, source, id, cls);
  if (source.mode > textMode) return { code, constants };
  const load = `const v${id} = input[${JSON.stringify(source.name)}];`;
  return { code: `${load} if (v${id} === undefined) { ${missing} } else ${code}`, constants };
}

function modeCode(
  column: BlockColumn,
  source: PlaceSource,
  id: string,
  cls: (place: number) => number,
): Part {
  const value = `v${id}`;
  switch (source.mode) {
    case integerMode:
    case numberMode: {
      const check = source.mode === integerMode ? 'Number.isSafeInteger' : 'Number.isFinite';
      const guard = `{ if (!${check}(${value}) || (${value} === 0 && 1 / ${value} < 0)) return -1;`;
      const isInteger = source.mode === integerMode;
      const { code, constants } = searchCode(column.bounds, isInteger, value, id, cls);
      return { code: `${guard} ${code} }`, constants };
    }
    case booleanMode: {
      const at = (truth: boolean): number => cls(source.listed.get(truth)!);
      const known = `${value} === true ? ${at(true)} : ${value} === false ? ${at(false)} : -1`;
      return { code: `{ c = ${known}; if (c < 0) return -1; }`, constants: {} };
    }
    case textMode:
      return textCode(source, id, cls);
    default:
      return otherCode(source, id, cls);
  }
}

function textCode(source: PlaceSource, id: string, cls: (place: number) => number): Part {
  const value = `v${id}`;
  const listed = [...source.listed];
  const other = cls(firstClass);
  const name = `t${id}`;
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
  const unlisted = `{ c = ${rest}; if (c < 0) return -1; }`;
  const code = `{ c = m${id}.get(${value}); if (c === undefined) ${unlisted} }`;
  return { code, constants: { [name]: readable, [`m${id}`]: classes } };
}

function otherCode(source: PlaceSource, id: string, cls: (place: number) => number): Part {
  const read = (input: Record<string, unknown>, context: ContextState, at: number): number => {
    const place = otherPlace(source, input, context, at);
    return Number.isNaN(place) ? -1 : cls(place);
  };
  const code = `c = o${id}(input, context, at); if (c < 0) return -1;`;
  return { code, constants: { [`o${id}`]: read } };
}
