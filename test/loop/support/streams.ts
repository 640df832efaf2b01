import { generator, type TypeFigures } from './view.ts';

/** Times of independent arrivals, so many per ms, from one time to another. */
export function arrivals(seed: number, perMs: number, from: number, to: number): number[] {
  const random = generator(seed);
  const times: number[] = [];
  for (let at = from; ; ) {
    at -= Math.log1p(-random()) / perMs;
    if (at >= to) return times;
    times.push(at);
  }
}

/** A Poisson count. */
export function poisson(random: () => number, mean: number): number {
  let count = 0;
  for (let left = mean; ; count++) {
    left += Math.log1p(-random());
    if (left < 0) return count;
  }
}

/** Figures of a type as its definition has them, from the ascending times of all observations. */
export function figuresOf(
  type: string,
  times: readonly number[],
  now: number,
  windowMs = 3_600_000,
  paneMs = 60_000,
): TypeFigures {
  const pane = Math.floor(now / paneMs);
  const panes = new Array<number>(windowMs / paneMs).fill(0);
  let mean = 0;
  let longest = 0;
  times.forEach((at, index) => {
    const place = panes.length - 1 - (pane - Math.floor(at / paneMs));
    if (place >= 0) panes[place]!++;
    if (index === 0) return;
    const gap = at - times[index - 1]!;
    mean = index === 1 ? gap : mean + (gap - mean) / 16;
    longest = Math.max(longest, gap);
  });
  return {
    type,
    count: panes.reduce((sum, count) => sum + count, 0),
    total: times.length,
    firstAt: times[0]!,
    lastAt: times.at(-1)!,
    gapMs: { mean, longest },
    panes,
    latest: panes.at(-1)! + panes.at(-2)!,
    samples: { idle: [times.length - 1] },
  };
}
