import type { Machine } from './machine.ts';

/** The parts of a stream that the command line uses. */
export interface OutputStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Where a command reads its surroundings and writes to; tests give their own. */
export interface Io {
  /** Results alone. */
  readonly stdout: OutputStream;
  /** Progress and errors. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly machine: Machine;
}

/** What the process ends with. */
export const exitCodes: {
  readonly fine: 0;
  readonly finding: 1;
  readonly usage: 2;
  readonly unreadable: 3;
} = { fine: 0, finding: 1, usage: 2, unreadable: 3 };

/** One of {@link exitCodes}. */
export type ExitCode = 0 | 1 | 2 | 3;

/** A mistake on the command line: exit code 2. */
export class UsageError extends Error {}

const colours = { green: 32, red: 31, yellow: 33 } as const;

/** Colours text on a terminal, unless NO_COLOR is set (no-color.org). */
export function paint(io: Io, colour: keyof typeof colours, text: string): string {
  const isPlain = io.stdout.isTTY !== true || (io.env['NO_COLOR'] ?? '') !== '';
  return isPlain ? text : `\u001b[${colours[colour]}m${text}\u001b[0m`;
}

/** Text from a log with control characters spelt out, so that it cannot steer a terminal. */
export function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One cell of a table; numbers stand to the right, and so does a dash among them. */
export type Cell = string | number;

/** Rows as aligned columns; the first row is the head. */
export function formatTable(rows: readonly (readonly Cell[])[]): string {
  const shown = rows.map((row) =>
    row.map((cell) => harmless(String(cell)).replaceAll('\n', '\\u000a')),
  );
  const widths: number[] = [];
  for (const row of shown) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, [...cell].length);
    }
  }
  const isNumeric = widths.map((_, index) =>
    isNumbers(rows.slice(1).map((row) => row[index] ?? '-')),
  );
  const lines = shown.map((row) =>
    row
      .map((cell, index) => {
        const space = ' '.repeat((widths[index] as number) - [...cell].length);
        return isNumeric[index] ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function isNumbers(cells: readonly Cell[]): boolean {
  const others = cells.filter((cell) => typeof cell !== 'number');
  return others.length < Math.max(1, cells.length) && others.every((cell) => cell === '-');
}

/** Names and values, a line each, the values aligned. */
export function formatPairs(pairs: readonly (readonly [string, string | number])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs
    .map(([name, value]) => `${name.padEnd(width)}  ${harmless(String(value))}\n`)
    .join('');
}

/** Indented JSON for people, harmless on a terminal. */
export function formatJson(value: unknown): string {
  return `${harmless(JSON.stringify(value, undefined, 2))}\n`;
}

/** Time of a leaf as people read it. */
export function formatTime(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? String(timeMs) : date.toISOString();
}

const ageUnits = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const;

/** A duration in the largest unit that it fills twice. */
export function formatAge(ms: number): string {
  const [unit, unitMs] = ageUnits.find(([, size]) => ms >= 2 * size) ?? ['seconds', 1_000];
  return `${Math.floor(ms / unitMs)} ${unit}`;
}

const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A size as people read it. */
export function formatBytes(bytes: number): string {
  const step = bytes < 1_024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1_024 ** step;
  // Three digits, but never 1.00e+3.
  const digits = step === 0 || value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
  return `${digits} ${byteUnits[step]}`;
}
