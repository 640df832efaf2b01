/** Six significant digits: evidence is for people and for golden files. */
export function round(value: number): number {
  return Number(value.toPrecision(6)) + 0;
}

/**
 * How surprising a count of independent trials is that has one probability: in nats, so that a
 * count as far off or farther, on its side, has a probability of at most exp(-surprise). Chernoff's
 * bound in Hoeffding's form (1963): trials times the Kullback-Leibler divergence.
 */
export function binomialSurprise(count: number, trials: number, probability: number): number {
  if (trials === 0) return 0;
  const share = count / trials;
  return trials * (part(share, probability) + part(1 - share, 1 - probability));
}

function part(share: number, expected: number): number {
  return share === 0 ? 0 : share * Math.log(share / expected);
}

/**
 * How surprising a share is where the share before was another, in nats, were both of one
 * population: given their sum the count is hypergeometric, whose tails lie below those of the
 * binomial (Hoeffding 1963, section 6), whichever of trials, marked and unmarked ones is drawn.
 */
export function shareSurprise(
  count: number,
  trials: number,
  countBefore: number,
  trialsBefore: number,
): number {
  const all = trials + trialsBefore;
  const marked = count + countBefore;
  if (trials === 0 || trialsBefore === 0 || marked === 0 || marked === all) return 0;
  const drawn = trials / all;
  return Math.max(
    binomialSurprise(count, trials, marked / all),
    binomialSurprise(count, marked, drawn),
    binomialSurprise(trials - count, all - marked, drawn),
  );
}

/** The confidence that a surprise stands for. */
export function confidenceOf(surprise: number): number {
  return round(-Math.expm1(-surprise));
}

/** Variance over mean of counts, at least 1: what a Poisson process has. */
export function dispersionOf(counts: readonly number[], from: number, to: number): number {
  let sum = 0;
  let squares = 0;
  for (let index = from; index < to; index++) {
    sum += counts[index]!;
    squares += counts[index]! ** 2;
  }
  const mean = sum / (to - from);
  if (mean === 0) return 1;
  return Math.max(1, (squares - sum * mean) / (to - from - 1) / mean);
}
