import { fail } from '../../base/errors.ts';
import type { RulesDocument } from '../../rules/document.ts';
import type { Pattern, Planned, Planner } from '../types.ts';
import { scaleReplicas } from './hpa.ts';
import { ruleOf, stateOf } from './hpa-spec.ts';
import type { HpaDecision, HpaMetric, HpaSpec, HpaState } from './hpa-types.ts';

/** A metric that {@link hpaPlanner} finds in the evidence of patterns. */
export interface HpaPlannerMetric {
  /** Member of the evidence with the mean; it may lack where the metric could not be read. */
  readonly name: string;
  /** What the mean should be; by default the evidence member `<name>Target`. */
  readonly target?: number;
}

/** Options of {@link hpaPlanner}. */
export interface HpaPlannerOptions extends HpaSpec {
  /** Name of the planner, default `hpa`. */
  readonly name?: string;
  /** Kind of the patterns that it answers, default `load`. */
  readonly kind?: string;
  readonly metrics: readonly HpaPlannerMetric[];
  /**
   * What it asks for: an action of this type (default `scale`) on the pattern's subject with the
   * data `{ replicas }`, for patterns that recommend to enforce; or a new value of a parameter,
   * which goes the way of every change to the rules: nothing else changes while one is tried.
   */
  readonly output?: { readonly action: string } | { readonly parameter: string };
  /** What {@link HpaPlanner.save} gave before a restart. */
  readonly states?: HpaStates;
}

/** What the rule remembers, by subject; plain JSON. */
export interface HpaStates {
  readonly [subject: string]: HpaState;
}

/** What the planner reads of a monitor's view. */
export interface HpaView {
  /** The newest `at` of all observations, in ms since 1970. */
  readonly now: number;
  /** The rules that decide now; needed for an output parameter. */
  readonly document?: RulesDocument;
}

/** A planner by Kubernetes' rule; made by {@link hpaPlanner}. */
export interface HpaPlanner extends Planner {
  /**
   * As planners answer patterns, at once; undefined where the number stays.
   *
   * @throws KnhkError KNHK_LOOP_SETTING for evidence with half a replica or a target of 0
   */
  plan(pattern: Pattern, view: HpaView): Planned | undefined;
  /** What it remembers, for {@link HpaPlannerOptions.states}. */
  save(): HpaStates;
}

/** Subjects that one planner remembers; what it cannot remember, it does not scale. */
export const subjectsMax = 1_024;

/**
 * A planner that answers patterns of load with a number of replicas, by the rule of
 * {@link scaleReplicas}. The evidence of a pattern gives `replicas` (with an output parameter its
 * value, where that lacks), the mean of each metric under its name, and where there are any,
 * `<name>Target`, `<name>Missing` and `<name>Unready`. Detectors should give such a pattern in each
 * cycle, calm ones too: windows remember what was recommended. Time is that of the observations.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * const metrics = [{ name: 'cpu', target: 60 }];
 * const planner = hpaPlanner({ minReplicas: 2, maxReplicas: 10, metrics });
 * const pattern = { detector: 'load', kind: 'load', subject: 'web', confidence: 1, seqs: [],
 *   evidence: { replicas: 4, cpu: 90 }, recommend: 'enforce' } as const;
 * const planned = planner.plan(pattern, { now });
 * planned?.reasoning; // => 'web: 6 replicas instead of 4 (cpu 90 of 60; wanted)'
 */
export function hpaPlanner(options: HpaPlannerOptions): HpaPlanner {
  const { name = 'hpa', kind = 'load', output = { action: 'scale' }, metrics } = options;
  ruleOf(options);
  for (const { target = 1 } of metrics) stateOf({ replicas: 1, metrics: [{ target }], now: 0 });
  if (metrics.length === 0) fail('KNHK_LOOP_SETTING', 'metrics', 'at least one metric', metrics);
  const states = new Map(Object.entries(options.states ?? {}));
  for (const state of states.values()) {
    stateOf({ replicas: 1, metrics: [{ target: 1 }], now: 0, state });
  }
  const plan: HpaPlanner['plan'] = (pattern, view) => {
    if (pattern.kind !== kind) return undefined;
    const { evidence, subject } = pattern;
    const replicas = evidence['replicas'] ?? parameterValue(output, view);
    const read = metrics.map((metric) => metricOf(metric, evidence));
    const state = states.get(subject);
    if (replicas === undefined || read.includes(undefined)) return undefined;
    if (state === undefined && states.size >= subjectsMax) return undefined;
    const given = { replicas, metrics: read as HpaMetric[], now: view.now };
    const decision = scaleReplicas(options, state === undefined ? given : { ...given, state });
    states.set(subject, decision.state);
    if (decision.replicas === replicas) return undefined;
    const reasoning = reasonOf(pattern, replicas, decision, metrics);
    if ('action' in output) {
      const data = { replicas: decision.replicas };
      return { action: { type: output.action, target: subject, data }, reasoning };
    }
    const change = { kind: 'parameter', name: output.parameter, value: decision.replicas } as const;
    return { change, reasoning };
  };
  return { name, plan, save: () => Object.fromEntries(states) };
}

/** The value of the output parameter, which then is the number that there is. */
function parameterValue(
  output: NonNullable<HpaPlannerOptions['output']>,
  { document }: HpaView,
): number | undefined {
  const { parameters = {} } = document ?? {};
  if ('action' in output || !Object.hasOwn(parameters, output.parameter)) return undefined;
  const { value } = parameters[output.parameter]!;
  return typeof value === 'number' ? value : undefined;
}

/** A metric out of the evidence; undefined where the evidence is not about it. */
function metricOf(
  { name, target: fixed }: HpaPlannerMetric,
  evidence: Pattern['evidence'],
): HpaMetric | undefined {
  const target = fixed ?? evidence[`${name}Target`];
  if (target === undefined) return undefined;
  const current = evidence[name];
  const missing = evidence[`${name}Missing`] ?? 0;
  const unready = evidence[`${name}Unready`] ?? 0;
  return { target, missing, unready, ...(current === undefined ? {} : { current }) };
}

function reasonOf(
  { subject, evidence }: Pattern,
  from: number,
  { replicas, wanted, reason }: HpaDecision,
  metrics: readonly HpaPlannerMetric[],
): string {
  const read = metrics.map(({ name, target }) => {
    const { [name]: current, [`${name}Target`]: given } = evidence;
    return `${name} ${current ?? 'unknown'} of ${target ?? given}`;
  });
  const rest = wanted === undefined || wanted === replicas ? '' : `, ${wanted} wanted`;
  const because = `${read.join(', ')}${rest}; ${reason}`;
  return `${subject}: ${replicas} replicas instead of ${from} (${because})`;
}
