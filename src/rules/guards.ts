import { types } from 'node:util';
import { hashOf, type Json } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import type { Condition, ConditionDraft } from '../terms/conditions.ts';
import { checkTypeName } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import { nameConditions } from '../terms/resolve.ts';
import type { Scalar } from '../terms/scalars.ts';
import type { Action, ActionDeclaration } from './actions.ts';
import { disarm } from './disarm.ts';
import { type ContextData, codeOf } from './hooks.ts';

/** The one frozen argument of a guard's `check`. */
export interface GuardInput {
  /** The original action, frozen. */
  readonly action: Action;
  /** The observation's data: instants in ms, decimals as strings, lists frozen. */
  readonly data: Data;
  readonly context: ContextData;
  /** Value of each parameter by name. */
  readonly parameters: { readonly [name: string]: Scalar };
  /** The observation's time in ms since 1970. */
  readonly at: number;
  /** Who asks, as the host gave it. */
  readonly principal?: string;
}

/** A guard's answer; made by {@link allow}, {@link deny} and {@link requiresApproval}. */
export type GuardAnswer =
  | { readonly verdict: 'allow' }
  | { readonly verdict: 'deny'; readonly code: string }
  | { readonly verdict: 'requires-approval'; readonly code: string };

/**
 * The action may leave as far as this guard goes.
 *
 * @example
 * allow(); // => { verdict: 'allow' }
 */
export function allow(): GuardAnswer {
  return { verdict: 'allow' };
}

/**
 * The action must not leave.
 *
 * @param code 1 to 64 letters, digits, `_`, `.` or `-`; it enters the receipt, so no free text.
 * Another code denies with KNHK_GUARD_ANSWER.
 * @example
 * const rest = defineGuard({ name: 'night-rest', version: '1', on: Hold,
 *   check: ({ at }) => (new Date(at).getUTCHours() < 5 ? deny('night') : allow()) });
 * rest.mode; // => 'check'
 */
export function deny(code: string): GuardAnswer {
  return { verdict: 'deny', code };
}

/**
 * The action waits for an approval: the outcome is `pending` where no guard denies.
 *
 * @param code as for {@link deny}
 * @example
 * requiresApproval('long'); // => { verdict: 'requires-approval', code: 'long' }
 */
export function requiresApproval(code: string): GuardAnswer {
  return { verdict: 'requires-approval', code };
}

/** What {@link defineGuard} is given: exactly one of deny, requireApproval and check. */
export interface GuardDeclaration {
  /** Unique among hooks and guards: lower-case words with dots or hyphens. */
  readonly name: string;
  /** Action types: one, several, or '*'. Declared ones where conditions name their fields. */
  readonly on: string | ActionDeclaration | readonly (string | ActionDeclaration)[];
  /** Denies where all of these hold, at most 8; what cannot be read counts as holding. */
  readonly deny?: readonly ConditionDraft[];
  /** As `deny`, but the action waits for an approval. */
  readonly requireApproval?: readonly ConditionDraft[];
  /** Code, synchronous and pure; a throw, a promise or any unknown answer denies. */
  readonly check?: (input: GuardInput) => GuardAnswer;
  /** Names the code of `check` for its hash. */
  readonly version?: string;
  /** Code of the verdict of deny and requireApproval; the guard's name by default. */
  readonly code?: string;
  /** True: no promotion changes or switches it, nor the parameters it reads. Default false. */
  readonly protected?: boolean;
}

/** How a guard decides. */
export type GuardMode = 'deny' | 'requires-approval' | 'check';

/** A guard as the snapshot stores it. */
export interface GuardBody {
  readonly name: string;
  /** '*' or action types in code unit order. */
  readonly on: '*' | readonly string[];
  readonly mode: GuardMode;
  /** Conditions with bare names as action fields; empty for a check. */
  readonly when: readonly Condition[];
  /** Verdict code of conditions, or identity of the check's code. */
  readonly code: string;
  /** True where no promotion may touch it. */
  readonly protected: boolean;
}

/** A declared guard. */
export interface Guard extends GuardBody {
  readonly kind: 'guard';
  /** Its code, where `mode` is check. */
  readonly check?: (input: GuardInput) => GuardAnswer;
  /** Content hash (SHA-256, lower-case hex). */
  readonly hash: string;
}

const codePattern = /^[A-Za-z0-9_.-]{1,64}$/;

/**
 * Declares a guard. All guards whose `on` matches are asked about the original action; any deny
 * denies, and so does a throw, a promise or any unknown answer.
 *
 * @throws KnhkError KNHK_RULES_GUARD, KNHK_TERMS_NAME, KNHK_TERMS_CONDITION,
 * KNHK_LIMIT_CONDITIONS, KNHK_BASE_NOT_CANONICAL; of `check` and `version`: KNHK_RULES_HOOK,
 * KNHK_CODE_OPAQUE
 * @example
 * const guard = defineGuard({ name: 'no-long-hold', on: Hold, deny: [gt('minutes', 60)] });
 * guard.on; // => ['connection.hold']
 * defineGuard({ name: 'no-long-hold', on: Hold }); // => throws KNHK_RULES_GUARD
 */
export function defineGuard(declaration: GuardDeclaration): Guard {
  checkTypeName(declaration.name, 'guard');
  const where = `guard ${declaration.name}`;
  const { check } = declaration;
  const modes = [declaration.deny, declaration.requireApproval, check];
  if (modes.filter((mode) => mode !== undefined).length !== 1) {
    fail('KNHK_RULES_GUARD', where, 'one of deny, requireApproval and check', 'none or several');
  }
  if (declaration.code !== undefined && !codePattern.test(declaration.code)) {
    fail('KNHK_RULES_GUARD', `${where}, code`, 'letters, digits, _ . -', declaration.code);
  }
  const drafts = declaration.deny ?? declaration.requireApproval ?? [];
  const body: GuardBody = {
    name: declaration.name,
    on: typesOf(declaration, where),
    mode: check !== undefined ? 'check' : declaration.deny ? 'deny' : 'requires-approval',
    when: nameConditions(drafts, { where, bare: 'action' }),
    code:
      check === undefined
        ? (declaration.code ?? declaration.name)
        : codeOf(where, check, declaration.version),
    protected: declaration.protected === true,
  };
  return Object.freeze({
    kind: 'guard',
    ...body,
    ...(check === undefined ? {} : { check }),
    hash: guardHash(body),
  });
}

/** Content hash of a guard: name, on, conditions or code, protected. */
export function guardHash(body: GuardBody): string {
  const { name, on, mode, when, code } = body;
  const json = { name, on, mode, when: when as unknown as Json, code };
  return hashOf('guard', { ...json, protected: body.protected });
}

function typesOf(declaration: GuardDeclaration, where: string): '*' | readonly string[] {
  if (declaration.on === '*') return '*';
  const list = Array.isArray(declaration.on) ? declaration.on : [declaration.on];
  if (list.length === 0) fail('KNHK_RULES_GUARD', `${where}, on`, 'an action type or *', 'none');
  const names = list.map((item: string | ActionDeclaration) =>
    typeof item === 'object' && item !== null ? item.type : item,
  );
  for (const name of names) checkTypeName(name, `${where}, on`);
  return Object.freeze([...new Set(names as string[])].sort());
}

const refused: GuardAnswer = { verdict: 'deny', code: 'KNHK_GUARD_ANSWER' };

/** Reads the answer of a check: exactly an allow, deny or requires-approval, else a denial. */
export function readAnswer(answer: unknown): GuardAnswer {
  if (typeof answer !== 'object' || answer === null || types.isProxy(answer)) return refused;
  disarm(answer);
  const prototype: unknown = Object.getPrototypeOf(answer);
  if (prototype !== Object.prototype && prototype !== null) return refused;
  const members = Object.getOwnPropertyDescriptors(answer) as Record<string, PropertyDescriptor>;
  const names = Reflect.ownKeys(members);
  for (const name of names) {
    const known = name === 'verdict' || name === 'code';
    if (!known || !('value' in (members[name as string] as PropertyDescriptor))) return refused;
  }
  const verdict: unknown = members['verdict']?.value;
  const code: unknown = members['code']?.value;
  if (verdict === 'allow') return code === undefined ? { verdict } : refused;
  if (verdict !== 'deny' && verdict !== 'requires-approval') return refused;
  if (typeof code !== 'string' || !codePattern.test(code)) return refused;
  return { verdict, code };
}
