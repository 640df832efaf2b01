import { classesOf } from '../kernel/block.ts';
import { type Pass, passCapacity } from '../kernel/pass.ts';
import { ContextState } from '../rules/context.ts';
import { classCode } from './classCode.ts';
import { canGenerate, generated } from './generate.ts';
import { otherMode, otherPlace, type PlaceSource, placeOf } from './place.ts';

/**
 * Writes an observation's classes into the next cell of every pass, `control[0]` of the first, and
 * moves on; false where a field is unreadable or no cell is left. A getter of the host's object may
 * take another observation in: everything is read before a cell is looked for and written.
 */
export interface Encode {
  (input: Record<string, unknown>): boolean;
  /**
   * The same for so many from a place on, up to the first refused; answers how many. The place in
   * the cells is kept at hand and only compared: reading back what was just written would wait.
   */
  run(inputs: readonly unknown[], from: number, count: number): number;
}

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
  const columns = passes.flatMap(({ block }, pass) =>
    block.columns.map((column, index) => ({
      source: sources[column.column]!,
      cls: classesOf(column),
      word: 2 * pass + (index < 4 ? 0 : 1),
      shift: 8 * (index % 4),
    })),
  );
  const head = passes[0]!.control;
  const kept = new Int32Array(2 * passes.length);
  let depth = 0;
  const write = (input: Record<string, unknown>, words: Int32Array): boolean => {
    words.fill(0);
    for (let index = 0; index < columns.length; index++) {
      const { source, cls, word, shift } = columns[index]!;
      const place =
        source.mode === otherMode
          ? otherPlace(source, input, none, 0)
          : placeOf(source, input[source.name]);
      if (Number.isNaN(place)) return false;
      words[word]! |= cls(place) << shift;
    }
    const cell = head[0]!;
    if (cell >= passCapacity) return false;
    for (let pass = 0; pass < passes.length; pass++) {
      const { cells } = passes[pass]!;
      cells[2 * cell] = words[2 * pass]!;
      cells[2 * cell + 1] = words[2 * pass + 1]!;
    }
    head[0] = cell + 1;
    return true;
  };
  const one = (input: Record<string, unknown>): boolean => {
    depth++;
    try {
      return write(input, depth === 1 ? kept : new Int32Array(kept.length));
    } finally {
      depth--;
    }
  };
  const run: Encode['run'] = (inputs, from, count) => {
    let taken = 0;
    for (; taken < count; taken++) {
      const input = inputs[from + taken];
      if (typeof input !== 'object' || input === null) break;
      if (!one(input as Record<string, unknown>)) break;
    }
    return taken;
  };
  return Object.assign(one, { run });
}

function generatedEncoder(passes: readonly Pass[], sources: readonly PlaceSource[]): Encode {
  const constants: Record<string, unknown> = { context: none, head: passes[0]!.control };
  passes.forEach(({ cells }, pass) => {
    constants[`cells${pass}`] = cells;
  });
  const stores = passes.map(
    (_, pass) => `cells${pass}[at] = low${pass}; cells${pass}[at + 1] = high${pass};`,
  );
  const read = (refuse: string): string =>
    passes.map((pass, index) => passCode(pass, index, sources, refuse, constants)).join('\n  ');
  const body = `function encode(input) {
  let c = 0, at = 0;
  ${read('return -1;')}
  const cell = head[0];
  if (cell >= ${passCapacity}) return -1;
  at = cell << 1;
  ${stores.join('\n  ')}
  head[0] = cell + 1;
  return 0;
}
function run(inputs, from, count) {
  let c = 0, at = 0, cell = head[0], taken = 0;
  run: for (; taken < count; taken++) {
    const input = inputs[from + taken];
    if (typeof input !== 'object' || input === null) break run;
    ${read('break run;')}
    if (head[0] !== cell) cell = head[0];
    if (cell >= ${passCapacity}) break run;
    at = cell << 1;
    ${stores.join('\n  ')}
    head[0] = ++cell;
  }
  return taken;
}
return Object.assign(function (input) { return encode(input) === 0; }, { run });`;
  return generated(body, constants);
}

/** Reads an observation's classes into the two words of one pass. */
function passCode(
  { block }: Pass,
  pass: number,
  sources: readonly PlaceSource[],
  refuse: string,
  constants: Record<string, unknown>,
): string {
  const columns = block.columns.map((column, index) => {
    const word = `${index < 4 ? 'low' : 'high'}${pass}`;
    const part = classCode(column, sources[column.column]!, `${pass}_${index}`, {
      known: String,
      take: (cls) => `${word} |= (${cls}) << ${8 * (index % 4)};`,
      takeClass: `${word} |= c << ${8 * (index % 4)};`,
      ...{ refuse, jumps: false },
    });
    Object.assign(constants, part.constants);
    return part.code;
  });
  return `let low${pass} = 0, high${pass} = 0;
  ${columns.join('\n  ')}`;
}
