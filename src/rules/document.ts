import { canonical, hashCanonical, hashOf, type Json } from '../base/canonical.ts';
import type { Scalar } from '../terms/scalars.ts';
import { type GuardBody, guardHash } from './guards.ts';
import { type HookBody, hookHash } from './hooks.ts';
import type { ParameterKind } from './parameters.ts';
import type { Slo } from './slo.ts';
import type { BudgetSpec, WindowSpec } from './windows.ts';

/** A doctrine's rule: where a parameter has to stay. */
export interface DoctrineRule {
  /** Names the rule within its doctrine: lower-case words with dots or hyphens. */
  readonly id: string;
  /** Name of the parameter. */
  readonly parameter: string;
  /** Inclusive bounds, finite, the lower one first. */
  readonly between: readonly [number, number];
}

/** What a sector demands of every change to the rules. */
export interface DoctrineBody {
  readonly name: string;
  /** All of them must hold. */
  readonly rules: readonly DoctrineRule[];
}

/** A parameter as the snapshot stores it. */
export interface ParameterBody {
  readonly valueKind: ParameterKind;
  /** The value in force, promotions included. */
  readonly value: Scalar;
  /** Least value. */
  readonly min?: Scalar;
  /** Greatest value. */
  readonly max?: Scalar;
  /** True where no promotion may change it. */
  readonly protected: boolean;
}

/** What no promotion may touch besides protected rules: IRIs used in shapes. */
export interface ProtectedTerms {
  /** Class IRIs. */
  readonly classes: readonly string[];
  /** Property IRIs. */
  readonly properties: readonly string[];
}

/**
 * The rules as pure data: everything in a snapshot but its parent and version. Code is named by
 * its identity and found in the catalogue when the document is linked.
 */
export interface RulesDocument {
  /** Hash of each declared action type. */
  readonly actions: { readonly [type: string]: string };
  /** By name. */
  readonly budgets: { readonly [name: string]: BudgetSpec };
  /** Hash of each declared observation type. */
  readonly declarations: { readonly [type: string]: string };
  readonly doctrines: readonly DoctrineBody[];
  /** By name. */
  readonly guards: readonly (GuardBody & { readonly hash: string })[];
  /** In total order: priority, then name by code unit. */
  readonly hooks: readonly (HookBody & { readonly hash: string })[];
  /** By name. */
  readonly parameters: { readonly [name: string]: ParameterBody };
  readonly protected: ProtectedTerms;
  /** Hash of the shapes document; null where there is none. */
  readonly shapes: string | null;
  readonly slo: Slo;
  /** Names of hooks and guards that are switched off, in code unit order. */
  readonly switches: readonly string[];
  /** What happens to actions that no guard matches. */
  readonly unguarded: 'allow' | 'deny';
  /** By name. */
  readonly windows: { readonly [name: string]: WindowSpec };
}

/** Canonical text of a rules document. */
export function rulesText(document: RulesDocument): string {
  return canonical(document as unknown as Json, 'rules');
}

/** The hash of a snapshot without parent and version. */
export function rulesHash(document: RulesDocument): string {
  return hashCanonical('rules', rulesText(document));
}

/** A snapshot's identity: what promotions compare and swap. */
export interface SnapshotIdentity {
  readonly parent: string | null;
  readonly version: number;
  readonly rules: string;
}

/** Canonical text of a snapshot's identity, the preimage of its hash. */
export function snapshotText(identity: SnapshotIdentity): string {
  const { parent, version, rules } = identity;
  return canonical({ parent, version, rules });
}

/** The hash that leaves name a snapshot by: that of {parent, version, rules}. */
export function snapshotHash(identity: SnapshotIdentity): string {
  return hashCanonical('snapshot', snapshotText(identity));
}

/** The total order Lambda: lower priority number first, then name by code unit. */
export function hookOrder(
  left: { readonly priority: number; readonly name: string },
  right: { readonly priority: number; readonly name: string },
): number {
  return left.priority - right.priority || compareNames(left.name, right.name);
}

/** Code unit order of two names. */
export function compareNames(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A hook's entry, its hash computed from its content. */
export function hookEntry(body: HookBody): HookBody & { readonly hash: string } {
  const { name, priority, on, when, code, act } = body;
  return {
    name,
    priority,
    on,
    when,
    code,
    ...(act === undefined ? {} : { act }),
    protected: body.protected,
    hash: hookHash(body),
  };
}

/** A guard's entry, its hash computed from its content. */
export function guardEntry(body: GuardBody): GuardBody & { readonly hash: string } {
  const { name, on, mode, when, code } = body;
  return { name, on, mode, when, code, protected: body.protected, hash: guardHash(body) };
}

/** Content hash of one parameter of a document. */
export function parameterHash(name: string, body: ParameterBody): string {
  return hashOf('parameter', { name, ...body });
}
