import { fail } from '../base/errors.ts';
import { compileProgram, type Program } from '../kernel/program.ts';
import type { Operand } from '../terms/conditions.ts';
import type { Field } from '../terms/fields.ts';
import { kindName } from '../terms/operands.ts';
import type { Scalar } from '../terms/scalars.ts';
import { bindTo, checkConditions, type KindedCondition } from './bindings.ts';
import type { Catalogue } from './catalogue.ts';
import type { RulesDocument } from './document.ts';
import type { GuardAnswer, GuardBody, GuardInput } from './guards.ts';
import { windowField } from './hooks.ts';
import type { BudgetSpec } from './windows.ts';

/** A guard of a snapshot with its code, or without it where the catalogue does not have it. */
export interface LinkedGuard {
  /** Index into the snapshot's guards by name: what leaves name. */
  readonly index: number;
  readonly body: GuardBody;
  readonly conditions: readonly KindedCondition[];
  readonly check?: (input: GuardInput) => GuardAnswer;
}

/** The guards for one action type, their conditions compiled to rows. */
export interface GuardPlan {
  /** In guard order, which is by name. */
  readonly guards: readonly LinkedGuard[];
  readonly program: Program;
  /** Lane of each guard with conditions, -1 for checks. */
  readonly lanes: readonly number[];
  readonly fired: Int32Array;
  /** Budgets on this action type: what a check sees. */
  readonly budgets: readonly BudgetSpec[];
}

/** Finds the code of guards and checks their conditions. */
export function linkGuards(document: RulesDocument, catalogue: Catalogue): LinkedGuard[] {
  const off = new Set(document.switches);
  return document.guards
    .map((body, index): LinkedGuard => {
      const field = (operand: Operand): Field | undefined =>
        fieldOfGuard(document, catalogue, body, operand);
      const code = catalogue.guards.get(body.name);
      const check = code?.code === body.code && body.mode === 'check' ? code.check : undefined;
      return {
        index,
        body,
        conditions: checkConditions(document, body.when, `guard ${body.name}`, field),
        ...(check === undefined ? {} : { check }),
      };
    })
    .filter(({ body }) => !off.has(body.name));
}

/**
 * What a guard's conditions may read: the target and declared data of its action types, fields of
 * any observation, windows, budgets of its action types. One name has one kind.
 */
function fieldOfGuard(
  document: RulesDocument,
  catalogue: Catalogue,
  guard: GuardBody,
  operand: Operand,
): Field | undefined {
  const where = `guard ${guard.name}`;
  if ('window' in operand)
    return Object.hasOwn(document.windows, operand.window) ? windowField : undefined;
  if ('budget' in operand) {
    const spec = Object.hasOwn(document.budgets, operand.budget)
      ? document.budgets[operand.budget]
      : undefined;
    const asked = spec !== undefined && (guard.on === '*' || guard.on.includes(spec.on));
    return asked ? { kind: 'boolean', optional: true } : undefined;
  }
  if ('action' in operand) {
    if (operand.action === 'target') return { kind: 'string', optional: false };
    return oneKind(where, operand.action, actionFields(catalogue, guard, operand.action, where));
  }
  const declared = [...catalogue.observations.values()].map(({ fields }) =>
    Object.hasOwn(fields, operand.field) ? fields[operand.field] : undefined,
  );
  return oneKind(where, operand.field, declared);
}

function actionFields(
  catalogue: Catalogue,
  guard: GuardBody,
  name: string,
  where: string,
): (Field | undefined)[] {
  const types = guard.on === '*' ? [...catalogue.actions.keys()] : guard.on;
  return types.map((type) => {
    const declaration = catalogue.actions.get(type);
    if (declaration === undefined) {
      fail('KNHK_RULES_UNKNOWN', `${where}, ${name}`, `defineAction('${type}', ...)`, 'none');
    }
    return Object.hasOwn(declaration.fields, name) ? declaration.fields[name] : undefined;
  });
}

function oneKind(
  where: string,
  name: string,
  fields: readonly (Field | undefined)[],
): Field | undefined {
  const found = fields.filter((field) => field !== undefined);
  const kinds = new Set(found.map(kindName));
  if (kinds.size > 1)
    fail('KNHK_TERMS_CONDITION', `${where}, ${name}`, 'one kind', [...kinds].join());
  return found[0];
}

/** Compiles the guards that match an action type; absent and foreign values match (fail closed). */
export function guardPlanOf(
  guards: readonly LinkedGuard[],
  actionType: string,
  document: RulesDocument,
  parameters: { readonly [name: string]: Scalar },
): GuardPlan {
  const matching = guards.filter(({ body }) => body.on === '*' || body.on.includes(actionType));
  const lanes: number[] = [];
  let lane = 0;
  for (const { body } of matching) lanes.push(body.mode === 'check' ? -1 : lane++);
  const program = compileProgram(
    matching
      .filter(({ body }) => body.mode !== 'check')
      .map(({ conditions }) => ({
        conditions: conditions.map((condition) => bindTo(condition, parameters)),
        absentHolds: true,
      })),
  );
  return {
    guards: matching,
    program,
    lanes,
    fired: new Int32Array(program.words),
    budgets: Object.values(document.budgets).filter(({ on }) => on === actionType),
  };
}
