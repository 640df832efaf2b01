import { sha256Hex } from '#sha256';
import { hashOf, type Json } from '../base/canonical.ts';
import { describe, fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Condition, ConditionDraft } from '../terms/conditions.ts';
import type { Fields, FieldsData } from '../terms/fields.ts';
import { checkTypeName, type Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import { resolveConditions } from '../terms/resolve.ts';
import type { Scalar } from '../terms/scalars.ts';
import type { Action, ActionTemplate } from './actions.ts';

/** Values of windows (and, in guards, budgets) as code sees them. */
export interface ContextData {
  /** Value of each window of the observation's type at its key; max is absent when empty. */
  readonly windows: { readonly [name: string]: number };
  /** In guards: how many actions left in each budget on this action's type and key. */
  readonly budgets: { readonly [name: string]: number };
}

/** The one frozen argument of a hook's `run`. */
export interface HookInput<D = Data> {
  /** The observation: instants in ms, decimals as strings, lists frozen; without absent fields. */
  readonly data: D;
  readonly context: ContextData;
  /** Value of each parameter by name. */
  readonly parameters: { readonly [name: string]: Scalar };
  /** The observation's time in ms since 1970: its time field, else the receipt's time. */
  readonly at: number;
  /** The host's id of the observation, else the content hash. */
  readonly id: string;
}

/** A hook's code, synchronous and pure: a throw or any other answer makes the outcome `failed`. */
export type HookRun<D> = (input: HookInput<D>) => readonly Action[];

/** What {@link defineHook} is given. */
export interface HookDeclaration<F extends Fields> {
  /** Unique among hooks and guards: lower-case words with dots or hyphens. */
  readonly name: string;
  /** Names the code for its hash; give it when you bundle. Without it the source text counts. */
  readonly version?: string;
  /** The type it looks at. */
  readonly on: Observation<F>;
  /** At most 8 conditions, all of which must hold; none means always. */
  readonly when: readonly ConditionDraft[];
  /** An integer: lower runs first, equal ones by name. Default 0. */
  readonly priority?: number;
  /** A protected hook cannot be changed, switched or removed by a promotion. */
  readonly protected?: boolean;
  /** Computes the actions; this or `act`. */
  readonly run?: HookRun<FieldsData<F>>;
  /** 1 to 16 actions as data; this or `run`. */
  readonly act?: ActionTemplate | readonly ActionTemplate[];
}

/** A declared hook. */
export interface Hook {
  readonly kind: 'hook';
  readonly name: string;
  /** Type of the observation. */
  readonly on: string;
  readonly observation: Observation;
  /** All of these must hold. */
  readonly when: readonly Condition[];
  /** Lower runs first; equal ones by name. */
  readonly priority: number;
  /** True where no promotion may touch it. */
  readonly protected: boolean;
  /** `version:...`, `source:<sha256>` or `act`. */
  readonly code: string;
  readonly run?: HookRun<unknown>;
  readonly act?: readonly ActionTemplate[];
  /** Content hash (SHA-256, lower-case hex). */
  readonly hash: string;
}

/**
 * Declares a hook: when its conditions hold, it proposes actions. `run` is synchronous and pure,
 * `act` is a template without code; exactly one of them.
 *
 * @throws KnhkError KNHK_RULES_HOOK, KNHK_CODE_OPAQUE, KNHK_TERMS_NAME, KNHK_TERMS_CONDITION,
 * KNHK_TERMS_PATTERN, KNHK_LIMIT_CONDITIONS, KNHK_BASE_NOT_CANONICAL where a template is no plain
 * JSON
 * @example
 * const hook = defineHook({ name: 'hold-connections', version: '1', on: Flight,
 *   when: [gte('delayMinutes', 45)],
 *   run: ({ data }) => [action('connection.hold', { target: data.origin, minutes: 20 })] });
 * hook.code; // => 'version:1'
 * @example
 * const act = { type: 'connection.hold', target: { field: 'origin' }, data: { minutes: 20 } };
 * defineHook({ name: 'hold-always', on: Flight, when: [], act }).code; // => 'act'
 */
export function defineHook<F extends Fields>(declaration: HookDeclaration<F>): Hook {
  checkTypeName(declaration.name, 'hook');
  const where = `hook ${declaration.name}`;
  const { on, priority = 0, run, act } = declaration;
  if (on?.kind !== 'observation') fail('KNHK_RULES_HOOK', where, 'on: an observation', on);
  if (!Number.isSafeInteger(priority) || Object.is(priority, -0)) {
    fail('KNHK_RULES_HOOK', `${where}, priority`, 'an integer', priority);
  }
  if ((run === undefined) === (act === undefined)) {
    fail('KNHK_RULES_HOOK', where, 'either run or act', run === undefined ? 'neither' : 'both');
  }
  const observation = on as unknown as Observation;
  const body: HookBody = {
    name: declaration.name,
    priority,
    on: on.type,
    when: hookConditions(declaration.when, observation, where),
    code: act === undefined ? codeOf(where, run, declaration.version) : 'act',
    ...(act === undefined ? {} : { act: templates(act, where) }),
    protected: declaration.protected === true,
  };
  return Object.freeze({
    kind: 'hook',
    ...body,
    observation,
    ...(run === undefined ? {} : { run: run as HookRun<unknown> }),
    hash: hookHash(body),
  });
}

/** A hook as the snapshot stores it. */
export interface HookBody {
  readonly name: string;
  /** Lower runs first; equal ones by name. */
  readonly priority: number;
  /** Type of the observation. */
  readonly on: string;
  readonly when: readonly Condition[];
  /** `version:...`, `source:<sha256>` or `act`. */
  readonly code: string;
  /** Its templates, where `code` is act. */
  readonly act?: readonly ActionTemplate[];
  /** True where no promotion may touch it. */
  readonly protected: boolean;
}

/** Content hash of a hook: name, priority, on, condition data, code. */
export function hookHash(body: HookBody): string {
  const { name, priority, on, when, code, act } = body;
  return hashOf('hook', {
    name,
    priority,
    on,
    when: when as unknown as Json,
    code: act === undefined ? code : (act as unknown as Json),
  });
}

/** Conditions of a hook: bare names are fields of the observation; windows may be named. */
function hookConditions(
  drafts: readonly ConditionDraft[],
  on: Observation,
  where: string,
): readonly Condition[] {
  return resolveConditions(drafts, {
    where,
    bare: 'field',
    field: (operand) => {
      if ('window' in operand) return windowField;
      const known = 'field' in operand && Object.hasOwn(on.fields, operand.field);
      return known ? on.fields[operand.field] : undefined;
    },
  });
}

/** What conditions compare a window with. */
export const windowField = { kind: 'number', optional: true } as const;

/**
 * The identity of code: the given version, else SHA-256 of the function's source text, which sees
 * edits but not captured variables.
 *
 * @throws KnhkError KNHK_CODE_OPAQUE for native or bound functions without a version
 */
export function codeOf(where: string, code: unknown, version: string | undefined): string {
  if (typeof code !== 'function') fail('KNHK_RULES_HOOK', where, 'a function', code);
  if (version !== undefined) {
    if (typeof version !== 'string' || version === '' || version.length > 64) {
      fail('KNHK_RULES_HOOK', `${where}, version`, '1 to 64 characters', version);
    }
    return `version:${version}`;
  }
  const source = Function.prototype.toString.call(code);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    fail('KNHK_CODE_OPAQUE', where, 'a version for native or bound code', describe(code));
  }
  return `source:${sha256Hex(source)}`;
}

function templates(
  act: ActionTemplate | readonly ActionTemplate[],
  where: string,
): readonly ActionTemplate[] {
  const list = (Array.isArray(act) ? act : [act]) as readonly ActionTemplate[];
  if (list.length === 0 || list.length > limits.actionsPerObservation) {
    const expected = `1 to ${limits.actionsPerObservation} templates`;
    fail('KNHK_RULES_HOOK', `${where}, act`, expected, list.length);
  }
  return Object.freeze(list.map((template) => Object.freeze({ data: {}, ...template })));
}
