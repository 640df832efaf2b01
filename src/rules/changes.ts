import { canonical, type Json } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import type { Condition } from '../terms/conditions.ts';
import type { Scalar } from '../terms/scalars.ts';
import { parameterProblem } from './catalogue.ts';
import {
  compareNames,
  hookEntry,
  hookOrder,
  parameterHash,
  type RulesDocument,
} from './document.ts';
import type { HookBody } from './hooks.ts';

/** One change to the rules, as data; it never carries code. */
export type Change =
  /** Gives a parameter another value of its kind, within its range. */
  | { readonly kind: 'parameter'; readonly name: string; readonly value: Scalar }
  /** Switches a hook or guard on or off. */
  | { readonly kind: 'switch'; readonly name: string; readonly enabled: boolean }
  /** Replaces all conditions of a hook. */
  | { readonly kind: 'conditions'; readonly hook: string; readonly when: readonly Condition[] }
  /** `enabled: false` adds the hook switched off, which takes back removing such a one. */
  | { readonly kind: 'add-hook'; readonly hook: HookBody; readonly enabled?: false }
  /** Removes a hook of templates; code is removed by a deploy. */
  | { readonly kind: 'remove-hook'; readonly hook: string }
  /** Replaces the shapes by the document with this hash; null for none. */
  | { readonly kind: 'shapes'; readonly shapes: string | null };

/** What a change is about, for messages and for listing dropped ones. */
export function changeName(change: Change): string {
  switch (change.kind) {
    case 'parameter':
    case 'switch':
      return change.name;
    case 'conditions':
    case 'remove-hook':
      return change.hook;
    case 'add-hook':
      return change.hook.name;
    case 'shapes':
      return 'shapes';
  }
}

/**
 * Applies a change to a document and gives the new one; the old one is untouched.
 *
 * @throws KnhkError KNHK_RULES_CHANGE where the change does not fit the document
 */
export function applyChange(document: RulesDocument, change: Change): RulesDocument {
  const bad = (expected: string, got: unknown): never =>
    fail('KNHK_RULES_CHANGE', `${change.kind} ${changeName(change)}`, expected, got);
  switch (change.kind) {
    case 'parameter': {
      const problem = parameterProblem(document, change.name, change.value);
      if (problem !== undefined) bad(problem, change.value);
      const body = { ...document.parameters[change.name]!, value: change.value };
      return { ...document, parameters: { ...document.parameters, [change.name]: body } };
    }
    case 'switch': {
      const known = [...document.hooks, ...document.guards].some(
        ({ name }) => name === change.name,
      );
      if (!known || typeof change.enabled !== 'boolean') bad('a hook or guard', change.name);
      const off = document.switches.filter((name) => name !== change.name);
      const switches = change.enabled ? off : [...off, change.name].sort(compareNames);
      return { ...document, switches };
    }
    case 'conditions': {
      const hook = document.hooks.find(({ name }) => name === change.hook);
      if (hook === undefined) return bad('a hook of this snapshot', change.hook);
      const changed = hookEntry({ ...hook, when: change.when });
      return withHooks(document, [...without(document, change.hook), changed]);
    }
    case 'add-hook': {
      const { hook } = change;
      if (hook.code !== 'act' || hook.act === undefined) bad('a template hook', hook.code);
      if (document.hooks.some(({ name }) => name === hook.name)) bad('a new name', hook.name);
      const added = withHooks(document, [...document.hooks, hookEntry(hook)]);
      if (change.enabled !== false) return added;
      return { ...added, switches: [...document.switches, hook.name].sort(compareNames) };
    }
    case 'remove-hook': {
      const hook = document.hooks.find(({ name }) => name === change.hook);
      if (hook?.act === undefined) return bad('a template hook of this snapshot', change.hook);
      return withHooks(
        { ...document, switches: document.switches.filter((name) => name !== change.hook) },
        without(document, change.hook),
      );
    }
    case 'shapes':
      return { ...document, shapes: change.shapes };
    default:
      return fail('KNHK_RULES_CHANGE', 'change', 'a known kind of change', change);
  }
}

type HookEntries = RulesDocument['hooks'];

function without(document: RulesDocument, name: string): HookEntries {
  return document.hooks.filter((hook) => hook.name !== name);
}

function withHooks(document: RulesDocument, hooks: HookEntries): RulesDocument {
  return { ...document, hooks: [...hooks].sort(hookOrder) };
}

/** The change that takes a change back, read off the document it will be applied to. */
export function inverseOf(document: RulesDocument, change: Change): Change {
  switch (change.kind) {
    case 'parameter':
      return { ...change, value: document.parameters[change.name]!.value };
    case 'switch':
      return { ...change, enabled: !document.switches.includes(change.name) };
    case 'conditions':
      return { ...change, when: document.hooks.find(({ name }) => name === change.hook)!.when };
    case 'add-hook':
      return { kind: 'remove-hook', hook: change.hook.name };
    case 'remove-hook': {
      const { hash: _, ...hook } = document.hooks.find(({ name }) => name === change.hook)!;
      const off = document.switches.includes(change.hook);
      return off ? { kind: 'add-hook', hook, enabled: false } : { kind: 'add-hook', hook };
    }
    case 'shapes':
      return { kind: 'shapes', shapes: document.shapes };
  }
}

const entryText = (entry: HookEntries[number]): string => canonical(entry as unknown as Json);

/** The changes that lead from one document to another of the same catalogue. */
export function changesBetween(base: RulesDocument, current: RulesDocument): Change[] {
  const changes: Change[] = [];
  const baseHooks = new Map(base.hooks.map((hook) => [hook.name, hook]));
  const currentHooks = new Map(current.hooks.map((hook) => [hook.name, hook]));
  for (const hook of base.hooks) {
    if (!currentHooks.has(hook.name)) changes.push({ kind: 'remove-hook', hook: hook.name });
  }
  for (const entry of current.hooks) {
    const { hash: _, ...hook } = entry;
    const before = baseHooks.get(hook.name);
    if (before === undefined) changes.push({ kind: 'add-hook', hook });
    else if (entryText(before) === entryText(entry)) continue;
    else if (entryText(hookEntry({ ...before, when: hook.when })) === entryText(entry)) {
      changes.push({ kind: 'conditions', hook: hook.name, when: hook.when });
    } else {
      // Another template has taken the name of one that was removed.
      const off = [base, current].every(({ switches }) => switches.includes(hook.name));
      const added: Change = { kind: 'add-hook', hook };
      changes.push({ kind: 'remove-hook', hook: hook.name });
      changes.push(off ? { ...added, enabled: false } : added);
    }
  }
  for (const [name, { value }] of Object.entries(current.parameters)) {
    if (base.parameters[name]?.value !== value) changes.push({ kind: 'parameter', name, value });
  }
  for (const name of new Set([...base.switches, ...current.switches])) {
    const enabled = !current.switches.includes(name);
    if (enabled === base.switches.includes(name)) changes.push({ kind: 'switch', name, enabled });
  }
  if (base.shapes !== current.shapes) changes.push({ kind: 'shapes', shapes: current.shapes });
  return changes;
}

/** A promoted change that a new catalogue could not keep. */
export interface Dropped {
  /** Kind of the change. */
  readonly kind: Change['kind'];
  /** The hook, guard or parameter it was about; `shapes` for shapes. */
  readonly name: string;
  /** What became of the item in the new catalogue, or why the change no longer fits it. */
  readonly reason: 'changed' | 'removed' | 'out-of-range' | 'does-not-fit';
}

/**
 * Carries promoted changes over to a new catalogue: each is kept iff the catalogue item is what it
 * was when the change was promoted and the value is in range, else dropped and listed.
 *
 * @param check throws where a candidate does not fit the new declarations
 */
export function carryOver(
  oldCatalogue: RulesDocument,
  current: RulesDocument,
  catalogue: RulesDocument,
  check: (candidate: RulesDocument) => void,
): { readonly document: RulesDocument; readonly dropped: readonly Dropped[] } {
  let document = catalogue;
  const dropped: Dropped[] = [];
  for (const change of changesBetween(oldCatalogue, current)) {
    const name = changeName(change);
    const before = itemHash(oldCatalogue, change);
    const after = itemHash(catalogue, change);
    if (before !== after) {
      const reason = after === undefined ? 'removed' : 'changed';
      dropped.push({ kind: change.kind, name, reason });
      continue;
    }
    try {
      const candidate = applyChange(document, change);
      check(candidate);
      document = candidate;
    } catch {
      const reason = change.kind === 'parameter' ? 'out-of-range' : 'does-not-fit';
      dropped.push({ kind: change.kind, name, reason });
    }
  }
  return { document, dropped };
}

function itemHash(document: RulesDocument, change: Change): string | undefined {
  const name = changeName(change);
  switch (change.kind) {
    case 'parameter': {
      const body = document.parameters[name];
      return body === undefined ? undefined : parameterHash(name, body);
    }
    case 'switch':
      return [...document.hooks, ...document.guards].find((item) => item.name === name)?.hash;
    case 'conditions':
    case 'remove-hook':
    case 'add-hook':
      return document.hooks.find((hook) => hook.name === name)?.hash;
    case 'shapes':
      return document.shapes ?? 'none';
  }
}
