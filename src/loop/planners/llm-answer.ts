import { canonical, freezeCopy, type Json, type JsonObject } from '../../base/canonical.ts';
import { describe } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { applyChange, type Change, inverseOf } from '../../rules/changes.ts';
import type { Operator } from '../../terms/conditions.ts';
import type { Plan } from '../types.ts';
import { leftsOf, type Offer, rightsOf } from './llm-offer.ts';
import type { LlmRefusalReason } from './llm-types.ts';

/** What a condition of a model may ask. */
export const operators: readonly Operator[] = [
  ...(['eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'between', 'in', 'matches', 'includes'] as const),
  ...(['unique', 'datatype', 'present', 'absent', 'exceeds'] as const),
];

/** UTF-16 code units of an answer that is read at all. */
export const answerMax = 16_384;
/** UTF-16 code units of its reasoning. */
export const reasoningMax = 1_000;

/** Why an answer is no plan. */
export class Refused {
  readonly reason: LlmRefusalReason;
  readonly message: string;
  constructor(reason: LlmRefusalReason, message: string) {
    this.reason = reason;
    this.message = message;
  }
}

const malformed = (expected: string, got: unknown): Refused =>
  new Refused('malformed', `expected ${expected}, got ${describe(got)}`);
const forbidden = (message: string): Refused => new Refused('forbidden', message);

/**
 * Reads an answer: exactly one JSON object of the closed form, with nothing around it but white
 * space. A code fence is refused like any other text around it: what has to be peeled off has to
 * be guessed. Two members of one name are refused, because readers differ in which one counts.
 */
export function readAnswer(text: unknown, offer: Offer): Plan | Refused {
  if (typeof text !== 'string') return malformed('text', text);
  if (text.length > answerMax) return malformed(`at most ${answerMax} characters`, text.length);
  const answer = parse(text);
  if (answer instanceof Refused) return answer;
  if (!hasMembers(answer, ['change', 'reasoning'])) {
    return malformed('an object of change and reasoning', answer);
  }
  const { change, reasoning } = answer;
  if (!isSentence(reasoning)) {
    return malformed(`a reasoning of 1 to ${reasoningMax} characters`, reasoning);
  }
  if (change === null) return new Refused('declined', describe(reasoning));
  const problem = changeProblem(change!, offer);
  if (problem !== undefined) return problem;
  return tried(change as unknown as Change, reasoning, offer);
}

function parse(text: string): Json | Refused {
  try {
    const { value } = freezeCopy(JSON.parse(text), 'answer');
    if (membersWritten(text) !== membersOf(value)) return malformed('each member once', text);
    return value;
  } catch {
    return malformed('one JSON object, with nothing around it', text);
  }
}

/** How many members a JSON text writes: strings that a colon follows. */
function membersWritten(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)) if (colon !== '') count++;
  return count;
}

/** How many members are left once it is read. */
function membersOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, item) => sum + membersOf(item), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

/** True for an object of exactly these members, some of which may lack. */
function hasMembers(
  value: Json | undefined,
  needed: readonly string[],
  optional: readonly string[] = [],
): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return (
    needed.every((name) => names.includes(name)) &&
    names.every((name) => needed.includes(name) || optional.includes(name))
  );
}

/** One line of plain text: people decide by it, and controls could hide a part of it from them. */
function isSentence(value: Json | undefined): value is string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > reasoningMax) return false;
  return !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(value);
}

function changeProblem(change: Json, offer: Offer): Refused | undefined {
  if (hasMembers(change, ['kind', 'name', 'value']) && change['kind'] === 'parameter') {
    const { name, value } = change;
    if (!offer.parameters.has(name as string)) return forbidden(`parameter ${describe(name)}`);
    return isScalar(value) ? undefined : malformed('a value', value);
  }
  if (hasMembers(change, ['kind', 'name', 'enabled']) && change['kind'] === 'switch') {
    const { name, enabled } = change;
    if (!offer.switches.has(name as string)) return forbidden(`switch ${describe(name)}`);
    return typeof enabled === 'boolean' ? undefined : malformed('true or false', enabled);
  }
  if (hasMembers(change, ['kind', 'hook', 'when']) && change['kind'] === 'conditions') {
    return conditionsProblem(change['hook']!, change['when']!, offer);
  }
  return malformed('a change of an allowed kind', (change as JsonObject)['kind'] ?? change);
}

const isScalar = (value: Json | undefined): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Other conditions over what the hook reads now; whether they fit their fields, stage 1 says. */
function conditionsProblem(name: Json, when: Json, offer: Offer): Refused | undefined {
  const hook = offer.conditions.get(name as string);
  if (hook === undefined) return forbidden(`conditions of ${describe(name)}`);
  if (!Array.isArray(when) || when.length > limits.conditionsPerHook) {
    return malformed(`at most ${limits.conditionsPerHook} conditions`, when);
  }
  const lefts = leftsOf(hook);
  const rights = rightsOf(hook);
  for (const condition of when as readonly Json[]) {
    if (!hasMembers(condition, ['op', 'left'], ['right'])) {
      return malformed('a condition of op, left and right', condition);
    }
    const { op, left, right } = condition;
    if (!operators.includes(op as Operator)) return malformed(operators.join(', '), op);
    if (!lefts.has(canonical(left)))
      return forbidden(`a condition over ${describe(canonical(left))}`);
    if (right === undefined || rights.has(canonical(right)) || isValue(right)) continue;
    const isNamed = hasMembers(right, ['param']) && typeof right['param'] === 'string';
    if (!isNamed) return forbidden('a comparison with something else');
    const param = right['param'] as string;
    const isKnown = Object.hasOwn(offer.document.parameters, param);
    if (!isKnown) return forbidden(`a comparison with ${describe(param)}`);
  }
  return undefined;
}

function isValue(right: Json): boolean {
  if (!hasMembers(right, ['value'])) return false;
  const { value } = right;
  if (!Array.isArray(value)) return isScalar(value);
  return value.length <= limits.inSetValues && value.every(isScalar);
}

/** The plan, where the change fits the rules: that it touches nothing protected, the offer says. */
function tried(change: Change, reasoning: string, { document }: Offer): Plan | Refused {
  try {
    applyChange(document, change);
  } catch (error) {
    return forbidden(describe(error));
  }
  if (canonical(inverseOf(document, change)) === canonical(change)) {
    return new Refused('unchanged', 'it is so already');
  }
  return { change, reasoning };
}
