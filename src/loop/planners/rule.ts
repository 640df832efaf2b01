import type { Json } from '../../base/canonical.ts';
import { fail } from '../../base/errors.ts';
import type { Change } from '../../rules/changes.ts';
import type { RulesDocument } from '../../rules/document.ts';
import { checkTypeName } from '../../terms/observation.ts';
import type { Pattern, Planned, Planner } from '../types.ts';

/** A leaf of a planned action: a literal, a member of the pattern, or a number of its evidence. */
export type PatternLeaf =
  | Json
  | { readonly pattern: 'subject' | 'kind' | 'direction' | 'detector' | 'confidence' }
  | { readonly evidence: string };

/** What a rule of {@link rulePlanner} answers a pattern with. */
export type PlanAnswer =
  /** This change, unless the rules are so already. */
  | { readonly change: Change }
  /** A number parameter goes by so much, within its range. */
  | { readonly step: { readonly parameter: string; readonly by: number } }
  /** The hook or guard that the pattern is about is switched on or off. */
  | { readonly switch: boolean }
  /** An action; a leaf that the pattern lacks is left out, without a target there is none. */
  | {
      readonly action: {
        readonly type: string;
        readonly target: PatternLeaf;
        readonly data?: { readonly [name: string]: PatternLeaf };
      };
    };

/** One row of a {@link rulePlanner}: which patterns it is for and what it answers. */
export interface PlanRule {
  /** Kinds of patterns, `*` for any. */
  readonly kind: string | readonly string[];
  /** What the pattern is about; `*` at its end stands for anything. Any where absent. */
  readonly subject?: string;
  readonly direction?: 'more' | 'less';
  /** Least confidence; default 0. */
  readonly confidenceMin?: number;
  readonly answer: PlanAnswer;
  /** Why, in a sentence for people; by default made from the pattern. */
  readonly reasoning?: string;
}

/**
 * A planner that is a table: the first row that fits a pattern and has something to change answers
 * it. Rows are data, so that a host can keep them in its configuration. The loop asks planners
 * about patterns that recommend `propose` or `enforce`, and takes actions for `enforce` alone.
 *
 * @param name names the planner in proposals
 * @throws KnhkError KNHK_LOOP_SETTING, KNHK_TERMS_NAME for the type of an action
 * @example
 * const calmer = rulePlanner('calmer', [
 *   { kind: 'hook-rate', direction: 'more',
 *     answer: { step: { parameter: 'lateMinutes', by: 5 } } },
 *   { kind: ['burst', 'silence'],
 *     answer: { action: { type: 'people.tell', target: { pattern: 'subject' } } } },
 * ]);
 * calmer.name; // => 'calmer'
 * rulePlanner('none', [{ kind: [], answer: { switch: false } }]); // => throws KNHK_LOOP_SETTING
 */
export function rulePlanner(name: string, rules: readonly PlanRule[]): Planner {
  const rows = rules.map((rule, index) => checked(rule, `rulePlanner ${name}, rule ${index}`));
  return {
    name,
    plan: (pattern, { document }) => {
      for (const row of rows) {
        const planned = row.fits(pattern) ? answerOf(row.rule, pattern, document) : undefined;
        if (planned !== undefined) return planned;
      }
      return undefined;
    },
  };
}

interface Row {
  readonly rule: PlanRule;
  fits(pattern: Pattern): boolean;
}

function checked(rule: PlanRule, where: string): Row {
  const bad = (part: string, expected: string, got: unknown): never =>
    fail('KNHK_LOOP_SETTING', `${where}, ${part}`, expected, got);
  const { subject, direction, confidenceMin = 0, answer } = rule;
  const kinds: readonly string[] = typeof rule.kind === 'string' ? [rule.kind] : rule.kind;
  if (kinds.length === 0) bad('kind', 'at least one kind', kinds);
  if (direction !== undefined && direction !== 'more' && direction !== 'less') {
    bad('direction', 'more or less', direction);
  }
  if (!(confidenceMin >= 0 && confidenceMin <= 1)) bad('confidenceMin', '0 to 1', confidenceMin);
  const answers = Object.keys(answer);
  if (answers.length !== 1 || !['change', 'step', 'switch', 'action'].includes(answers[0]!)) {
    bad('answer', 'one of change, step, switch, action', answers);
  }
  if ('action' in answer) checkTypeName(answer.action.type, `${where}, action`);
  if ('step' in answer && !(Math.abs(answer.step.by) > 0 && Number.isFinite(answer.step.by))) {
    bad('step', 'a finite number other than 0', answer.step.by);
  }
  const start = subject?.endsWith('*') ? subject.slice(0, -1) : undefined;
  const fits = (pattern: Pattern): boolean =>
    (kinds.includes('*') || kinds.includes(pattern.kind)) &&
    (direction === undefined || direction === pattern.direction) &&
    pattern.confidence >= confidenceMin &&
    (start === undefined
      ? subject === undefined || subject === pattern.subject
      : pattern.subject.startsWith(start));
  return { rule, fits };
}

function answerOf(rule: PlanRule, pattern: Pattern, document: RulesDocument): Planned | undefined {
  const { answer } = rule;
  const reasoning = rule.reasoning ?? reasonOf(pattern);
  if ('action' in answer) {
    const action = actionOf(answer.action, pattern);
    return action === undefined ? undefined : { action, reasoning };
  }
  const change = changeOf(answer, pattern, document);
  return change === undefined ? undefined : { change, reasoning };
}

/** A sentence about a pattern: what was found, where, how surely. */
export function reasonOf({ kind, subject, direction, confidence }: Pattern): string {
  const way = direction === undefined ? '' : `, ${direction} than before`;
  return `${kind} of ${subject}${way}, with confidence ${confidence}`;
}

function changeOf(
  answer: Exclude<PlanAnswer, { readonly action: unknown }>,
  pattern: Pattern,
  document: RulesDocument,
): Change | undefined {
  if ('switch' in answer) return switchChange(pattern.subject, answer.switch, document);
  if ('step' in answer) return stepChange(answer.step, document);
  const { change } = answer;
  if (change.kind === 'switch') return switchChange(change.name, change.enabled, document);
  if (change.kind !== 'parameter') return change;
  const body = document.parameters[change.name];
  return body === undefined || body.value === change.value ? undefined : change;
}

/** Switches what may be switched and is not so yet. */
export function switchChange(
  name: string,
  enabled: boolean,
  { hooks, guards, switches }: RulesDocument,
): Change | undefined {
  const item = [...hooks, ...guards].find((each) => each.name === name);
  if (item === undefined || item.protected || switches.includes(name) !== enabled) return undefined;
  return { kind: 'switch', name, enabled };
}

function stepChange(
  { parameter, by }: { readonly parameter: string; readonly by: number },
  { parameters }: RulesDocument,
): Change | undefined {
  const body = parameters[parameter];
  if (body === undefined || body.protected || typeof body.value !== 'number') return undefined;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = body;
  // Fifteen digits: 0.1 + 0.2 is to be 0.3.
  const wanted = Number((body.value + by).toPrecision(15));
  const value = Math.min(Math.max(wanted, min as number), max as number);
  const whole = body.valueKind === 'integer' ? Math.trunc(value) : value;
  return whole === body.value ? undefined : { kind: 'parameter', name: parameter, value: whole };
}

type ActionRule = Extract<PlanAnswer, { readonly action: unknown }>['action'];

function actionOf(
  { type, target, data = {} }: ActionRule,
  pattern: Pattern,
): { type: string; target: string; data: Record<string, Json> } | undefined {
  const filled = leafOf(target, pattern);
  if (typeof filled !== 'string') return undefined;
  const filledData: Record<string, Json> = {};
  for (const [name, leaf] of Object.entries(data)) {
    const value = leafOf(leaf, pattern);
    if (value !== undefined) filledData[name] = value;
  }
  return { type, target: filled, data: filledData };
}

function leafOf(leaf: PatternLeaf, pattern: Pattern): Json | undefined {
  if (typeof leaf !== 'object' || leaf === null || Array.isArray(leaf)) return leaf as Json;
  const { pattern: member, evidence } = leaf as { readonly [name: string]: Json };
  if (Object.keys(leaf).length !== 1) return leaf as Json;
  if (typeof evidence === 'string') return ownNumber(pattern.evidence, evidence);
  if (typeof member !== 'string' || !members.has(member)) return leaf as Json;
  return pattern[member as 'subject'];
}

const members: ReadonlySet<string> = new Set([
  ...['subject', 'kind', 'direction', 'detector', 'confidence'],
]);

function ownNumber(evidence: Pattern['evidence'], name: string): number | undefined {
  return Object.hasOwn(evidence, name) ? evidence[name] : undefined;
}
