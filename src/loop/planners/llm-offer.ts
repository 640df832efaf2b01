import { canonical, type Json } from '../../base/canonical.ts';
import type { ParameterBody, RulesDocument } from '../../rules/document.ts';
import { protectedDamage } from '../stages/protection.ts';
import type { LlmChangeKind } from './llm-types.ts';

// Enough for a reader; the rules that the pattern is about come first.
const offeredMax = 64;
// What is protected is passed over, but not without end.
const triedMax = 1_024;

type HookEntry = RulesDocument['hooks'][number];

/** What a model may change in the rules that decide now. */
export interface Offer {
  readonly document: RulesDocument;
  readonly parameters: ReadonlyMap<string, ParameterBody>;
  /** Hooks that may be switched; guards never are. */
  readonly switches: ReadonlyMap<string, HookEntry>;
  /** Hooks whose conditions may be replaced by others over what they read now. */
  readonly conditions: ReadonlyMap<string, HookEntry>;
}

/** What a change would do to something protected, or undefined. */
function damageOf(document: RulesDocument, after: RulesDocument): string | undefined {
  return protectedDamage({ document, shapes: undefined }, { document: after, shapes: undefined });
}

/** True where another value of the parameter leaves everything protected as it is. */
function isFree(document: RulesDocument, name: string, body: ParameterBody): boolean {
  // Whatever it is: only that it differs counts here.
  const other = { ...body, value: `other than ${body.value}` };
  const after = { ...document, parameters: { ...document.parameters, [name]: other } };
  return damageOf(document, after) === undefined;
}

/** The first things that pass, up to the most that are offered. */
function firstOf<Item>(
  items: readonly (readonly [string, Item])[],
  passes: (name: string, item: Item) => boolean,
): Map<string, Item> {
  const found = new Map<string, Item>();
  for (const [name, item] of items.slice(0, triedMax)) {
    if (found.size >= offeredMax) break;
    if (passes(name, item)) found.set(name, item);
  }
  return found;
}

/** What may be changed in answer to a pattern about this subject. */
export function offerOf(
  document: RulesDocument,
  subject: string,
  kinds: readonly LlmChangeKind[],
): Offer {
  const isAbout = ({ name, on }: HookEntry): boolean =>
    name === subject || on === subject || subject.startsWith(`${on} `);
  const about = document.hooks.filter(isAbout);
  const read = new Set(about.flatMap((hook) => paramsOf(hook)));
  const byRank = <Item>(items: readonly Item[], isFirst: (item: Item) => boolean): Item[] => [
    ...items.filter(isFirst),
    ...items.filter((item) => !isFirst(item)),
  ];
  const hooks = byRank(document.hooks, isAbout).map((hook) => [hook.name, hook] as const);
  const parameters = byRank(Object.entries(document.parameters), ([name]) => read.has(name));
  const only = <Item>(kind: LlmChangeKind, items: readonly Item[]): readonly Item[] =>
    kinds.includes(kind) ? items : [];
  return {
    document,
    parameters: firstOf(only('parameter', parameters), (name, body) =>
      isFree(document, name, body),
    ),
    switches: firstOf(only('switch', hooks), (_name, hook) => !hook.protected),
    conditions: firstOf(
      only('conditions', hooks),
      (_name, hook) => !hook.protected && hook.when.length > 0,
    ),
  };
}

/** Parameters that a hook's conditions name. */
function paramsOf({ when }: HookEntry): string[] {
  return when.flatMap(({ right }) =>
    right !== undefined && 'param' in right ? [right.param] : [],
  );
}

/** What the conditions of a hook read, each once, with its canonical text. */
export function leftsOf({ when }: HookEntry): Map<string, Json> {
  return new Map(when.map(({ left }) => [canonical(left), left as unknown as Json]));
}

/** The operands that stand on the right side of a hook's conditions. */
export function rightsOf({ when }: HookEntry): Map<string, Json> {
  const operands = when.flatMap(({ right }) =>
    right === undefined || 'value' in right || 'param' in right ? [] : [right],
  );
  return new Map(operands.map((right) => [canonical(right), right as unknown as Json]));
}
