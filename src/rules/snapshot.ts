import { fail } from '../base/errors.ts';
import { compileProgram, type Lane, type Program } from '../kernel/program.ts';
import type { Operand } from '../terms/conditions.ts';
import type { Field } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import type { Scalar } from '../terms/scalars.ts';
import type { ActionDeclaration } from './actions.ts';
import { bindTo, checkConditions } from './bindings.ts';
import type { Catalogue } from './catalogue.ts';
import { type RulesDocument, rulesHash, type SnapshotIdentity, snapshotHash } from './document.ts';
import { type GuardPlan, guardPlanOf, type LinkedGuard, linkGuards } from './guardPlan.ts';
import { type HookRun, windowField } from './hooks.ts';
import { compileTemplates, type Templates } from './templates.ts';

/** A hook of a snapshot with its code, or without it where the catalogue does not have it. */
export interface LinkedHook {
  /** Index into the snapshot's hook order: what leaves name. */
  readonly index: number;
  readonly name: string;
  readonly run?: HookRun<unknown>;
  readonly templates?: Templates;
}

/** Everything that evaluation needs for one type of observation. */
export interface TypePlan {
  readonly observation: Observation;
  readonly program: Program;
  /** What the program was compiled from. */
  readonly lanes: readonly Lane[];
  /** Hooks in lane order, which is the total order. */
  readonly hooks: readonly LinkedHook[];
  readonly fired: Int32Array;
}

/** Rules ready to evaluate: a document linked with the code of a catalogue. Immutable. */
export interface Snapshot extends SnapshotIdentity {
  readonly hash: string;
  readonly document: RulesDocument;
  readonly actions: ReadonlyMap<string, ActionDeclaration>;
  readonly plans: ReadonlyMap<string, TypePlan>;
  readonly parameters: { readonly [name: string]: Scalar };
  readonly guards: readonly LinkedGuard[];
  /** The guards that are asked about one action type. */
  guardPlan(actionType: string): GuardPlan;
}

/**
 * Links a rules document with a catalogue: conditions become rows, code is found by its identity.
 * Code that the catalogue lacks is left out; {@link missingCode} lists it. Of the snapshot of
 * before, what its rows have in common with these is taken over.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION, KNHK_RULES_UNKNOWN where the document contradicts itself
 */
export function linkSnapshot(
  document: RulesDocument,
  catalogue: Catalogue,
  at: { readonly parent: string | null; readonly version: number },
  before?: Snapshot,
): Snapshot {
  const identity = { parent: at.parent, version: at.version, rules: rulesHash(document) };
  const parameters = Object.freeze(
    Object.fromEntries(
      Object.entries(document.parameters).map(([name, { value }]) => [name, value]),
    ),
  );
  const plans = new Map<string, TypePlan>();
  for (const [type, hash] of Object.entries(document.declarations)) {
    const observation = catalogue.observations.get(type);
    if (observation?.hash === hash) {
      const program = before?.plans.get(type)?.program;
      plans.set(type, typePlanOf(document, catalogue, observation, parameters, program));
    }
  }
  for (const hook of document.hooks) {
    if (document.declarations[hook.on] === undefined) {
      fail('KNHK_RULES_UNKNOWN', `hook ${hook.name}`, 'on: a declared observation', hook.on);
    }
  }
  const guards = linkGuards(document, catalogue);
  const guardPlans = new Map<string, GuardPlan>();
  return Object.freeze({
    ...identity,
    hash: snapshotHash(identity),
    document,
    actions: catalogue.actions,
    plans,
    parameters,
    guards,
    guardPlan: (actionType: string) => {
      let plan = guardPlans.get(actionType);
      if (plan === undefined) {
        plan = guardPlanOf(guards, actionType, document, parameters);
        // Undeclared action types are open-ended, so the cache is bounded.
        if (guardPlans.size < guardPlansMax) guardPlans.set(actionType, plan);
      }
      return plan;
    },
  });
}

const guardPlansMax = 4_096;

function typePlanOf(
  document: RulesDocument,
  catalogue: Catalogue,
  observation: Observation,
  parameters: { readonly [name: string]: Scalar },
  before: Program | undefined,
): TypePlan {
  const lanes: Lane[] = [];
  const hooks: LinkedHook[] = [];
  const off = new Set(document.switches);
  document.hooks.forEach((body, index) => {
    if (body.on !== observation.type || off.has(body.name)) return;
    const where = `hook ${body.name}`;
    const conditions = checkConditions(document, body.when, where, (operand) =>
      fieldOfHook(document, observation, operand),
    );
    lanes.push({ conditions: conditions.map((c) => bindTo(c, parameters)), absentHolds: false });
    const code = catalogue.hooks.get(body.name);
    const run = code?.code === body.code && code.on === body.on ? code.run : undefined;
    hooks.push({
      index,
      name: body.name,
      ...(body.act === undefined
        ? {}
        : { templates: compileTemplates(body.act, observation, parameters, where) }),
      ...(body.act !== undefined || run === undefined ? {} : { run }),
    });
  });
  const program = compileProgram(lanes, before);
  return {
    observation,
    program,
    lanes,
    hooks,
    fired: new Int32Array(program.words),
  };
}

/** What a hook's conditions may read: declared fields and windows of the same type. */
export function fieldOfHook(
  document: RulesDocument,
  observation: Observation,
  operand: Operand,
): Field | undefined {
  if ('window' in operand) {
    const spec = document.windows[operand.window];
    return spec?.on === observation.type ? windowField : undefined;
  }
  if (!('field' in operand) || !Object.hasOwn(observation.fields, operand.field)) return undefined;
  return observation.fields[operand.field];
}

/** Names of hooks and checks whose code the catalogue does not have. */
export function missingCode(snapshot: Snapshot): string[] {
  const names: string[] = [];
  for (const plan of snapshot.plans.values()) {
    for (const hook of plan.hooks) {
      if (hook.run === undefined && hook.templates === undefined) names.push(`hook ${hook.name}`);
    }
  }
  for (const guard of snapshot.guards) {
    if (guard.body.mode === 'check' && guard.check === undefined) {
      names.push(`guard ${guard.body.name}`);
    }
  }
  return names;
}
