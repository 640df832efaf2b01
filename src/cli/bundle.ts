import { writeFileSync } from 'node:fs';
import type { RulesDocument } from '../rules/document.ts';
import { openStored } from '../runtime/replay-source.ts';
import { loadIdentity, loadRules } from '../runtime/store.ts';
import type { Check } from './doctor-types.ts';
import { packageManifest } from './files.ts';
import { UsageError } from './io.ts';
import type { LogStatus } from './status-types.ts';

/** What a bundle is made from. */
export interface BundleParts {
  /** When, in ms. */
  readonly made: number;
  /** True if names of rules and types may stand in it. */
  readonly names: boolean;
  readonly checks: readonly Check[];
  readonly status: LogStatus | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * A support case in one document, built member by member from what may leave the house: numbers,
 * words of fixed lists and hashes. Text of findings and errors stays behind, because it may hold
 * paths and data; so does every name that somebody chose, unless names are asked for.
 */
export function bundleOf(data: string, { made, names, checks, status }: BundleParts): Json {
  return {
    bundle: 1,
    knhk: packageManifest().version,
    made,
    names,
    checks: checks.map(({ name, state, facts }) => ({ name, state, facts })),
    log: status === undefined ? null : logOf(status, names),
    rules: status === undefined ? null : rulesOf(data, status, names),
  };
}

/** A hash as the log holds it; what is none may be anything, and is left out. */
const hash = (text: unknown): string | null =>
  typeof text === 'string' && /^[0-9a-f]{64}$/.test(text) ? text : null;

/** The first digits of a hash, enough for the owner of the log to find what is meant. */
const short = (text: unknown): string | null => hash(text)?.slice(0, 12) ?? null;

function logOf(status: LogStatus, names: boolean): Json {
  const { leaves, acknowledged, checkpoint, first, last, segments, tail, blobs } = status;
  const { payloads, tiles, indexes, savepoints, index, snapshot, writer, keys } = status;
  const { findings, findingsDropped } = status;
  return {
    ...(names ? { origin: status.origin } : {}),
    ...{ leaves, acknowledged, checkpoint, first, last, segments, tail, blobs },
    ...{ payloads, tiles, indexes, savepoints, index, writer, keys, findingsDropped },
    snapshot: snapshot === null ? null : { ...snapshot, hash: hash(snapshot.hash) },
    findings: findings.map(({ kind, severity, seq }) => ({ kind, severity, seq })),
  };
}

function rulesOf(data: string, { snapshot }: LogStatus, names: boolean): Json | null {
  if (snapshot === null) return null;
  try {
    const source = openStored(data);
    const identity = loadIdentity(source, snapshot.hash);
    const rules = hash(identity.rules);
    return { rules, ...documentOf(loadRules(source, identity.rules), names) };
  } catch {
    // The log's findings say that the rules are lost; there is nothing to tell of them here.
    return null;
  }
}

function documentOf(document: RulesDocument, names: boolean): Json {
  const { declarations, actions, hooks, guards, windows, budgets, parameters } = document;
  const off = new Set(document.switches);
  const type = (name: string): string | null => (names ? name : short(declarations[name]));
  const action = (name: string): string | null => (names ? name : short(actions[name]));
  return {
    shapes: hash(document.shapes),
    unguarded: document.unguarded === 'allow' ? 'allow' : 'deny',
    observations: Object.keys(declarations).map(type),
    actions: Object.keys(actions).map(action),
    hooks: hooks.map((hook) => ({
      hook: names ? hook.name : short(hook.hash),
      on: type(hook.on),
      conditions: hook.when.length,
      template: hook.act !== undefined,
      off: off.has(hook.name),
    })),
    guards: guards.map((guard) => ({
      guard: names ? guard.name : short(guard.hash),
      on: guard.on === '*' ? '*' : guard.on.map(action),
      conditions: guard.when.length,
      off: off.has(guard.name),
    })),
    windows: Object.keys(windows).length,
    budgets: Object.keys(budgets).length,
    parameters: Object.keys(parameters).length,
    doctrines: document.doctrines.length,
  };
}

/** Writes a bundle, for its owner's eyes, where no file is yet. */
export function writeBundle(path: string, bundle: Json): void {
  const text = `${JSON.stringify(bundle, undefined, 2)}\n`;
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'EEXIST') throw error;
    throw new UsageError(`${path} exists; a bundle overwrites nothing`);
  }
}
