import { limits } from '../base/limits.ts';
import { bind, compileProgram } from '../kernel/program.ts';
import { matchInto } from '../kernel/run.ts';
import type { Condition, Operand } from '../terms/conditions.ts';
import type { Field, Fields } from '../terms/fields.ts';
import { seenField, seenOf } from '../terms/operands.ts';
import type { Data } from '../terms/read.ts';
import type { FieldValue, Scalar } from '../terms/scalars.ts';
import { panes, type WindowSpec } from './windows.ts';

/** One key of a window: panes in ascending order with their values, or a run's length. */
interface Entry {
  newest: number;
  panes: number[];
  values: number[];
  /** distinct: newest pane of each value. */
  seen?: Map<Scalar, number>;
}

type EntryJson = readonly [
  key: string,
  newest: number,
  panes: readonly number[],
  values: readonly number[],
  seen?: readonly (readonly [Scalar, number])[],
];

/** A window's state as a savepoint keeps it. */
export type WindowJson = readonly EntryJson[];

const whereLane = 1;
const runLane = 2;

/** The window's conditions as a kernel program: lane 0 is `where`, lane 1 `consecutive`. */
function matcherOf(spec: WindowSpec, fields: Fields): (data: Data) => number {
  const laneOf = (conditions: readonly Condition[]) => ({
    absentHolds: false,
    conditions: conditions.map((condition) => {
      const { kind, of } = fieldOf(condition.left, fields);
      return bind(condition, kind, noParameter, of?.kind);
    }),
  });
  const run = 'consecutive' in spec.aggregate ? [spec.aggregate.consecutive] : [];
  const program = compileProgram([laneOf(spec.where), laneOf(run)]);
  const bits = new Int32Array(program.words);
  return (data) => {
    matchInto(program, (operand) => seenOf(operand, data[fieldName(operand)]), bits);
    return bits[0]!;
  };
}

const fieldName = (operand: Operand): string => ('field' in operand ? operand.field : '');

/** A field that the declaration no longer has is read as absent text. */
function fieldOf(operand: Operand, fields: Fields): Field {
  const field = fields[fieldName(operand)] ?? { kind: 'string', optional: true };
  return seenField(operand, field);
}

// defineWindow refuses parameters, so there is nothing to bind.
const noParameter = (): Scalar => 0;

/** Windows over integers stop at the largest exact one rather than losing exactness. */
const saturate = (value: number): number =>
  Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value)) + 0;

function rename(seen: Map<Scalar, number>, nameOf: (value: string) => string | undefined): void {
  for (const [value, pane] of [...seen]) {
    const name = nameOf(String(value));
    if (name === undefined) continue;
    seen.delete(value);
    seen.set(name, Math.max(pane, seen.get(name) ?? pane));
  }
}

/**
 * The fold of one window: sliding over `perMs` in 60 panes aligned to 0, by key; a late observation
 * counts at the newest time seen of its key. Keys beyond the limit push out the least recently
 * advanced one.
 */
export class WindowState {
  readonly spec: WindowSpec;
  readonly #paneMs: number;
  readonly #keysMax: number;
  // A Map keeps insertion order; advancing reinserts, so the first key is the oldest one.
  readonly #entries = new Map<string, Entry>();

  readonly #matches: (data: Data) => number;

  /** @param fields the declared fields of the window's observation type */
  constructor(spec: WindowSpec, fields: Fields, keysMax: number = limits.windowKeys) {
    this.spec = spec;
    this.#matches = matcherOf(spec, fields);
    this.#paneMs = (spec.perMs ?? panes) / panes;
    this.#keysMax = keysMax;
  }

  /** The value at a key as it stands at `at`; undefined for max without a value. */
  read(key: string, at: number): number | undefined {
    const { aggregate } = this.spec;
    const entry = this.#entries.get(key);
    if (entry === undefined) return 'max' in aggregate ? undefined : 0;
    if ('consecutive' in aggregate) return entry.values[0] as number;
    const oldest = this.#pane(Math.max(at, entry.newest)) - panes;
    if (entry.seen !== undefined) {
      let count = 0;
      for (const pane of entry.seen.values()) if (pane > oldest) count++;
      return count;
    }
    let value: number | undefined;
    for (let index = 0; index < entry.panes.length; index++) {
      if (entry.panes[index]! <= oldest) continue;
      const pane = entry.values[index]!;
      value =
        value === undefined ? pane : 'max' in aggregate ? Math.max(value, pane) : value + pane;
    }
    return value === undefined ? ('max' in aggregate ? undefined : 0) : saturate(value);
  }

  /** Folds one observation of the window's type in. */
  advance(data: Data, at: number): void {
    const { aggregate, key: keyField } = this.spec;
    const key = data[keyField];
    const matches = this.#matches(data);
    if (key === undefined || (matches & whereLane) === 0) return;
    const name = String(key);
    const entry = this.#entries.get(name) ?? { newest: at, panes: [], values: [] };
    this.#entries.delete(name);
    if (this.#entries.size >= this.#keysMax) {
      this.#entries.delete(this.#entries.keys().next().value as string);
    }
    this.#entries.set(name, entry);
    entry.newest = Math.max(entry.newest, at);
    if ('consecutive' in aggregate) {
      entry.values[0] = (matches & runLane) !== 0 ? saturate((entry.values[0] ?? 0) + 1) : 0;
      return;
    }
    this.#fold(entry, data);
  }

  #fold(entry: Entry, data: Data): void {
    const { aggregate } = this.spec;
    const pane = this.#pane(entry.newest);
    while (entry.panes.length > 0 && entry.panes[0]! <= pane - panes) {
      entry.panes.shift();
      entry.values.shift();
    }
    if ('distinct' in aggregate) {
      this.#foldDistinct(entry, data[aggregate.distinct], pane);
      return;
    }
    const value =
      'sum' in aggregate ? data[aggregate.sum] : 'max' in aggregate ? data[aggregate.max] : 1;
    if (typeof value !== 'number') return;
    const last = entry.panes.length - 1;
    if (entry.panes[last] !== pane) {
      entry.panes.push(pane);
      entry.values.push(value);
    } else if ('max' in aggregate) {
      entry.values[last] = Math.max(entry.values[last]!, value);
    } else {
      entry.values[last] = saturate(entry.values[last]! + value);
    }
  }

  #foldDistinct(entry: Entry, value: FieldValue | undefined, pane: number): void {
    entry.seen ??= new Map();
    // A list is no value that a window counts; defineWindow refuses it.
    if (value === undefined || typeof value === 'object') return;
    for (const [old, seenAt] of entry.seen) if (seenAt <= pane - panes) entry.seen.delete(old);
    // At the limit new values are not counted any more: the count says "at least".
    if (entry.seen.has(value) || entry.seen.size < limits.windowDistinct) {
      entry.seen.set(value, pane);
    }
  }

  /**
   * Forgets what is known at the keys of an erased subject. Where it is a value that was counted,
   * its name stands for it from now on: how many there were does not change, unless it came back
   * after an erasure and counted twice.
   *
   * @param nameOf the name of the subject for what is it, undefined for anything else
   */
  forget(nameOf: (value: string) => string | undefined): void {
    for (const [key, { seen }] of this.#entries) {
      if (nameOf(key) !== undefined) this.#entries.delete(key);
      else if (seen !== undefined) rename(seen, nameOf);
    }
  }

  #pane(at: number): number {
    return Math.floor(at / this.#paneMs) + 0;
  }

  toJSON(): WindowJson {
    return [...this.#entries].map(([key, entry]) =>
      entry.seen === undefined
        ? [key, entry.newest, entry.panes, entry.values]
        : [key, entry.newest, entry.panes, entry.values, [...entry.seen]],
    );
  }

  /** Puts a saved state back; the window must be empty. */
  restore(saved: WindowJson): void {
    for (const [key, newest, paneList, values, seen] of saved) {
      const entry: Entry = { newest, panes: [...paneList], values: [...values] };
      if (seen !== undefined) entry.seen = new Map(seen);
      this.#entries.set(key, entry);
    }
  }
}
