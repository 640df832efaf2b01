import { monotonicMs } from '../base/clock.ts';
import { fail, KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import type { ShapesGate, ShapesVerdict } from '../shapes/gate.ts';
import { channels } from './channels.ts';
import { report } from './operations.ts';
import { callersOf } from './reports.ts';

/** What the gate needs to know of one observation that waits for it. */
export interface Waiting {
  readonly declaration: string;
  readonly record: string;
  readonly subject: string;
  /** The caller's trace. */
  readonly trace: string | undefined;
  /** Called once with the verdict, or with why there is none. */
  settle(shapes: string, verdict: ShapesVerdict | KnhkError): void;
}

const durationsMax = 256;

/**
 * Collects observations into batches for the shapes gate. A batch leaves when the current turn of
 * the event loop ends or when it is full, and as many run at once as the pool has threads, so that
 * batches grow under load and a single observation does not wait.
 */
export class SigmaQueue {
  readonly #origin: string;
  readonly #gate: ShapesGate;
  readonly #running: number;
  #waiting: Waiting[] = [];
  readonly #durations: number[] = [];
  #batches = 0;
  #active = 0;
  #scheduled = false;
  #document: () => ShapesDocument;

  constructor(origin: string, gate: ShapesGate, document: () => ShapesDocument, running: number) {
    this.#origin = origin;
    this.#gate = gate;
    this.#document = document;
    this.#running = running;
  }

  /** p95 of the latest 256 batches in ms, null without any. */
  p95Ms(): number | null {
    const sorted = [...this.#durations].sort((left, right) => left - right);
    return sorted[Math.floor(0.95 * sorted.length)] ?? null;
  }

  push(item: Waiting): void {
    this.#waiting.push(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#active >= this.#running) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#active < this.#running && this.#waiting.length > 0) {
        // Spread over the free threads; one big batch would leave the others idle.
        const free = this.#running - this.#active;
        const share = Math.ceil(this.#waiting.length / free);
        void this.#run(this.#waiting.splice(0, Math.min(limits.shapesBatch, share)));
      }
    });
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#active++;
    const document = this.#document();
    const start = monotonicMs();
    try {
      const records = batch.map(({ declaration, record, subject }) => ({
        observation: declaration,
        record,
        subject,
      }));
      const verdicts = await this.#gate.validateEach(document, records);
      if (verdicts.length !== batch.length) {
        fail('KNHK_SHAPES_UNAVAILABLE', 'shapes gate', `${batch.length} verdicts`, verdicts.length);
      }
      this.#report(batch, monotonicMs() - start, verdicts);
      batch.forEach((item, index) => {
        item.settle(document.hash, verdicts[index]!);
      });
    } catch (error) {
      this.#report(batch, monotonicMs() - start, error);
      for (const item of batch) item.settle(document.hash, asKnhkError(error));
    } finally {
      this.#durations[this.#batches++ % durationsMax] = monotonicMs() - start;
      this.#active--;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  /** Tells of a batch before its observations go on, so that spans end in the order of work. */
  #report(batch: readonly Waiting[], durationMs: number, answer: unknown): void {
    if (!channels.operationEnd.hasSubscribers) return;
    const callers = callersOf(batch.map(({ trace }) => trace));
    const described = { name: 'shapes', origin: this.#origin, ...callers } as const;
    if (!Array.isArray(answer)) {
      report(described, durationMs, { error: answer });
      return;
    }
    const verdicts = answer as readonly (ShapesVerdict | KnhkError)[];
    const error = verdicts.find((verdict) => verdict instanceof KnhkError);
    if (error !== undefined) {
      report(described, durationMs, { error });
      return;
    }
    const violations = verdicts.filter((one) => 'conforms' in one && !one.conforms).length;
    report(described, durationMs, { facts: { records: batch.length, violations } });
  }
}

function asKnhkError(error: unknown): KnhkError {
  if (error instanceof KnhkError) return error;
  const got = error instanceof Error ? error.message : String(error);
  const details = { expected: 'verdicts', got, where: 'shapes gate' };
  return new KnhkError('KNHK_SHAPES_UNAVAILABLE', details, { cause: error });
}
