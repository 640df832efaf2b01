import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

/** How often each cell was read, by what the sensor said: plain data, fit for savepoints. */
export interface BeliefCounts {
  /** Readings that said yes, by cell. */
  readonly positive: number[];
  /** Readings that said no, by cell. */
  readonly negative: number[];
}

/**
 * A prior that is learnt from the readings: it begins at `present / (present + absent)` and weighs
 * as much as that many cells whose content is known.
 */
export interface LearntPrior {
  /** Pseudo-count of cells that hold the thing, above 0. */
  readonly present: number;
  /** Pseudo-count of cells that do not, above 0. */
  readonly absent: number;
}

/** Options of {@link cellBelief}. */
export interface CellBeliefOptions {
  /** How many cells there are, at most 1,048,576. */
  readonly cells: number;
  /** Probability that a cell holds the thing before anything is read, the same for all cells. */
  readonly prior: number | LearntPrior;
  /** Probability that the sensor says yes of a cell without it. */
  readonly falsePositive: number;
  /** Probability that it says no of a cell with it. */
  readonly falseNegative: number;
  /** Readings so far; they are kept up to date. Default: none yet. */
  readonly counts?: BeliefCounts;
}

/** What is believed of cells that a sensor reads with known errors; made by {@link cellBelief}. */
export interface CellBelief {
  /** The readings so far, which is all that it remembers. */
  readonly counts: BeliefCounts;
  /** The prior in force: the one given, or what the readings have taught. */
  prior(): number;
  /** Takes one reading of a cell. */
  read(cell: number, isPositive: boolean): void;
  /** Probability that a cell holds the thing, given all readings. */
  probability(cell: number): number;
}

/**
 * A belief over cells, each of which holds a thing or not, independently of the others, from a
 * sensor whose errors are independent: Bayes' rule in log odds, as occupancy grids use it (Moravec
 * and Elfes, "High resolution maps from wide angle sonar", ICRA 1985; Thrun, Burgard and Fox,
 * "Probabilistic Robotics", 2005, chapter 9). Only counts are kept, so the order of readings
 * changes nothing, not even the last bit.
 *
 * A learnt prior is the share of cells under which all readings so far are most probable, given
 * the pseudo-counts (empirical Bayes, maximum a posteriori under a Beta prior); a cell that was
 * never read changes nothing.
 *
 * @throws KnhkError KNHK_LOOP_OPTION; `read` and `probability` throw it where there is no such cell
 * @example
 * const mines = cellBelief({ cells: 3, prior: 0.1, falsePositive: 0.1, falseNegative: 0.2 });
 * mines.probability(0).toFixed(3); // => '0.100'
 * mines.read(0, true);
 * mines.probability(0).toFixed(3); // => '0.471'
 * mines.read(0, true);
 * mines.probability(0).toFixed(3); // => '0.877'
 * mines.probability(1).toFixed(3); // => '0.100'
 * mines.counts; // => { positive: [2, 0, 0], negative: [0, 0, 0] }
 */
export function cellBelief(options: CellBeliefOptions): CellBelief {
  checkOptions(options);
  return new CountedBelief(options);
}

const where = 'cellBelief';

function checkOptions(options: CellBeliefOptions): void {
  const { cells, prior, falsePositive, falseNegative, counts } = options;
  if (!Number.isInteger(cells) || cells < 1 || cells > limits.beliefCells) {
    const expected = `an integer from 1 to ${limits.beliefCells}`;
    fail('KNHK_LOOP_OPTION', `${where}, cells`, expected, cells);
  }
  checkShare(falsePositive, 'falsePositive');
  checkShare(falseNegative, 'falseNegative');
  if (typeof prior === 'number') checkShare(prior, 'prior');
  else {
    const isUsable = [prior.present, prior.absent].every((count) => count > 0 && count < 1e9);
    if (!isUsable) fail('KNHK_LOOP_OPTION', `${where}, prior`, 'counts above 0', prior);
  }
  if (counts === undefined) return;
  for (const list of [counts.positive, counts.negative]) {
    const isCounts = Array.isArray(list) && list.length === cells && list.every(isCount);
    if (!isCounts) fail('KNHK_LOOP_OPTION', `${where}, counts`, 'a count for each cell', list);
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** A sensor that never errs would make one contradicting reading undecidable. */
function checkShare(value: number, name: string): void {
  if (value > 0 && value < 1) return;
  fail('KNHK_LOOP_OPTION', `${where}, ${name}`, 'above 0 and below 1', value);
}

class CountedBelief implements CellBelief {
  readonly counts: BeliefCounts;
  readonly #cells: number;
  readonly #pseudo: LearntPrior | undefined;
  readonly #positive: number;
  readonly #negative: number;
  #prior: number | undefined;

  constructor({ cells, prior, falsePositive, falseNegative, counts }: CellBeliefOptions) {
    const none = (): number[] => Array.from({ length: cells }, () => 0);
    this.counts = counts ?? { positive: none(), negative: none() };
    this.#cells = cells;
    this.#positive = Math.log((1 - falseNegative) / falsePositive);
    this.#negative = Math.log(falseNegative / (1 - falsePositive));
    if (typeof prior === 'number') this.#prior = prior;
    else this.#pseudo = prior;
  }

  prior(): number {
    this.#prior ??= this.#learnt(this.#pseudo!);
    return this.#prior;
  }

  read(cell: number, isPositive: boolean): void {
    this.#check(cell);
    const list = isPositive ? this.counts.positive : this.counts.negative;
    list[cell]!++;
    if (this.#pseudo !== undefined) this.#prior = undefined;
  }

  probability(cell: number): number {
    this.#check(cell);
    const prior = this.prior();
    return share(Math.log(prior / (1 - prior)) + this.#evidence(cell));
  }

  #check(cell: number): void {
    if (Number.isInteger(cell) && cell >= 0 && cell < this.#cells) return;
    fail('KNHK_LOOP_OPTION', `${where}, cell`, `an integer below ${this.#cells}`, cell);
  }

  /** Log of how much more probable a cell's readings are with the thing than without it. */
  #evidence(cell: number): number {
    const { positive, negative } = this.counts;
    return positive[cell]! * this.#positive + negative[cell]! * this.#negative;
  }

  /** The logarithm of the posterior is concave in the prior, so its one maximum is bisected. */
  #learnt({ present, absent }: LearntPrior): number {
    const evidence: number[] = [];
    for (let cell = 0; cell < this.#cells; cell++) {
      evidence.push(this.#evidence(cell));
    }
    let low = 0;
    let high = 1;
    for (let round = 0; round < bisections; round++) {
      const middle = (low + high) / 2;
      const logOdds = Math.log(middle / (1 - middle));
      // With the expected counts in place of the known ones, the slope's sign is this one's.
      let expected = present;
      for (const one of evidence) expected += share(logOdds + one);
      if (expected > middle * (present + absent + evidence.length)) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }
}

const bisections = 48;

/** Logistic function: a probability from its log odds. */
const share = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
