import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Observation } from '../terms/observation.ts';
import type { ActionDeclaration } from './actions.ts';
import type { Doctrine } from './doctrine.ts';
import {
  compareNames,
  guardEntry,
  hookEntry,
  hookOrder,
  type ParameterBody,
  type ProtectedTerms,
  type RulesDocument,
  rulesHash,
} from './document.ts';
import type { Guard } from './guards.ts';
import type { Hook } from './hooks.ts';
import { type Parameter, valueProblem } from './parameters.ts';
import { type Slo, sloOf } from './slo.ts';
import type { Budget, Window } from './windows.ts';

/** Anything that a runtime's `rules` may hold. */
export type Rule = Hook | Guard | Parameter | Window | Budget | Doctrine | ActionDeclaration;

/** What a catalogue is made of. */
export interface CatalogueOptions {
  /** Every type that may be observed. */
  readonly observations: readonly Observation[];
  /** Every rule, in any order; names are unique among rules of a kind. */
  readonly rules: readonly Rule[];
  /** Hash of the shapes document, if there is one. */
  readonly shapes?: string | null;
  /** Limits that differ from {@link defaultSlo}. */
  readonly slo?: Partial<Slo>;
  /** What happens to actions that no guard matches; part of the snapshot. Default 'deny'. */
  readonly unguarded?: 'allow' | 'deny';
  /** Terms whose shapes no promotion may change. Default none. */
  readonly protected?: Partial<ProtectedTerms>;
}

/** The definitions given to a runtime: their rules as data, and the code behind them. */
export interface Catalogue {
  readonly document: RulesDocument;
  readonly hash: string;
  readonly observations: ReadonlyMap<string, Observation>;
  readonly actions: ReadonlyMap<string, ActionDeclaration>;
  readonly hooks: ReadonlyMap<string, Hook>;
  readonly guards: ReadonlyMap<string, Guard>;
}

/**
 * Puts definitions together. Names are unique, order of registration does not matter.
 *
 * @throws KnhkError KNHK_RULES_DUPLICATE, KNHK_RULES_UNKNOWN, KNHK_LIMIT_RULES, KNHK_RULES_SLO,
 * KNHK_RUNTIME_OPTION
 */
export function catalogueOf(options: CatalogueOptions): Catalogue {
  const { unguarded = 'deny' } = options;
  if (unguarded !== 'allow' && unguarded !== 'deny') {
    fail('KNHK_RUNTIME_OPTION', 'unguarded', 'allow or deny', unguarded);
  }
  const observations = byName('observation', options.observations, ({ type }) => type);
  const pick = <Kind extends Rule['kind']>(kind: Kind): Extract<Rule, { kind: Kind }>[] =>
    options.rules.filter((rule) => rule.kind === kind) as Extract<Rule, { kind: Kind }>[];
  for (const rule of options.rules) {
    if (!kinds.has(rule?.kind)) fail('KNHK_RULES_UNKNOWN', 'rules', [...kinds].join(', '), rule);
  }
  const actions = byName('action', pick('action'), ({ type }) => type);
  const hooks = byName('hook', pick('hook'), ({ name }) => name);
  const guards = byName('guard', pick('guard'), ({ name }) => name);
  if (hooks.size > limits.hooks || guards.size > limits.guards) {
    const expected = `at most ${limits.hooks} hooks and ${limits.guards} guards`;
    fail('KNHK_LIMIT_RULES', 'rules', expected, `${hooks.size} and ${guards.size}`);
  }
  for (const name of hooks.keys()) {
    // A switch names either, so one name must not stand for both.
    if (guards.has(name)) fail('KNHK_RULES_DUPLICATE', 'hook and guard', 'different names', name);
  }
  for (const hook of hooks.values()) {
    if (observations.get(hook.on)?.hash !== hook.observation.hash) {
      fail(
        'KNHK_RULES_UNKNOWN',
        `hook ${hook.name}`,
        'on: an observation of this runtime',
        hook.on,
      );
    }
  }
  const named = { observations, actions, hooks, guards };
  const document = documentOf(options, named, pick);
  return { document, hash: rulesHash(document), ...named };
}

const kinds: ReadonlySet<string> = new Set([
  'hook',
  'guard',
  'parameter',
  'window',
  'budget',
  'doctrine',
  'action',
]);

function byName<Item>(
  what: string,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): ReadonlyMap<string, Item> {
  const map = new Map<string, Item>();
  for (const item of [...items].sort((left, right) => compareNames(nameOf(left), nameOf(right)))) {
    const name = nameOf(item);
    if (map.has(name)) fail('KNHK_RULES_DUPLICATE', what, 'a unique name', name);
    map.set(name, item);
  }
  return map;
}

function documentOf(
  options: CatalogueOptions,
  named: Pick<Catalogue, 'observations' | 'actions' | 'hooks' | 'guards'>,
  pick: <Kind extends Rule['kind']>(kind: Kind) => Extract<Rule, { kind: Kind }>[],
): RulesDocument {
  const windows = byName('window', pick('window'), ({ spec }) => spec.name);
  const budgets = byName('budget', pick('budget'), ({ spec }) => spec.name);
  const parameters = byName('parameter', pick('parameter'), ({ name }) => name);
  const doctrines = byName('doctrine', pick('doctrine'), ({ name }) => name);
  const entries = <Item, Value>(map: ReadonlyMap<string, Item>, value: (item: Item) => Value) =>
    Object.fromEntries([...map].map(([name, item]) => [name, value(item)]));
  const document: RulesDocument = {
    actions: entries(named.actions, ({ hash }) => hash),
    budgets: entries(budgets, ({ spec }) => spec),
    declarations: entries(named.observations, ({ hash }) => hash),
    doctrines: [...doctrines.values()].map(({ name, rules }) => ({ name, rules })),
    guards: [...named.guards.values()].map(guardEntry),
    hooks: [...named.hooks.values()].sort(hookOrder).map(hookEntry),
    parameters: entries(parameters, parameterBody),
    protected: {
      classes: protectedTerms('classes', options.protected?.classes),
      properties: protectedTerms('properties', options.protected?.properties),
    },
    shapes: options.shapes ?? null,
    slo: sloOf(options.slo),
    switches: [],
    unguarded: options.unguarded ?? 'deny',
    windows: entries(windows, ({ spec }) => spec),
  };
  for (const { name, rules } of document.doctrines) {
    for (const rule of rules) {
      if (document.parameters[rule.parameter] !== undefined) continue;
      fail('KNHK_RULES_UNKNOWN', `doctrine ${name}`, 'a declared parameter', rule.parameter);
    }
  }
  return document;
}

/** A string would fall apart into letters, and protect nothing without a word. */
function protectedTerms(name: keyof ProtectedTerms, given: unknown): string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || !given.every((term) => typeof term === 'string')) {
    return fail('KNHK_RUNTIME_OPTION', `protected, ${name}`, 'a list of IRIs', given);
  }
  return [...given].sort();
}

function parameterBody(parameter: Parameter): ParameterBody {
  const { valueKind, value, min, max } = parameter;
  return {
    valueKind,
    value,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    protected: parameter.protected,
  };
}

/** Why a value does not fit a parameter of a document, or undefined. */
export function parameterProblem(
  document: RulesDocument,
  name: string,
  value: unknown,
): string | undefined {
  const body = Object.hasOwn(document.parameters, name) ? document.parameters[name] : undefined;
  return body === undefined ? 'a declared parameter' : valueProblem(body, value);
}
