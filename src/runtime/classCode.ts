import { type BlockColumn, classesOf } from '../kernel/block.ts';
import { firstClass } from '../kernel/column.ts';
import { absentAt } from '../kernel/coordinate.ts';
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
import { type ClassUse, type Part, searchCode } from './searchCode.ts';

/** So many listed texts are compared one by one; more are told apart by a unit, if there is one. */
const listedMax = 3;
const unitMask = 63;

/**
 * Code that finds the class of a block's column and uses it, or refuses where the value cannot be
 * read. The same places and bounds as the portable reading, written out.
 *
 * @param id distinguishes the names that this column's code uses
 */
export function classCode(
  column: BlockColumn,
  source: PlaceSource,
  id: string,
  use: ClassUse,
): Part {
  const cls = classesOf(column);
  const { code, constants } = modeCode(column, source, id, cls, use);
  if (source.mode > textMode) return { code, constants };
  const load = `const v${id} = input[${JSON.stringify(source.name)}];`;
  // What is missing fits no kind: a required field needs no question of its own.
  if (source.absent !== absentAt) return { code: `${load} ${code}`, constants };
  const missing = use.take(use.known(cls(absentAt)));
  return { code: `${load} if (v${id} === undefined) { ${missing} } else { ${code} }`, constants };
}

function modeCode(
  column: BlockColumn,
  source: PlaceSource,
  id: string,
  cls: (place: number) => number,
  use: ClassUse,
): Part {
  const value = `v${id}`;
  switch (source.mode) {
    case integerMode:
    case numberMode: {
      const check = source.mode === integerMode ? 'Number.isSafeInteger' : 'Number.isFinite';
      const minusZero = `(${value} === 0 && 1 / ${value} < 0)`;
      const guard = `if (!${check}(${value}) || ${minusZero}) ${use.refuse}`;
      const isInteger = source.mode === integerMode;
      const { code, constants } = searchCode(column.bounds, { isInteger, value, id, cls, use });
      return { code: `${guard} ${code}`, constants };
    }
    case booleanMode: {
      const at = (truth: boolean): string => use.known(cls(source.listed.get(truth)!));
      if (!use.jumps) {
        const either = use.take(`(${value} === true ? ${at(true)} : ${at(false)})`);
        return {
          code: `if (typeof ${value} !== 'boolean') ${use.refuse} ${either}`,
          constants: {},
        };
      }
      const no = `else if (${value} === false) { ${use.take(at(false))} } else ${use.refuse}`;
      return { code: `if (${value} === true) { ${use.take(at(true))} } ${no}`, constants: {} };
    }
    case textMode:
      return textCode(source, id, cls, use);
    default:
      return otherCode(source, id, cls, use);
  }
}

function textCode(
  source: PlaceSource,
  id: string,
  cls: (place: number) => number,
  use: ClassUse,
): Part {
  const value = `v${id}`;
  const listed = [...source.listed].map(([text, place]) => [text as string, cls(place)] as const);
  const name = `t${id}`;
  const readable = source.plain ? isText : (text: unknown): boolean => isReadableText(source, text);
  const other = cls(firstClass);
  const place = listed.length > listedMax ? tellingPlace(listed.map(([text]) => text)) : undefined;
  if (place !== undefined) {
    const { code, constants } = placedCode(value, id, listed, place, other, use.refuse);
    return { code: `${code} ${use.takeClass}`, constants: { ...constants, [name]: readable } };
  }
  if (listed.length <= 2 * listedMax) {
    const known = listed.map(
      ([text, at]) =>
        `if (${value} === ${JSON.stringify(text)}) { ${use.take(use.known(at))} } else `,
    );
    const rest = use.take(use.known(other));
    const code = `${known.join('')}if (${name}(${value})) { ${rest} } else ${use.refuse}`;
    return { code, constants: { [name]: readable } };
  }
  const unlisted = `{ if (!${name}(${value})) ${use.refuse} c = ${other}; }`;
  const code = `c = m${id}.get(${value}); if (c === undefined) ${unlisted} ${use.takeClass}`;
  return { code, constants: { [name]: readable, [`m${id}`]: new Map(listed) } };
}

/** A unit of all texts by whose lower bits they differ; undefined where there is none. */
function tellingPlace(texts: readonly string[]): number | undefined {
  const shortest = Math.min(...texts.map(({ length }) => length));
  for (let place = 0; place < shortest; place++) {
    const units = new Set(texts.map((text) => text.charCodeAt(place) & unitMask));
    if (units.size === texts.length) return place;
  }
  return undefined;
}

/** One unit says which listed text it can be, and one comparison whether it is. */
function placedCode(
  value: string,
  id: string,
  listed: readonly (readonly [text: string, cls: number])[],
  place: number,
  other: number,
  refuse: string,
): Part {
  const byUnit = new Uint8Array(unitMask + 1);
  listed.forEach(([text], index) => {
    byUnit[text.charCodeAt(place) & unitMask] = index;
  });
  const unit = `${value}.charCodeAt(${place}) & ${unitMask}`;
  const rest = `if (t${id}(${value})) c = ${other}; else ${refuse}`;
  const code = `if (typeof ${value} === 'string' && ${value}.length > ${place}) {
    c = h${id}[${unit}]; if (${value} === l${id}[c]) c = k${id}[c]; else ${rest} } else ${rest}`;
  const constants = {
    [`h${id}`]: byUnit,
    [`l${id}`]: listed.map(([text]) => text),
    [`k${id}`]: Uint8Array.from(listed, ([, cls]) => cls),
  };
  return { code, constants };
}

function otherCode(
  source: PlaceSource,
  id: string,
  cls: (place: number) => number,
  use: ClassUse,
): Part {
  const read = (input: Record<string, unknown>, context: ContextState, at: number): number => {
    const place = otherPlace(source, input, context, at);
    return Number.isNaN(place) ? -1 : cls(place);
  };
  const code = `c = o${id}(input, context, at); if (c < 0) ${use.refuse} ${use.takeClass}`;
  return { code, constants: { [`o${id}`]: read } };
}

const looking = { refuse: 'return -1;', jumps: true } as const;

/** Takes a column's row into words called `w0`, `w1`, ...: for one word the row is written out. */
export function rowUse(
  rows: readonly number[],
  words: number,
  id: string,
): { readonly use: ClassUse; readonly constants: Part['constants'] } {
  const constants = { [`r${id}`]: Int32Array.from(rows) };
  if (words === 1) {
    const known = (cls: number): string => String(rows[cls]!);
    // A row of all lanes takes none away.
    const take = (row: string): string => (row === '-1' ? '' : `w0 &= ${row};`);
    return { use: { known, take, takeClass: `w0 &= r${id}[c];`, ...looking }, constants };
  }
  const each = Array.from(
    { length: words },
    (_, word) => `w${word} &= r${id}[c * ${words} + ${word}];`,
  );
  const takeClass = each.join(' ');
  const take = (cls: string): string => `c = ${cls}; ${takeClass}`;
  return { use: { known: String, take, takeClass, ...looking }, constants };
}
