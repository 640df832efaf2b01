import type { Lane } from '../../src/kernel/program.ts';
import { listFired } from '../../src/kernel/run.ts';
import { bindTo, checkConditions } from '../../src/rules/bindings.ts';
import { catalogueOf, type Rule } from '../../src/rules/catalogue.ts';
import { ContextState } from '../../src/rules/context.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import {
  fieldOfHook,
  linkSnapshot,
  type Snapshot,
  type TypePlan,
} from '../../src/rules/snapshot.ts';
import { type Glance, glanceOf } from '../../src/runtime/glance.ts';
import type { ConditionDraft } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { readValue, Unreadable } from '../../src/terms/scalars.ts';
import { conditionHolds, partSeen } from '../kernel/oracle.ts';

type Input = Record<string, unknown>;

/** Rules of one type, linked, and both ways to look at its inputs. */
export interface Looks {
  readonly snapshot: Snapshot;
  readonly plan: TypePlan;
  readonly generated: Glance;
  readonly portable: Glance;
  readonly context: ContextState;
  readonly lanes: readonly Lane[];
}

export const hookOn = (on: Observation, name: string, when: readonly ConditionDraft[]): Hook =>
  defineHook({ name, on, when, act: { type: 'mark', target: name } });

/** Links rules and makes both looks. */
export function looksOf(observation: Observation, rules: readonly Rule[]): Looks {
  const catalogue = catalogueOf({ observations: [observation], rules });
  const { document } = catalogue;
  const snapshot = linkSnapshot(document, catalogue, { parent: null, version: 1 });
  const plan = snapshot.plans.get(observation.type)!;
  const context = new ContextState();
  context.follow(document, catalogue.observations);
  const lanes = document.hooks.map(({ name, when }): Lane => {
    const checked = checkConditions(document, when, name, (operand) =>
      fieldOfHook(document, observation, operand),
    );
    const conditions = checked.map((item) => bindTo(item, snapshot.parameters));
    return { conditions, absentHolds: false };
  });
  return {
    snapshot,
    plan,
    context,
    lanes,
    generated: glanceOf(plan, document.windows, true),
    portable: glanceOf(plan, document.windows, false),
  };
}

/** What a look answers: -1, or the lanes that fire. */
export type Answer = -1 | readonly number[];

export function answerOf({ plan, context }: Looks, glance: Glance, input: unknown, at = 0): Answer {
  const look = glance.look(input as Input, context, at);
  if (look === -1) return -1;
  return look === 0 ? [] : listFired(plan.program, glance.fired);
}

/** The same by the oracle: each field that conditions read is read, then each lane tried. */
export function expectedAnswer({ plan, lanes }: Looks, input: unknown): Answer {
  const { fields } = plan.observation;
  const values = new Map<string, unknown>();
  const operands = lanes.flatMap(({ conditions }) =>
    conditions.flatMap(({ left, right }) =>
      right !== undefined && !('value' in right) ? [left, right] : [left],
    ),
  );
  for (const operand of operands) {
    if (!('field' in operand)) throw new Error('a field');
    const raw = (input as Input)[operand.field];
    const field = fields[operand.field]!;
    if (raw === undefined && !field.optional) return -1;
    const value = raw === undefined ? undefined : readValue(field, raw);
    if (value instanceof Unreadable) return -1;
    values.set(JSON.stringify(operand), partSeen(operand, value));
  }
  return lanes.flatMap(({ conditions }, lane) =>
    conditions.every((condition) => {
      const { left, right } = condition;
      const other = right !== undefined && !('value' in right) ? right : undefined;
      const seen = (operand: object | undefined): unknown => values.get(JSON.stringify(operand));
      return conditionHolds(condition, seen(left), false, seen(other));
    })
      ? [lane]
      : [],
  );
}

/** The same members in other clothes: how an object is made must not matter. */
export const dresses: { readonly [name: string]: (values: Input) => object } = {
  plain: (values) => values,
  frozen: (values) => Object.freeze({ ...values }),
  'without a prototype': (values) => Object.assign(Object.create(null) as object, values),
  'in another order': (values) => Object.fromEntries(Object.entries(values).reverse()),
  'made by a class': (values) => Object.assign(new (class Made {})(), values),
  'a proxy': (values) => new Proxy(values, {}),
  'with getters': (values) => {
    const made = {};
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(made, name, { enumerable: true, get: () => value });
    }
    return made;
  },
  inherited: (values) => Object.create(values) as object,
  'not enumerable': (values) => {
    const made = {};
    for (const [name, value] of Object.entries(values))
      Object.defineProperty(made, name, { value });
    return made;
  },
};
