import { hashCanonical } from '../base/canonical.ts';
import type { Clock } from '../base/clock.ts';
import { describe } from '../base/errors.ts';
import { classOf } from '../kernel/column.ts';
import { runProgram, runWord } from '../kernel/program.ts';
import type { ContextState } from '../rules/context.ts';
import { type EvaluationRecord, evaluate } from '../rules/evaluate.ts';
import type { Snapshot, TypePlan } from '../rules/snapshot.ts';
import type { Field } from '../terms/fields.ts';
import { type Issue, readObservation } from '../terms/read.ts';
import { readScalar, Unreadable } from '../terms/scalars.ts';
import { type Decision, decidedOf, type Sigma } from './outcome.ts';

/** Options of decide() and apply(). */
export interface ObservationOptions {
  /** The host's id, at most 256 bytes; by default the content's hash. */
  readonly id?: string;
  /** Time in ms for types without a time field; by default the receipt's time. */
  readonly at?: number;
  /** Who asks, for guards; at most 256 bytes. */
  readonly principal?: string;
  /** Trace identifier, at most 64 printable ASCII characters. */
  readonly trace?: string;
}

/** What decide() needs of a plan, prepared once: how to read each column from raw input. */
interface Glance {
  readonly plan: TypePlan;
  /** Names and fields of the columns; undefined where a column needs the whole record. */
  readonly columns: readonly { readonly name: string; readonly field: Field }[] | undefined;
}

const none: readonly never[] = Object.freeze([]);
const idleOf = (sigma: Sigma): Decision =>
  Object.freeze({
    outcome: 'idle',
    fired: none,
    proposed: none,
    verdicts: none,
    actions: none,
    pending: none,
    sigma,
  });

/** The decisions where nothing fires: frozen constants, so that they cost no memory. */
const idleDecisions: { readonly [S in Sigma]: Decision } = {
  conforms: idleOf('conforms'),
  unchecked: idleOf('unchecked'),
  violates: idleOf('violates'),
};

const glances = new WeakMap<TypePlan, Glance>();

function glanceOf(plan: TypePlan): Glance {
  let glance = glances.get(plan);
  if (glance === undefined) {
    const { fields } = plan.observation;
    const columns = plan.program.operands.map((operand) => {
      const name = 'field' in operand ? operand.field : undefined;
      return name === undefined ? undefined : { name, field: fields[name] as Field };
    });
    const whole = columns.some((column) => column === undefined);
    glance = { plan, columns: whole ? undefined : (columns as Glance['columns'] & object) };
    glances.set(plan, glance);
  }
  return glance;
}

/**
 * decide(): the fields that conditions read are checked and classified straight from the input;
 * only when something fires is the whole observation read and evaluated.
 */
export function decideOn(
  snapshot: Snapshot,
  plan: TypePlan,
  context: ContextState,
  clock: Clock,
  input: unknown,
  options: ObservationOptions | undefined,
): Decision {
  const sigma: Sigma = snapshot.document.shapes === null ? 'conforms' : 'unchecked';
  const { columns } = glanceOf(plan);
  if (columns !== undefined && typeof input === 'object' && input !== null) {
    const fires = glanceFires(plan, columns, input as Record<string, unknown>);
    if (fires === false) return idleDecisions[sigma];
    if (fires !== true) return { outcome: 'invalid', stage: 'terms', issues: [fires], sigma };
  }
  const { observation } = plan;
  const read = readObservation(observation, input);
  if (!read.ok) return { outcome: 'invalid', stage: 'terms', issues: read.issues, sigma };
  const { time } = observation;
  const at = time === undefined ? (options?.at ?? clock.now()) : (read.data[time] as number);
  const view = context.view(observation.type, read.data, at);
  const record: EvaluationRecord = {
    type: observation.type,
    data: read.data,
    at,
    id: options?.id ?? hashCanonical('record', read.record),
    ...(options?.principal === undefined ? {} : { principal: options.principal }),
  };
  const evaluation = evaluate(snapshot, view, record);
  if (evaluation.fired.length === 0) return idleDecisions[sigma];
  return { ...decidedOf(evaluation, snapshot), sigma };
}

/** Whether any hook fires, or the issue that makes a field unreadable. */
function glanceFires(
  plan: TypePlan,
  columns: readonly { readonly name: string; readonly field: Field }[],
  input: Record<string, unknown>,
): boolean | Issue {
  const { program, classes } = plan;
  try {
    for (let index = 0; index < columns.length; index++) {
      const { name, field } = columns[index]!;
      const given = input[name];
      let value: unknown = given;
      if (given !== undefined) {
        value = readScalar(field, given);
        if (value instanceof Unreadable) {
          return { path: `$.${name}`, expected: value.expected, got: describe(given) };
        }
      } else if (!field.optional) {
        return { path: `$.${name}`, expected: `a ${field.kind}`, got: 'nothing' };
      }
      classes[index] = classOf(program.columns[index]!, value);
    }
  } catch (error) {
    // Only a getter or a proxy of the host's object can throw here.
    return { path: '$', expected: 'readable members', got: describe(error) };
  }
  if (program.words === 1) return runWord(program, classes) !== 0;
  runProgram(program, classes, plan.fired);
  return plan.fired.some((word) => word !== 0);
}
