import { defineAction } from '../../src/rules/actions.ts';
import { type Catalogue, type CatalogueOptions, catalogueOf } from '../../src/rules/catalogue.ts';
import { applyChange, type Change } from '../../src/rules/changes.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import { linkSnapshot } from '../../src/rules/snapshot.ts';
import { type ConditionDraft, exceeds, gt, observed, param } from '../../src/terms/conditions.ts';
import { integer, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { mistakes } from '../support/errors.ts';
import { Visit } from '../support/ops.ts';
import {
  budget,
  doctrine,
  guard,
  hook,
  most,
  observedOrder,
  run,
  template,
  window,
} from './makers.ts';

const otherOrder = defineObservation('order.placed', {
  class: 'https://example.com/test#Other',
  subject: 'order',
  fields: observedOrder.fields,
}) as unknown as Observation;
const Ship = defineAction('ship', { fields: { amount: integer() } });
const Note = defineAction('note', { fields: { amount: string() } });
const at = { parent: null, version: 1 };
const act = (more: object): Hook =>
  hook({ name: 't', run: undefined, act: { ...template, ...more } });
const visitHook = (when: readonly ConditionDraft[]): Hook =>
  defineHook({ name: 'v', version: '1', on: Visit, when, run });

const catalogue = (
  rules: CatalogueOptions['rules'],
  observations: readonly Observation[] = [observedOrder, Visit as unknown as Observation],
): Catalogue => catalogueOf({ observations, rules });
const link = (rules: CatalogueOptions['rules']): unknown => {
  const linked = catalogue(rules);
  return linkSnapshot(linked.document, linked, at);
};
const base = catalogue([hook(), act({}), guard(), most()]);
const change = (item: Change): unknown => applyChange(base.document, item);

mistakes('KNHK_RULES_DUPLICATE', [
  [
    () => catalogue([], [observedOrder, observedOrder]),
    'observation',
    'a unique name',
    'order.placed',
  ],
  [() => catalogue([Ship, Ship]), 'action', 'a unique name', 'ship'],
  [() => catalogue([hook(), hook({ version: '2' })]), 'hook', 'a unique name', 'h'],
  [() => catalogue([guard(), guard({ on: '*' })]), 'guard', 'a unique name', 'g'],
  [() => catalogue([window(), window({ perMs: 120 })]), 'window', 'a unique name', 'w'],
  [() => catalogue([budget(), budget({ max: 2 })]), 'budget', 'a unique name', 'b'],
  [() => catalogue([most(), most()]), 'parameter', 'a unique name', 'most'],
  [() => catalogue([most(), doctrine(), doctrine()]), 'doctrine', 'a unique name', 'd'],
  [() => catalogue([hook(), guard({ name: 'h' })]), 'hook and guard', 'different names', 'h'],
]);

mistakes('KNHK_RULES_UNKNOWN', [
  [
    () => catalogue([undefined as never]),
    'rules',
    'hook, guard, parameter, window, budget, doctrine, action',
    'undefined',
  ],
  [
    () => catalogue([{ kind: 'rule' } as never]),
    'rules',
    'hook, guard, parameter, window, budget, doctrine, action',
    'an object',
  ],
  [() => catalogue([hook()], []), 'hook h', 'on: an observation of this runtime', 'order.placed'],
  [
    () => catalogue([hook()], [otherOrder]),
    'hook h',
    'on: an observation of this runtime',
    'order.placed',
  ],
  [() => catalogue([doctrine()]), 'doctrine d', 'a declared parameter', 'most'],
  [
    () => link([guard({ deny: [gt('amount', 1)] })]),
    'guard g, amount',
    "defineAction('ship', ...)",
    'none',
  ],
  [
    () => linkSnapshot({ ...base.document, declarations: {} }, base, at),
    'hook h',
    'on: a declared observation',
    'order.placed',
  ],
]);

mistakes('KNHK_LIMIT_RULES', [
  [
    () => catalogue(Array.from({ length: 1_025 }, (_, at) => guard({ name: `g-${at}` }))),
    'rules',
    'at most 16384 hooks and 1024 guards',
    '0 and 1025',
  ],
]);

mistakes('KNHK_RULES_TEMPLATE', [
  [
    () => link([act({ target: { field: 'none' } })]),
    'hook t, template ship, target',
    'a declared field',
    'none',
  ],
  [
    () => link([act({ target: { field: 'valueOf' } })]),
    'hook t, template ship, target',
    'a declared field',
    'valueOf',
  ],
  [
    () => link([act({ data: { a: { param: 'valueOf' } } })]),
    'hook t, template ship, a',
    'a declared parameter',
    'valueOf',
  ],
  [
    () => link([act({ data: { a: { field: 'amount', more: 1 } } })]),
    'hook t, template ship, a',
    'a literal, {field} or {param}',
    'field,more',
  ],
  [
    () => link([act({ data: { a: {} } })]),
    'hook t, template ship, a',
    'a literal, {field} or {param}',
    '',
  ],
  [
    () => link([act({ data: { a: { field: 7 } } })]),
    'hook t, template ship, a',
    'a literal, {field} or {param}',
    'field',
  ],
]);

mistakes('KNHK_TERMS_CONDITION', [
  [
    () => link([Ship, guard({ deny: [gt('none', 1)] })]),
    'guard g, action none',
    'something this rule can read',
    'action none',
  ],
  [
    () => link([Ship, guard({ on: '*', deny: [gt('none', 1)] })]),
    'guard g, action none',
    'something this rule can read',
    'action none',
  ],
  [
    () => link([Ship, Note, guard({ on: '*', deny: [gt('amount', 1)] })]),
    'guard g, amount',
    'one kind',
    'string,integer',
  ],
  [
    () => link([guard({ deny: [gt(observed('valueOf'), 1)] })]),
    'guard g, field valueOf',
    'something this rule can read',
    'field valueOf',
  ],
  [
    () => link([guard({ deny: [gt(window(), 1)] })]),
    'guard g, window w',
    'something this rule can read',
    'window w',
  ],
  [
    () => link([budget(), guard({ on: 'note', deny: [exceeds(budget())] })]),
    'guard g, budget b',
    'something this rule can read',
    'budget b',
  ],
  // A name of Object.prototype is no budget: the guard would never have denied.
  [
    () => link([guard({ on: '*', deny: [exceeds({ reference: { budget: 'valueOf' } })] })]),
    'guard g, budget valueOf',
    'something this rule can read',
    'budget valueOf',
  ],
  [
    () => link([guard({ deny: [exceeds(budget())] })]),
    'guard g, budget b',
    'something this rule can read',
    'budget b',
  ],
  [
    () => link([hook({ when: [gt('amount', param('most'))] })]),
    'hook h',
    'a integer parameter',
    'most (not declared)',
  ],
  [
    () => link([hook({ when: [gt('amount', param('valueOf'))] })]),
    'hook h',
    'a integer parameter',
    'valueOf (not declared)',
  ],
  [
    () =>
      link([
        most({ kind: 'string', value: 'x', min: undefined, max: undefined }),
        hook({ when: [gt('amount', param('most'))] }),
      ]),
    'hook h',
    'a integer parameter',
    'most (string)',
  ],
  [
    () => link([window(), visitHook([gt(window(), 1)])]),
    'hook v, window w',
    'something this rule can read',
    'window w',
  ],
  [
    () => link([hook({ when: [gt(window(), 1)] })]),
    'hook h, window w',
    'something this rule can read',
    'window w',
  ],
]);

mistakes('KNHK_RULES_CHANGE', [
  [
    () => change({ kind: 'parameter', name: 'most', value: 99 }),
    'parameter most',
    'at most 20',
    '99',
  ],
  [
    () => change({ kind: 'parameter', name: 'valueOf', value: 1 }),
    'parameter valueOf',
    'a declared parameter',
    '1',
  ],
  [
    () => change({ kind: 'switch', name: 'none', enabled: true }),
    'switch none',
    'a hook or guard',
    'none',
  ],
  [
    () => change({ kind: 'switch', name: 'h', enabled: 1 as never }),
    'switch h',
    'a hook or guard',
    'h',
  ],
  [
    () => change({ kind: 'conditions', hook: 'g', when: [] }),
    'conditions g',
    'a hook of this snapshot',
    'g',
  ],
  [
    () => change({ kind: 'add-hook', hook: { ...base.document.hooks[0]!, name: 'new' } }),
    'add-hook new',
    'a template hook',
    'version:1',
  ],
  [
    () =>
      change({ kind: 'add-hook', hook: { ...base.document.hooks[0]!, name: 'new', code: 'act' } }),
    'add-hook new',
    'a template hook',
    'act',
  ],
  [
    () => change({ kind: 'add-hook', hook: { ...base.document.hooks[1]!, name: 'h' } }),
    'add-hook h',
    'a new name',
    'h',
  ],
  [
    () => change({ kind: 'remove-hook', hook: 'h' }),
    'remove-hook h',
    'a template hook of this snapshot',
    'h',
  ],
  [
    () => change({ kind: 'remove-hook', hook: 'none' }),
    'remove-hook none',
    'a template hook of this snapshot',
    'none',
  ],
  [() => change({ kind: 'magic' } as never), 'change', 'a known kind of change', 'an object'],
]);
