import { isCount, type Part } from './part.ts';

const hourMs = 3_600_000;
const dayHours = 24;
const weekHours = 168;
/** Ages of the profile: residuals are known from the second day, usual from the third on. */
const knownHours = dayHours;
const usualHours = 2 * dayHours;
/** Two weeks come before the week's profile is compared with. */
const weekKnownHours = 2 * weekHours;
/** Records that an hour's mean spans: five days of five-minute records, two months of hourly. */
const dayHorizon = 60;
const weekHorizon = 10;
/** Step of the mean absolute residuals, by which the profiles are compared. */
const step = 0.002;
/** The week's profile is taken where its residuals are smaller than this share of the day's. */
const weekShare = 0.75;

/**
 * What the series usually is at an hour of the day (UTC), and at one of the week; the residual
 * is what the record differs by. A series without a rhythm has about the same residuals from both
 * as from its recent mean, so it need not be known which have one.
 */
export class Profile implements Part {
  #firstHour = Number.NaN;
  readonly #day = new Float64Array(dayHours);
  readonly #dayCounts = new Float64Array(dayHours);
  readonly #week = new Float64Array(weekHours);
  readonly #weekCounts = new Float64Array(weekHours);
  #dayResidual = 0;
  #weekResidual = 0;
  #age = 0;

  /** @returns the record's residual, NaN while the profile cannot tell */
  add(value: number, at: number): number {
    const hour = Math.floor(at / hourMs);
    if (Number.isNaN(this.#firstHour)) this.#firstHour = hour;
    this.#age = hour - this.#firstHour;
    const ofDay = learn(this.#day, this.#dayCounts, hour, dayHorizon, value);
    const ofWeek = learn(this.#week, this.#weekCounts, hour, weekHorizon, value);
    if (this.#age < knownHours) return Number.NaN;
    if (this.#age < weekKnownHours || Number.isNaN(ofDay) || Number.isNaN(ofWeek)) return ofDay;
    this.#dayResidual += step * (Math.abs(ofDay) - this.#dayResidual);
    this.#weekResidual += step * (Math.abs(ofWeek) - this.#weekResidual);
    return this.#weekResidual < weekShare * this.#dayResidual ? ofWeek : ofDay;
  }

  /** Whether residuals have been seen at every hour of a day, so that one can be unusual. */
  get settled(): boolean {
    return this.#age >= usualHours;
  }

  save(): number[] {
    if (Number.isNaN(this.#firstHour)) return [];
    const head = [this.#firstHour, this.#dayResidual, this.#weekResidual];
    return [...head, ...this.#day, ...this.#dayCounts, ...this.#week, ...this.#weekCounts];
  }

  load(saved: readonly number[]): boolean {
    if (saved.length === 0) return true;
    if (saved.length !== 3 + 2 * (dayHours + weekHours)) return false;
    const [firstHour, dayResidual, weekResidual] = saved as [number, number, number];
    if (!Number.isSafeInteger(firstHour) || dayResidual < 0 || weekResidual < 0) return false;
    let from = 3;
    for (const kept of [this.#day, this.#dayCounts, this.#week, this.#weekCounts]) {
      kept.set(saved.slice(from, from + kept.length));
      from += kept.length;
    }
    this.#firstHour = firstHour;
    [this.#dayResidual, this.#weekResidual] = [dayResidual, weekResidual];
    return (
      this.#dayCounts.every((count) => isCount(count, dayHorizon)) &&
      this.#weekCounts.every((count) => isCount(count, weekHorizon))
    );
  }
}

/** The residual from the hour's mean, NaN for its first record; then the mean moves. */
function learn(
  means: Float64Array,
  counts: Float64Array,
  hour: number,
  horizon: number,
  value: number,
): number {
  // Hours before 1970 are negative.
  const slot = ((hour % means.length) + means.length) % means.length;
  const count = counts[slot]!;
  const residual = value - means[slot]!;
  const next = count < horizon ? count + 1 : horizon;
  counts[slot] = next;
  means[slot]! += residual / next;
  return count === 0 ? Number.NaN : residual;
}
