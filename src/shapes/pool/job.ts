import { monotonicMs } from '../../base/clock.ts';
import type { Item } from './item.ts';
import { fits, type Work } from './work.ts';

// Below this a new thread could hardly answer in what is left of the time.
const worthTakingApartMs = 200;

/** Items that cross to a thread together. */
export class Job {
  readonly work: Work;
  readonly #items: Item[] = [];
  readonly #onGone: (job: Job, left: number) => void;
  readonly stop: AbortController = new AbortController();
  state: 'waits' | 'runs' | 'over' = 'waits';
  /** What is on the thread, in the order of the task. */
  sent: readonly Item[] = [];
  slot = -1;
  patience: ReturnType<typeof setTimeout> | undefined;
  watch: ReturnType<typeof setInterval> | undefined;
  #size = 0;
  #open = 0;

  constructor(work: Work, items: readonly Item[], onGone: (job: Job, left: number) => void) {
    this.work = work;
    this.#onGone = onGone;
    for (const item of items) this.#take(item);
  }

  /** Items without an answer. */
  get open(): readonly Item[] {
    return this.#items.filter(({ settled }) => !settled);
  }

  /** Takes as many as there is room for, and returns the others. */
  topUp(items: readonly Item[]): readonly Item[] {
    let count = 0;
    for (const item of items) {
      if (!fits(this.#items, this.#size, item)) break;
      this.#take(item);
      count++;
    }
    return items.slice(count);
  }

  /**
   * Half of the time that is left for several items: then they are taken apart, so that one that
   * never ends does not take the others' time with it. Undefined where that cannot help.
   */
  patienceMs(): number | undefined {
    if (this.sent.length < 2) return undefined;
    const until = Math.min(...this.sent.map(({ deadlineAt }) => deadlineAt));
    const patience = (until - monotonicMs()) / 2;
    return patience < worthTakingApartMs ? undefined : patience;
  }

  #take(item: Item): void {
    this.#items.push(item);
    this.#size += item.size;
    this.#open++;
    // An item belongs to one job at a time: a later one takes this place.
    item.onGone = () => this.#onGone(this, --this.#open);
  }
}
