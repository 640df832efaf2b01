/** Steps between two words: letters inserted, left out or replaced, and neighbours swapped. */
function distance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let at = 1; at <= left.length; at++) {
    const next = [at];
    for (let to = 1; to <= right.length; to++) {
      const same = left[at - 1] === right[to - 1];
      let steps = Math.min(
        (row[to] as number) + 1,
        (next[to - 1] as number) + 1,
        (row[to - 1] as number) + (same ? 0 : 1),
      );
      if (at > 1 && to > 1 && left[at - 1] === right[to - 2] && left[at - 2] === right[to - 1]) {
        steps = Math.min(steps, (before[to - 2] as number) + 1);
      }
      next.push(steps);
    }
    before = row;
    row = next;
  }
  return row[right.length] as number;
}

const comparedMax = 64;

/**
 * The known name that a misspelt one probably means: at most a third of its letters differ, upper
 * and lower case aside; undefined where none is that near.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > comparedMax) return undefined;
  const lower = name.toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= fewest) continue;
    const steps = distance(lower, candidate.toLowerCase());
    if (steps < fewest) {
      fewest = steps;
      best = candidate;
    }
  }
  return best;
}
