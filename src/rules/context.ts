import { formatNumber, hashOf, quote, sortedKeys } from '../base/canonical.ts';
import { limits } from '../base/limits.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import type { Action } from './actions.ts';
import type { RulesDocument } from './document.ts';
import { type WindowJson, WindowState } from './windowState.ts';
import type { BudgetSpec, WindowSpec } from './windows.ts';

/** The values of windows and budgets that one evaluation used, as the payload stores them. */
export interface ContextValues {
  /** Value of each window at the observation's key, by name. */
  readonly windows?: { readonly [name: string]: number };
  /** Actions that left, by budget and key. */
  readonly budgets?: { readonly [name: string]: { readonly [key: string]: number } };
}

/** What evaluate reads context through; it remembers what it was asked for. */
export interface ContextView {
  window(name: string): number | undefined;
  /** Actions that left in (at - perMs, at] at this key. */
  budget(name: string, key: string): number;
  /** Every value this view has given out, and all windows of the type. */
  values(): ContextValues;
}

/** A view over stored values: for replay. Values that were not stored read as unknown. */
export function storedView(values: ContextValues): ContextView {
  return {
    window: (name) => values.windows?.[name],
    budget: (name, key) => {
      const keys = values.budgets?.[name];
      const left = keys !== undefined && Object.hasOwn(keys, key) ? keys[key] : undefined;
      return left ?? Number.POSITIVE_INFINITY;
    },
    values: () => values,
  };
}

/** Canonical text (RFC 8785) of context values; runs once per observation. */
export function contextText(values: ContextValues): string {
  const { budgets, windows } = values;
  let text = '{';
  if (budgets !== undefined) {
    const names = sortedKeys(budgets).map((name) => `"${name}":${countsText(budgets[name]!)}`);
    text += `"budgets":{${names.join(',')}}`;
  }
  if (windows !== undefined) {
    text += `${budgets === undefined ? '' : ','}"windows":${countsText(windows)}`;
  }
  return `${text}}`;
}

function countsText(counts: { readonly [name: string]: number }): string {
  let text = '';
  for (const name of sortedKeys(counts)) {
    const separator = text === '' ? '' : ',';
    text += `${separator}${quote(name, 'context')}:${formatNumber(counts[name]!, 'context')}`;
  }
  return `{${text}}`;
}

interface BudgetEntry {
  newest: number;
  /** Times at which actions left, ascending, the latest `max` of them. */
  times: number[];
}

/** The fold of one budget: exact times of what left, by key. */
class BudgetState {
  readonly spec: BudgetSpec;
  readonly #entries = new Map<string, BudgetEntry>();
  // Times up to here may have been forgotten when the table was full: unknown keys count as spent.
  #horizon = Number.NEGATIVE_INFINITY;

  constructor(spec: BudgetSpec) {
    this.spec = spec;
  }

  left(key: string, at: number): number {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return countSince(entry, at, this.spec.perMs);
    const known = this.#entries.size < limits.windowKeys && at - this.spec.perMs >= this.#horizon;
    return known ? 0 : this.spec.max;
  }

  spend(key: string, at: number): void {
    const entry = this.#entries.get(key) ?? { newest: at, times: [] };
    if (!this.#entries.has(key) && this.#entries.size >= limits.windowKeys) {
      this.#prune(at);
      if (this.#entries.size >= limits.windowKeys) {
        // No room, which only happens where no guard asks: unknown keys count as spent till then.
        this.#horizon = Math.max(this.#horizon, at);
        return;
      }
    }
    this.#entries.set(key, entry);
    entry.newest = Math.max(entry.newest, at);
    entry.times.push(entry.newest);
    if (entry.times.length > this.spec.max) entry.times.shift();
  }

  #prune(at: number): void {
    const before = at - this.spec.perMs;
    for (const [key, entry] of this.#entries) {
      if (entry.newest > before) continue;
      this.#entries.delete(key);
      this.#horizon = Math.max(this.#horizon, entry.newest);
    }
  }

  /** Forgets what left at the keys of an erased subject, which begin anew. */
  forget(nameOf: (key: string) => string | undefined): void {
    for (const key of this.#entries.keys()) {
      if (nameOf(key) !== undefined) this.#entries.delete(key);
    }
  }

  toJSON(): BudgetJson {
    const entries = [...this.#entries].map(
      ([key, { newest, times }]): BudgetEntryJson => [key, newest, times],
    );
    return { horizon: Number.isFinite(this.#horizon) ? this.#horizon : null, entries };
  }

  restore(saved: BudgetJson): void {
    this.#horizon = saved.horizon ?? Number.NEGATIVE_INFINITY;
    for (const [key, newest, times] of saved.entries) {
      this.#entries.set(key, { newest, times: [...times] });
    }
  }
}

type BudgetEntryJson = readonly [key: string, newest: number, times: readonly number[]];
interface BudgetJson {
  readonly horizon: number | null;
  readonly entries: readonly BudgetEntryJson[];
}

function countSince(entry: BudgetEntry, at: number, perMs: number): number {
  const start = Math.max(at, entry.newest) - perMs;
  let count = 0;
  for (let index = entry.times.length - 1; index >= 0 && entry.times[index]! > start; index--) {
    count++;
  }
  return count;
}

/** The state of all windows and budgets as a savepoint keeps it, each under its content hash. */
export interface ContextJson {
  readonly windows: { readonly [hash: string]: WindowJson };
  readonly budgets: { readonly [hash: string]: BudgetJson };
}

/**
 * All windows and budgets of a runtime: a deterministic fold over the log in seq order, read
 * before and advanced after an observation is sequenced.
 */
export class ContextState {
  #windows = new Map<string, WindowState>();
  #budgets = new Map<string, BudgetState>();
  #byType = new Map<string, WindowState[]>();
  #byAction = new Map<string, BudgetState[]>();
  #windowNamed = new Map<string, WindowState>();
  #budgetNamed = new Map<string, BudgetState>();

  /** Follows a snapshot: declared ones with an unchanged declaration keep their state. */
  follow(document: RulesDocument, observations: ReadonlyMap<string, Observation>): void {
    // A window over records that the current declaration cannot read is not alive.
    const windows = Object.values(document.windows).filter(
      ({ on }) => observations.get(on)?.hash === document.declarations[on],
    );
    const create = (spec: WindowSpec): WindowState =>
      new WindowState(spec, observations.get(spec.on)!.fields);
    // The declaration is part of the identity: with another one a window starts empty.
    const identity = (spec: WindowSpec): string =>
      hashOf('window-state', [document.declarations[spec.on], spec]);
    this.#windows = kept(this.#windows, windows, identity, create);
    const budgets = Object.values(document.budgets);
    this.#budgets = kept(this.#budgets, budgets, budgetHash, (spec) => new BudgetState(spec));
    this.#windowNamed = new Map([...this.#windows.values()].map((s) => [s.spec.name, s]));
    this.#budgetNamed = new Map([...this.#budgets.values()].map((s) => [s.spec.name, s]));
    this.#byType = groupBy([...this.#windows.values()], ({ spec }) => spec.on);
    this.#byAction = groupBy([...this.#budgets.values()], ({ spec }) => spec.on);
  }

  /** A view for one observation; windows are read at once, budgets when asked for. */
  view(type: string, data: Data, at: number): ContextView {
    const windows: Record<string, number> = {};
    let any = false;
    for (const state of this.#byType.get(type) ?? []) {
      const key = data[state.spec.key];
      const value = key === undefined ? undefined : state.read(String(key), at);
      if (value === undefined) continue;
      windows[state.spec.name] = value;
      any = true;
    }
    let budgets: Record<string, Record<string, number>> | undefined;
    return {
      window: (name) => windows[name],
      budget: (name, key) => {
        budgets ??= {};
        budgets[name] ??= {};
        // defineProperty, because a target may be called __proto__.
        const known = Object.hasOwn(budgets[name], key) ? budgets[name][key] : undefined;
        const left = known ?? this.#budgetNamed.get(name)?.left(key, at) ?? Number.MAX_SAFE_INTEGER;
        Object.defineProperty(budgets[name], key, { value: left, enumerable: true });
        return left;
      },
      values: () => ({
        ...(any ? { windows } : {}),
        ...(budgets === undefined ? {} : { budgets }),
      }),
    };
  }

  /** One window's value at a key; undefined for max without a value. */
  windowValue(name: string, key: string, at: number): number | undefined {
    return this.#windowNamed.get(name)?.read(key, at);
  }

  /** Folds one sequenced observation in: its data into windows, what left into budgets. */
  advance(type: string, data: Data, at: number, left: readonly Action[]): void {
    for (const state of this.#byType.get(type) ?? []) state.advance(data, at);
    for (const action of left) {
      for (const state of this.#byAction.get(action.type) ?? []) {
        const key = budgetKey(state.spec, action);
        if (key !== undefined) state.spend(key, at);
      }
    }
  }

  /**
   * Folds an erase leaf in: windows and budgets keyed by the subject itself begin anew; what they
   * hold at other keys stays, for it is about more than one subject. The leaf has only the
   * subject's name, so all keys are asked for theirs: live, restored and replayed state agree.
   *
   * @param nameOf the erased subject's name for what is that subject, undefined for anything else
   */
  forget(nameOf: (value: string) => string | undefined): void {
    for (const state of this.#windows.values()) state.forget(nameOf);
    for (const state of this.#budgets.values()) state.forget(nameOf);
  }

  toJSON(): ContextJson {
    return {
      windows: Object.fromEntries(
        [...this.#windows].map(([hash, state]) => [hash, state.toJSON()]),
      ),
      budgets: Object.fromEntries(
        [...this.#budgets].map(([hash, state]) => [hash, state.toJSON()]),
      ),
    };
  }

  /** Puts saved state back after {@link follow}; what is declared otherwise now starts empty. */
  restore(saved: ContextJson): void {
    for (const [hash, state] of this.#windows) {
      const json = saved.windows[hash];
      if (json !== undefined) state.restore(json);
    }
    for (const [hash, state] of this.#budgets) {
      const json = saved.budgets[hash];
      if (json !== undefined) state.restore(json);
    }
  }
}

/** The key of an action in a budget, or undefined where it has none. */
export function budgetKey(spec: BudgetSpec, action: Action): string | undefined {
  const value = spec.key === 'target' ? action.target : action.data[spec.key];
  return value === undefined || (typeof value === 'object' && value !== null)
    ? undefined
    : String(value);
}

const budgetHash = (spec: BudgetSpec): string => hashOf('budget', spec);

function kept<Spec, State>(
  states: ReadonlyMap<string, State>,
  specs: readonly Spec[],
  hash: (spec: Spec) => string,
  create: (spec: Spec) => State,
): Map<string, State> {
  return new Map(
    specs.map((spec) => {
      const key = hash(spec);
      return [key, states.get(key) ?? create(spec)];
    }),
  );
}

function groupBy<State>(
  states: readonly State[],
  key: (state: State) => string,
): Map<string, State[]> {
  const groups = new Map<string, State[]>();
  for (const state of states) groups.set(key(state), [...(groups.get(key(state)) ?? []), state]);
  return groups;
}
