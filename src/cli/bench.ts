import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Args, readInteger } from './args.ts';
import { type BenchFigure, checkWork, figures } from './bench-figures.ts';
import { sayFault, sayProgress } from './faults.ts';
import { type ExitCode, exitCodes, formatTable, type Io } from './io.ts';

/** `bench`: figures of this machine, measured with the installed package alone. */
export async function bench(args: Args, io: Io): Promise<ExitCode> {
  const { json, options, isDataGiven, data } = args;
  const seconds = readInteger('--seconds', options['seconds'] ?? '5', 0, 60);
  const directory = mkdtempSync(
    join(isDataGiven ? placeFor(data) : io.machine.temporary(), 'knhk-bench-'),
  );
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const stop = (): void => {
    remove();
    process.exit(interrupted);
  };
  process.once('SIGINT', stop);
  try {
    sayProgress(io, json, `measuring in ${directory}`);
    // What is fast and wrong is worth nothing, so that comes first.
    const wrong = await checkWork(directory);
    if (wrong !== undefined) {
      const message = `this machine does not do its work: ${wrong}`;
      sayFault(io, json, {
        ...{ code: 'ERROR', message, where: directory },
        ...{ expected: 'receipts that verify', got: wrong },
      });
      return exitCodes.finding;
    }
    const measured = await figures(directory, seconds * 1_000);
    io.stdout.write(json ? measured.map(jsonLine).join('') : tableOf(measured));
    return exitCodes.fine;
  } finally {
    process.off('SIGINT', stop);
    remove();
  }
}

/** What shells expect of a process that Ctrl-C ended: 128 + SIGINT. */
const interrupted = 130;

/**
 * A directory on the file system of a data directory: the one above it, or, where it is mounted,
 * itself. A log overlooks what it has not made.
 */
function placeFor(data: string): string {
  let place = resolve(data);
  for (;;) {
    const above = dirname(place);
    const state = statSync(place, { throwIfNoEntry: false });
    if (state !== undefined && (above === place || statSync(above).dev !== state.dev)) return place;
    if (statSync(above, { throwIfNoEntry: false })?.isDirectory() === true) return above;
    place = above;
  }
}

function jsonLine({ figure, value, unit }: BenchFigure): string {
  const rest = { peer: null, ratio: null, goal: null, met: null };
  return `${JSON.stringify({ topic: 'self', figure, value, unit, ...rest })}\n`;
}

function tableOf(measured: readonly BenchFigure[]): string {
  const rows = measured.map(({ figure, value, unit }) => [figure, rounded(value), unit]);
  return formatTable([['FIGURE', 'VALUE', 'UNIT'], ...rows]);
}

/** Four digits: more would only be noise. */
const rounded = (value: number): number =>
  value >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));
