import type { RulesDocument } from '../../rules/document.ts';
import type { CycleCounts, MonitorView } from '../view.ts';

/** What the monitor folds: one sequenced observation, its hooks by name. */
export interface MonitorEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: { readonly [field: string]: unknown };
  readonly fired: readonly string[];
  readonly outcome: string;
  /** It came through observe(): a count leaf stands for it too. */
  readonly streamed?: boolean;
}

/** What a count leaf tells the monitor. */
export interface MonitorCount {
  readonly seq: number;
  readonly type: string;
  /** All that were observed, those with a leaf of their own included. */
  readonly observed: number;
}

const historyMax = 64;
const samplesMax = 8;
const recentMax = 4_096;

interface HookHistory {
  readonly fired: number[];
  readonly observed: number[];
}

interface OpenCycle {
  observed: Record<string, number>;
  fired: Record<string, number>;
  samples: Record<string, number[]>;
  failed: number;
  total: number;
  first: number;
  last: number;
}

const openCycle = (): OpenCycle => ({
  observed: {},
  fired: {},
  samples: {},
  failed: 0,
  total: 0,
  first: -1,
  last: -1,
});

/** The monitor's state as a savepoint keeps it. */
export interface MonitorJson {
  readonly cycle: number;
  readonly open: OpenCycle;
  readonly history: { readonly [hook: string]: HookHistory };
  readonly recent: {
    readonly [key: string]: { readonly next: number; readonly values: readonly number[] };
  };
  /** Absent in older savepoints. */
  readonly uncounted?: { readonly [type: string]: number };
}

/**
 * Counts per hook and cycle, and the latest values of the fields that parameters are compared
 * with. O(1) per observation, bounded memory, a deterministic fold over the log.
 */
export class Monitor {
  #document: RulesDocument;
  #tracked: ReadonlyMap<string, readonly string[]>;
  #cycle = 1;
  #open = openCycle();
  readonly #history = new Map<string, HookHistory>();
  readonly #recent = new Map<string, { next: number; readonly values: number[] }>();
  /** Streamed observations of each type that were heard of before the leaf that counts them. */
  readonly #uncounted = new Map<string, number>();

  constructor(document: RulesDocument) {
    this.#document = document;
    this.#tracked = trackedFields(document);
  }

  /** Observations of the open cycle. */
  get observed(): number {
    return this.#open.total;
  }

  get failed(): number {
    return this.#open.failed;
  }

  /** Streamed observations that fired nothing are known by their number alone. */
  count({ seq, type, observed }: MonitorCount): void {
    const idle = observed - (this.#uncounted.get(type) ?? 0);
    this.#uncounted.delete(type);
    if (idle <= 0) return;
    this.#add(seq, idle);
    this.#open.observed[type] = (this.#open.observed[type] ?? 0) + idle;
  }

  #add(seq: number, count: number): void {
    const open = this.#open;
    if (open.total === 0) open.first = seq;
    open.last = seq;
    open.total += count;
  }

  observe(event: MonitorEvent): void {
    const open = this.#open;
    this.#add(event.seq, 1);
    if (event.streamed === true) {
      this.#uncounted.set(event.type, (this.#uncounted.get(event.type) ?? 0) + 1);
    }
    if (event.outcome === 'failed') open.failed++;
    if (event.outcome === 'invalid') return;
    open.observed[event.type] = (open.observed[event.type] ?? 0) + 1;
    for (const hook of event.fired) {
      open.fired[hook] = (open.fired[hook] ?? 0) + 1;
      open.samples[hook] ??= [];
      const samples = open.samples[hook];
      if (samples.length < samplesMax) samples.push(event.seq);
    }
    for (const field of this.#tracked.get(event.type) ?? []) {
      const value = event.data[field];
      if (typeof value === 'number') this.#remember(`${event.type} ${field}`, value);
    }
  }

  #remember(key: string, value: number): void {
    let ring = this.#recent.get(key);
    if (ring === undefined) {
      ring = { next: 0, values: [] };
      this.#recent.set(key, ring);
    }
    ring.values[ring.next] = value;
    ring.next = (ring.next + 1) % recentMax;
  }

  /** Ends the open cycle: its counts become history. */
  closeCycle(): void {
    for (const hook of this.#document.hooks) {
      const history = this.#history.get(hook.name) ?? { fired: [], observed: [] };
      history.fired.push(this.#open.fired[hook.name] ?? 0);
      history.observed.push(this.#open.observed[hook.on] ?? 0);
      if (history.fired.length > historyMax) {
        history.fired.shift();
        history.observed.shift();
      }
      this.#history.set(hook.name, history);
    }
    this.#open = openCycle();
    this.#cycle++;
  }

  /** Follows a snapshot; a hook whose rules or parameters changed starts a new history. */
  follow(document: RulesDocument): void {
    for (const hook of document.hooks) {
      if (differs(hook, this.#document, document)) this.#history.delete(hook.name);
    }
    this.#document = document;
    this.#tracked = trackedFields(document);
  }

  /** Number of the cycle under way, from 1. */
  get cycle(): number {
    return this.#cycle;
  }

  view(): MonitorView {
    const open = this.#open;
    const counts: CycleCounts = {
      observed: { ...open.observed },
      fired: { ...open.fired },
      seqs: [open.first, open.last],
    };
    return {
      cycle: this.#cycle,
      open: counts,
      document: this.#document,
      samples: (hook) => open.samples[hook] ?? [],
      history: (hook) => {
        const { fired, observed } = this.#history.get(hook) ?? { fired: [], observed: [] };
        return fired.map((count, index) => ({ fired: count, observed: observed[index]! }));
      },
      recent: (type, field) => this.#recent.get(`${type} ${field}`)?.values ?? [],
      now: 0,
      windowMs: 3_600_000,
      paneMs: 60_000,
      types: () => [][Symbol.iterator](),
      type: () => undefined,
      fields: () => [][Symbol.iterator](),
      field: () => undefined,
    };
  }

  toJSON(): MonitorJson {
    return {
      cycle: this.#cycle,
      open: this.#open,
      history: Object.fromEntries(this.#history),
      recent: Object.fromEntries(this.#recent),
      uncounted: Object.fromEntries(this.#uncounted),
    };
  }

  restore(saved: MonitorJson): void {
    this.#cycle = saved.cycle;
    // Copied, because the savepoint's parsed object may be read again.
    this.#open = structuredClone(saved.open);
    for (const [hook, { fired, observed }] of Object.entries(saved.history)) {
      this.#history.set(hook, { fired: [...fired], observed: [...observed] });
    }
    for (const [key, { next, values }] of Object.entries(saved.recent)) {
      this.#recent.set(key, { next, values: [...values] });
    }
    for (const [type, count] of Object.entries(saved.uncounted ?? {})) {
      this.#uncounted.set(type, count);
    }
  }
}

/** Numeric fields that some hook compares with a parameter, by observation type. */
function trackedFields(document: RulesDocument): ReadonlyMap<string, readonly string[]> {
  const tracked = new Map<string, readonly string[]>();
  for (const hook of document.hooks) {
    for (const { left, right } of hook.when) {
      if (!('field' in left) || left.part !== undefined) continue;
      if (right === undefined || !('param' in right)) continue;
      const fields = tracked.get(hook.on) ?? [];
      if (!fields.includes(left.field)) tracked.set(hook.on, [...fields, left.field]);
    }
  }
  return tracked;
}

/** Whether a hook may fire at another rate under one document than under another. */
function differs(
  hook: RulesDocument['hooks'][number],
  before: RulesDocument,
  after: RulesDocument,
): boolean {
  const old = before.hooks.find(({ name }) => name === hook.name);
  if (old?.hash !== hook.hash || before.shapes !== after.shapes) return true;
  if (before.switches.includes(hook.name) !== after.switches.includes(hook.name)) return true;
  return hook.when.some(({ right }) => {
    if (right === undefined || !('param' in right)) return false;
    return before.parameters[right.param]?.value !== after.parameters[right.param]?.value;
  });
}
