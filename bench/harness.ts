/** Something to be timed. It must use every result, or the compiler removes the work. */
export interface Contestant {
  readonly name: string;
  /** Operations per round, where the measurement's number would take too long. */
  readonly iterations?: number;
  /** Runs this many operations and returns a checksum over what they gave. */
  run(iterations: number): number | Promise<number>;
}

export interface MeasureOptions {
  readonly contestants: readonly Contestant[];
  /** Operations per contestant and round. */
  readonly iterations: number;
  /** At least 9, so that the median means something; the default is 9. */
  readonly rounds?: number;
  /** `differ` only where contestants cannot give the same results; say why where it is set. */
  readonly checksums?: 'equal' | 'differ';
  /** Milliseconds that only run forwards; for tests. */
  readonly now?: () => number;
}

/** Nanoseconds per operation of one contestant. */
export interface Measured {
  readonly name: string;
  readonly minNs: number;
  readonly medianNs: number;
  readonly checksum: number;
}

const roundsMin = 9;

/**
 * Times contestants in interleaved rounds: each round runs all of them, starting with another
 * one, so that a change in the machine's speed meets them alike. A round before warms up.
 *
 * @throws Error when contestants that should agree give different checksums
 */
export async function measure(options: MeasureOptions): Promise<Measured[]> {
  const { contestants, rounds = roundsMin } = options;
  const iterationsOf = ({ iterations = options.iterations }: Contestant): number => iterations;
  const now = options.now ?? (() => performance.now());
  if (rounds < roundsMin) throw new Error(`at least ${roundsMin} rounds, not ${rounds}`);
  if (contestants.some((contestant) => iterationsOf(contestant) < 1)) {
    throw new Error('at least one iteration');
  }
  const checksums: number[] = [];
  for (const contestant of contestants) {
    checksums.push(await contestant.run(iterationsOf(contestant)));
  }
  if (options.checksums !== 'differ') compareChecksums(contestants, checksums);
  const samples: number[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length;
      const contestant = contestants[index]!;
      const iterations = iterationsOf(contestant);
      const start = now();
      const pending = contestant.run(iterations);
      // Awaiting a plain number would add a turn of the event loop to the time.
      const checksum = typeof pending === 'number' ? pending : await pending;
      samples[index]!.push(((now() - start) * 1e6) / iterations);
      if (!Object.is(checksum, checksums[index])) {
        throw new Error(`${contestant.name}: ${checksum} in round ${round}, ${checksums[index]}`);
      }
    }
  }
  return contestants.map(({ name }, index) => ({
    name,
    minNs: Math.min(...samples[index]!),
    medianNs: median(samples[index]!),
    checksum: checksums[index]!,
  }));
}

function compareChecksums(contestants: readonly Contestant[], checksums: readonly number[]): void {
  const other = checksums.findIndex((checksum) => !Object.is(checksum, checksums[0]));
  if (other < 0) return;
  const said = (index: number): string => `${contestants[index]!.name} gave ${checksums[index]}`;
  throw new Error(`contestants do different work: ${said(0)}, ${said(other)}`);
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return (quantile(values, 0.5, Math.floor) + quantile(values, 0.5, Math.ceil)) / 2;
}

/** The value at a share of the sorted list, by nearest rank. */
export function quantile(
  values: readonly number[],
  share: number,
  round: (rank: number) => number = Math.ceil,
): number {
  if (values.length === 0) throw new Error('no values');
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[round(share * (sorted.length - 1))]!;
}

/** One result. `ratio` is peer over ours where less is better; null where it does not apply. */
export interface Figure {
  readonly topic: string;
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string | null;
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly met: boolean | null;
}

/** What a topic says of a figure: the rest is null. */
export type FigureInput = Pick<Figure, 'figure' | 'value' | 'unit'> & Partial<Figure>;

/** What a topic gets. */
export interface BenchContext {
  /** Records a figure under the topic's name. */
  figure(entry: FigureInput): void;
  /** Imports a peer from bench/node_modules; the caller knows its shape. */
  peer<Module>(name: string): Promise<Module>;
  /**
   * Imports a module of dist by its path there, for what no entry exports; undefined where the
   * build has none. The caller knows its shape.
   */
  internal<Module>(path: string): Promise<Module | undefined>;
  /** A folder for files of this run; it is removed afterwards. */
  readonly directory: string;
}

/** A module in bench/topics. */
export interface Topic {
  /** Packages of bench/package.json that the topic needs. */
  readonly peers?: readonly string[];
  /** Takes minutes and gigabytes of disk. */
  readonly large?: boolean;
  run(context: BenchContext): Promise<void>;
}

/** Fills what was left out of a figure. */
export function completeFigure(topic: string, entry: FigureInput): Figure {
  const { figure, value, unit, peer = null, ratio = null, goal = null, met = null } = entry;
  return { topic: entry.topic ?? topic, figure, value, unit, peer, ratio, goal, met };
}

/** A number with three or four digits that say something. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  return value >= 1_000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

/** Figures as an aligned table. */
export function formatFigures(figures: readonly Figure[]): string {
  const head = ['topic', 'figure', 'value', 'unit', 'peer', 'ratio', 'goal', 'met'];
  const body = figures.map(({ topic, figure, value, unit, peer, ratio, goal, met }) => [
    ...[topic, figure, formatValue(value), unit, peer ?? ''],
    ...[ratio === null ? '' : `${formatValue(ratio)}x`, goal ?? ''],
    met === null ? '' : met ? 'yes' : 'NO',
  ]);
  const rows = [head, ...body];
  const widths = head.map((_, index) => Math.max(...rows.map((row) => row[index]!.length)));
  const numeric = new Set(['value', 'ratio'].map((name) => head.indexOf(name)));
  return rows
    .map((row) =>
      row
        .map((cell, index) =>
          numeric.has(index) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
