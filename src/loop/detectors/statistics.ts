/** Six significant digits: evidence is for people and for golden files. */
export function round(value: number): number {
  return Number(value.toPrecision(6)) + 0;
}
