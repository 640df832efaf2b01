import { type ActionTemplate, action } from '../../src/rules/actions.ts';
import { type Catalogue, type CatalogueOptions, catalogueOf } from '../../src/rules/catalogue.ts';
import { type Doctrine, defineDoctrine } from '../../src/rules/doctrine.ts';
import type { RulesDocument } from '../../src/rules/document.ts';
import { defineGuard, type Guard } from '../../src/rules/guards.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import { defineParameter, type Parameter } from '../../src/rules/parameters.ts';
import { linkSnapshot, type Snapshot } from '../../src/rules/snapshot.ts';
import { type Budget, defineBudget, defineWindow, type Window } from '../../src/rules/windows.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, Visit } from '../support/ops.ts';

// One sound definition of each kind; a test hands in what is different, or wrong.

export const observedOrder = Order as unknown as Observation;
export const template: ActionTemplate = { type: 'ship', target: 'x' };
export const rule = { id: 'late', parameter: 'most', between: [1, 2] } as const;
export const run = () => [action('ship', { target: 'x' })];

export const hook = (more: object = {}): Hook =>
  defineHook({ name: 'h', version: '1', on: Order, when: [], run, ...more } as never);
export const guard = (more: object = {}): Guard =>
  defineGuard({ name: 'g', on: 'ship', deny: [], ...more } as never);
export const window = (more: object = {}): Window =>
  defineWindow({
    name: 'w',
    on: observedOrder,
    key: 'customer',
    perMs: 60,
    count: true,
    ...more,
  } as never);
export const budget = (more: object = {}): Budget =>
  defineBudget({ name: 'b', on: 'ship', key: 'target', perMs: 10, max: 1, ...more });
export const most = (more: object = {}): Parameter =>
  defineParameter({ name: 'most', kind: 'integer', value: 5, min: 0, max: 20, ...more } as never);
export const doctrine = (more: object = {}): Doctrine =>
  defineDoctrine({ name: 'd', rules: [rule], ...more });

/** A hook whose action is data. */
export const act = (name: string, more: object = {}): Hook =>
  hook({ name, run: undefined, act: template, ...more });

export const visit = Visit as unknown as Observation;
/** A catalogue over both types of the support. */
export const catalogue = (
  rules: CatalogueOptions['rules'],
  more: Partial<CatalogueOptions> = {},
): Catalogue => catalogueOf({ observations: [observedOrder, visit], rules, ...more });
export const link = (document: RulesDocument, code: Catalogue): Snapshot =>
  linkSnapshot(document, code, { parent: null, version: 1 });
