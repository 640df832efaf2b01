/** The parts of a stream that are used here; process.stderr is one. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  readonly output?: Output;
  /** Milliseconds that only run forwards. */
  readonly now?: () => number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A progress display: call `update` as often as you like, `done` once. */
export interface Progress {
  update(done: number, note?: string): void;
  done(note?: string): void;
}

const redrawMs = 100;
const plainEvery = 20_000;
const barWidth = 24;

/** A bar with the live rate on a terminal, a plain line every 20,000 records in a pipe. */
export function progress(options: ProgressOptions): Progress {
  const { label, total } = options;
  const output = options.output ?? process.stderr;
  const now = options.now ?? (() => performance.now());
  const isTerminal = output.isTTY === true;
  const paint = painter(isTerminal, options.environment ?? process.env);
  const started = now();
  let drawn = Number.NEGATIVE_INFINITY;
  let printed = 0;
  let count = 0;
  const line = (note: string): string => {
    const seconds = Math.max(1e-3, (now() - started) / 1_000);
    const share = total === 0 ? 1 : Math.min(1, count / total);
    const rate = `${formatCount(Math.round(count / seconds))}/s`;
    const counts = `${formatCount(count)} of ${formatCount(total)}`;
    const percent = `${Math.floor(100 * share)}%`;
    const tail = [percent, counts, rate, note].filter((part) => part !== '').join('  ');
    return isTerminal ? `${label} ${paint(bar(share))} ${tail}` : `${label}  ${tail}`;
  };
  const draw = (note: string): void => {
    output.write(isTerminal ? `\r\u001b[2K${line(note)}` : `${line(note)}\n`);
  };
  return {
    update: (done, note = '') => {
      count = done;
      if (isTerminal) {
        if (now() - drawn < redrawMs) return;
        drawn = now();
        draw(note);
      } else if (Math.floor(count / plainEvery) > Math.floor(printed / plainEvery)) {
        printed = count;
        draw(note);
      }
    },
    done: (note = '') => {
      // A pipe that has just been told the last count needs no second line.
      if (isTerminal || printed !== count || note !== '') draw(note);
      if (isTerminal) output.write('\n');
    },
  };
}

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
}

function painter(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): (text: string) => string {
  const isPlain = !isTerminal || (environment['NO_COLOR'] ?? '') !== '';
  return isPlain ? (text) => text : (text) => `\u001b[36m${text}\u001b[0m`;
}

/** A count with commas between thousands, whatever the machine's locale. */
function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

export type Cell = string | number;

/** Rows as aligned columns: numbers to the right, text to the left; the first row is the head. */
export function formatTable(rows: readonly (readonly Cell[])[]): string {
  const shown = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? formatCount(cell) : cell)),
  );
  const widths: number[] = [];
  for (const row of shown) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, [...cell].length);
    }
  }
  const isNumeric = widths.map((_width, index) =>
    rows.slice(1).every((row) => typeof (row[index] ?? 0) === 'number'),
  );
  const lines = shown.map((row) =>
    row
      .map((cell, index) => {
        const space = ' '.repeat(widths[index]! - [...cell].length);
        return isNumeric[index] ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].map((text) => `${text}\n`).join('');
}

/** Prints rows as an aligned table on stdout. */
export function table(rows: readonly (readonly Cell[])[], output: Output = process.stdout): void {
  output.write(formatTable(rows));
}
