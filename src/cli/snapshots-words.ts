import type { Change } from '../rules/changes.ts';
import type { RulesDocument } from '../rules/document.ts';
import type { Condition, Operand, Right } from '../terms/conditions.ts';

const signs: Readonly<Record<string, string>> = {
  ...{ eq: '=', neq: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' },
};

function operandWords(operand: Operand): string {
  if ('window' in operand) return `window ${operand.window}`;
  if ('budget' in operand) return `budget ${operand.budget}`;
  const name = 'field' in operand ? operand.field : `action ${operand.action}`;
  const { part } = operand;
  if (part === undefined) return name;
  return part === 'length' ? `length of ${name}` : `count of ${part.count} in ${name}`;
}

function rightWords(right: Right): string {
  if ('param' in right) return `parameter ${right.param}`;
  return 'value' in right ? JSON.stringify(right.value) : operandWords(right);
}

/** A condition as people read it. */
function conditionWords({ op, left, right }: Condition): string {
  const words = `${operandWords(left)} ${signs[op] ?? op}`;
  return right === undefined ? words : `${words} ${rightWords(right)}`;
}

/** Conditions that must all hold. */
export const whenWords = (when: readonly Condition[]): string =>
  when.length === 0 ? 'always' : when.map(conditionWords).join(' and ');

/** A change in words; with the rules that it is made to it names what it replaces. */
export function changeWords(change: Change, before?: RulesDocument): string {
  switch (change.kind) {
    case 'parameter': {
      const value = before?.parameters[change.name]?.value;
      const from = value === undefined ? '' : `${JSON.stringify(value)} -> `;
      return `parameter ${change.name}: ${from}${JSON.stringify(change.value)}`;
    }
    case 'switch':
      return `${change.name}: switched ${change.enabled ? 'on' : 'off'}`;
    case 'conditions': {
      const when = before?.hooks.find(({ name }) => name === change.hook)?.when;
      const from = when === undefined ? '' : `${whenWords(when)} -> `;
      return `hook ${change.hook}: ${from}${whenWords(change.when)}`;
    }
    case 'add-hook': {
      const { name, when } = change.hook;
      const off = change.enabled === false ? ', switched off' : '';
      return `hook ${name}: added, ${whenWords(when)}${off}`;
    }
    case 'remove-hook':
      return `hook ${change.hook}: removed`;
    case 'shapes': {
      const from = before === undefined ? '' : `${short(before.shapes)} -> `;
      return `shapes: ${from}${short(change.shapes)}`;
    }
  }
}

const shownDigits = 12;

/** The first digits of a hash. */
export const short = (hash: string | null): string => hash?.slice(0, shownDigits) ?? 'none';
