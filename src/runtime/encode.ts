import type { BlockColumn } from '../kernel/block.ts';
import type { Pass } from '../kernel/pass.ts';
import { locate } from '../kernel/run.ts';
import { ContextState } from '../rules/context.ts';
import { canGenerate, classCode } from './classCode.ts';
import { otherMode, otherPlace, type PlaceSource, placeOf } from './place.ts';

/** Writes an observation's classes into the cells of every pass; false where it is unreadable. */
export type Encode = (input: Record<string, unknown>, cell: number) => boolean;

/**
 * The encoder of a program's passes, as generated code where that is allowed.
 *
 * @param sources how each column of the program is read; none reads a window
 */
export function encoderOf(
  passes: readonly Pass[],
  sources: readonly PlaceSource[],
  generate: boolean,
): Encode {
  return generate && canGenerate()
    ? generatedEncoder(passes, sources)
    : portableEncoder(passes, sources);
}

// Observations whose conditions read windows are not evaluated in passes.
const none = new ContextState();

function portableEncoder(passes: readonly Pass[], sources: readonly PlaceSource[]): Encode {
  const plans = passes.map(({ cells, block }) => ({
    cells,
    columns: block.columns.map((column) => ({
      source: sources[column.column]!,
      column,
      bounds: Float64Array.from(column.bounds),
    })),
  }));
  return (input, cell) => {
    for (const { cells, columns } of plans) {
      let low = 0;
      let high = 0;
      for (let index = 0; index < columns.length; index++) {
        const { source, column, bounds } = columns[index]!;
        const place =
          source.mode === otherMode
            ? otherPlace(source, input, none, 0)
            : placeOf(source, input[source.name]);
        if (Number.isNaN(place)) return false;
        const cls = classAt(column, bounds, place);
        if (index < 4) low |= cls << (8 * index);
        else high |= cls << (8 * (index - 4));
      }
      cells[2 * cell] = low;
      cells[2 * cell + 1] = high;
    }
    return true;
  };
}

function classAt(column: BlockColumn, bounds: Float64Array, place: number): number {
  const at = locate(bounds, 0, bounds.length, place);
  return column.dense === undefined ? at : column.dense[at]!;
}

function generatedEncoder(passes: readonly Pass[], sources: readonly PlaceSource[]): Encode {
  const constants: Record<string, unknown> = { context: none };
  const parts = passes.map(({ block, cells }, pass) => {
    constants[`cells${pass}`] = cells;
    const columns = block.columns.map((column, index) => {
      const part = classCode(column, sources[column.column]!, `${pass}_${index}`);
      Object.assign(constants, part.constants);
      const word = index < 4 ? 'low' : 'high';
      const shift = 8 * (index % 4);
      return `${part.code} ${word} |= c${shift === 0 ? '' : ` << ${shift}`};`;
    });
    return `low = 0; high = 0;
    ${columns.join('\n    ')}
    cells${pass}[cell << 1] = low; cells${pass}[(cell << 1) + 1] = high;`;
  });
  const body = `'use strict';
function encode(input, cell) {
    let c = 0, low = 0, high = 0;
    const at = 0;
    ${parts.join('\n    ')}
    return 0;
}
return function (input, cell) { return encode(input, cell) === 0; };`;
  const make = new Function(...Object.keys(constants), body) as (...given: unknown[]) => Encode;
  return make(...Object.values(constants));
}
