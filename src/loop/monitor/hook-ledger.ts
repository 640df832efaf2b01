import type { RulesDocument } from '../../rules/document.ts';

const historyMax = 64;
const samplesMax = 8;
const recentMax = 4_096;

interface HookHistory {
  readonly fired: number[];
  readonly observed: number[];
}

interface Ring {
  next: number;
  readonly values: number[];
}

/** State of {@link HookLedger} as JSON. */
export interface LedgerJson {
  readonly fired: { readonly [hook: string]: number };
  readonly samples: { readonly [hook: string]: readonly number[] };
  readonly history: {
    readonly [hook: string]: {
      readonly fired: readonly number[];
      readonly observed: readonly number[];
    };
  };
  readonly recent: {
    readonly [key: string]: { readonly next: number; readonly values: readonly number[] };
  };
}

/**
 * What the monitor knows of hooks: firings of the open cycle, those of the cycles before, and the
 * latest values of the fields that parameters are compared with.
 */
export class HookLedger {
  #document: RulesDocument;
  #tracked: ReadonlyMap<string, readonly TrackedField[]>;
  #fired: Record<string, number> = {};
  #samples: Record<string, number[]> = {};
  readonly #history = new Map<string, HookHistory>();
  readonly #recent = new Map<string, Ring>();

  constructor(document: RulesDocument) {
    this.#document = document;
    this.#tracked = trackedFields(document);
  }

  get document(): RulesDocument {
    return this.#document;
  }

  /** The fields of a type that parameters are compared with, until another snapshot is followed. */
  tracked(type: string): readonly TrackedField[] | undefined {
    return this.#tracked.get(type);
  }

  /** Hooks fired on an observation. */
  fire(seq: number, fired: readonly string[]): void {
    for (const hook of fired) {
      this.#fired[hook] = (this.#fired[hook] ?? 0) + 1;
      this.#samples[hook] ??= [];
      const samples = this.#samples[hook];
      if (samples.length < samplesMax) samples.push(seq);
    }
  }

  /** The values of an observation in tracked fields. */
  read(tracked: readonly TrackedField[], data: { readonly [field: string]: unknown }): void {
    for (const { field, key } of tracked) {
      const value = data[field];
      if (typeof value === 'number') this.#remember(key, value);
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
  close(observed: (type: string) => number): void {
    for (const hook of this.#document.hooks) {
      const history = this.#history.get(hook.name) ?? { fired: [], observed: [] };
      history.fired.push(this.#fired[hook.name] ?? 0);
      history.observed.push(observed(hook.on));
      if (history.fired.length > historyMax) {
        history.fired.shift();
        history.observed.shift();
      }
      this.#history.set(hook.name, history);
    }
    this.#fired = {};
    this.#samples = {};
  }

  /** Follows a snapshot; a hook whose rules or parameters changed starts a new history. */
  follow(document: RulesDocument): void {
    for (const hook of document.hooks) {
      if (differs(hook, this.#document, document)) this.#history.delete(hook.name);
    }
    this.#document = document;
    this.#tracked = trackedFields(document);
  }

  /** Firings of the open cycle by hook. */
  fired(): { readonly [hook: string]: number } {
    return { ...this.#fired };
  }

  /** Seqs of the first firings of the open cycle; whoever asked keeps them when it closes. */
  samples(): (hook: string) => readonly number[] {
    const samples = this.#samples;
    return (hook) => samples[hook] ?? [];
  }

  history(hook: string): readonly { readonly fired: number; readonly observed: number }[] {
    const { fired, observed } = this.#history.get(hook) ?? { fired: [], observed: [] };
    return fired.map((count, index) => ({ fired: count, observed: observed[index]! }));
  }

  recent(type: string, field: string): readonly number[] {
    return this.#recent.get(keyOf(type, field))?.values ?? [];
  }

  toJSON(): LedgerJson {
    return {
      fired: this.#fired,
      samples: this.#samples,
      history: Object.fromEntries(this.#history),
      recent: Object.fromEntries(this.#recent),
    };
  }

  restore(saved: LedgerJson): void {
    // Copied, because the savepoint's parsed object may be read again.
    const { fired, samples, history, recent } = structuredClone(saved);
    this.#fired = fired as Record<string, number>;
    this.#samples = samples as Record<string, number[]>;
    for (const [hook, each] of Object.entries(history)) {
      this.#history.set(hook, each as HookHistory);
    }
    for (const [key, ring] of Object.entries(recent)) this.#recent.set(key, ring as Ring);
  }
}

/** A field that a parameter is compared with, and the key of its values. */
export interface TrackedField {
  readonly field: string;
  readonly key: string;
}

function keyOf(type: string, field: string): string {
  return `${type} ${field}`;
}

/** Numeric fields that some hook compares with a parameter, by observation type. */
function trackedFields(document: RulesDocument): ReadonlyMap<string, readonly TrackedField[]> {
  const tracked = new Map<string, readonly TrackedField[]>();
  for (const hook of document.hooks) {
    for (const { left, right } of hook.when) {
      if (!('field' in left) || left.part !== undefined) continue;
      if (right === undefined || !('param' in right)) continue;
      const fields = tracked.get(hook.on) ?? [];
      if (fields.some(({ field }) => field === left.field)) continue;
      tracked.set(hook.on, [...fields, { field: left.field, key: keyOf(hook.on, left.field) }]);
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
