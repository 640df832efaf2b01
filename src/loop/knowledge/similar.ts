import { canonical, hashOf } from '../../base/canonical.ts';
import { type Change, changeName } from '../../rules/changes.ts';
import type { RulesDocument } from '../../rules/document.ts';
import type { Pattern } from '../types.ts';
import type { Wish } from './types.ts';

/** A number of the evidence that moves by more than this share of itself is other evidence. */
const materialShare = 0.2;

/** What identifies a change: its canonical JSON and what it would replace. */
export const changeKey = ({ change, inverse }: Pick<Wish, 'change' | 'inverse'>): string =>
  canonical([change, inverse]);

/** What identifies a pattern apart from its evidence. */
export const patternKey = ({ detector, kind, subject, direction }: Pattern): string =>
  canonical([detector, kind, subject, direction ?? null]);

/**
 * True where two patterns show the same: same kind, subject and direction, the same numbers by
 * name, and none of them more than 20 % off what it was. Who found it does not matter.
 */
export function isSameEvidence(then: Pattern | null, now: Pattern | null): boolean {
  if (then === null || now === null) return then === now;
  if (then.kind !== now.kind || then.subject !== now.subject) return false;
  if (then.direction !== now.direction) return false;
  const names = Object.keys(then.evidence);
  if (names.length !== Object.keys(now.evidence).length) return false;
  return names.every((name) => {
    const before = then.evidence[name] as number;
    const after = now.evidence[name];
    if (after === undefined) return false;
    return Math.abs(after - before) <= materialShare * Math.abs(before);
  });
}

type Rule = RulesDocument['hooks'][number] | RulesDocument['guards'][number];

/**
 * Hash of what bears on a change in the rules: the parameter, hook or guard itself, whether it is
 * switched on, and those that share a parameter with it. Where this is another one, what was said
 * of the change before says nothing any more.
 */
export function basisOf(document: RulesDocument, change: Change): string {
  if (change.kind === 'shapes') return hashOf('basis', { shapes: document.shapes });
  const name = changeName(change);
  const rules: readonly Rule[] = [...document.hooks, ...document.guards];
  const own = rules.filter((rule) => rule.name === name);
  const names = change.kind === 'parameter' ? [name] : own.flatMap(parametersOf);
  const wanted = new Set(names);
  const others = rules.filter(
    (rule) => rule.name !== name && parametersOf(rule).some((read) => wanted.has(read)),
  );
  const state = (rule: Rule) => [rule.name, rule.hash, document.switches.includes(rule.name)];
  const doctrines = document.doctrines.flatMap((doctrine) =>
    doctrine.rules
      .filter(({ parameter }) => wanted.has(parameter))
      .map(({ id, between }) => [doctrine.name, id, ...between]),
  );
  // Code may read any parameter, so that other code is another basis of each of them.
  const codes = change.kind === 'parameter' ? rules.filter(hasCode).map(({ code }) => code) : [];
  return hashOf('basis', {
    rules: [...own, ...others].map(state),
    codes,
    parameters: [...wanted].sort().map((read) => [read, document.parameters[read] ?? null]),
    doctrines,
  });
}

const hasCode = (rule: Rule): boolean =>
  'mode' in rule ? rule.mode === 'check' : rule.act === undefined;

/** Names of the parameters that a rule's data reads; what code reads is in its hash. */
function parametersOf(rule: Rule): readonly string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { param } = value as { readonly param?: unknown };
    if (typeof param === 'string') found.push(param);
    for (const member of Object.values(value)) look(member);
  };
  look(rule.when);
  if ('act' in rule) look(rule.act);
  return found;
}
