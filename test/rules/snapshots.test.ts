import { describe, expect, test } from 'vitest';
import { hashCanonical, hashOf } from '../../src/base/canonical.ts';
import { type Catalogue, catalogueOf } from '../../src/rules/catalogue.ts';
import { applyChange } from '../../src/rules/changes.ts';
import {
  compareNames,
  parameterHash,
  rulesHash,
  rulesText,
  snapshotHash,
  snapshotText,
} from '../../src/rules/document.ts';
import { allow } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import type { ParameterKind } from '../../src/rules/parameters.ts';
import { defaultSlo } from '../../src/rules/slo.ts';
import { fieldOfHook, linkSnapshot, missingCode } from '../../src/rules/snapshot.ts';
import { eq, param } from '../../src/terms/conditions.ts';
import {
  boolean,
  decimal,
  type Field,
  instant,
  integer,
  iri,
  number,
  oneOf,
  string,
} from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { mistakeOf } from '../support/errors.ts';
import { linked, Visit } from '../support/ops.ts';
import {
  act,
  budget,
  catalogue,
  doctrine,
  guard,
  hook,
  link,
  most,
  observedOrder,
  visit,
  window,
} from './makers.ts';

describe('the document', () => {
  test('has everything by name, hooks in total order, and nothing of the order given', () => {
    const rules = [
      most(),
      doctrine({ name: 'd-two' }),
      doctrine({ name: 'd-one' }),
      hook({ name: 'b', priority: 1 }),
      hook({ name: 'a', priority: 1 }),
      hook({ name: 'z', priority: 0 }),
      guard({ name: 'g-two' }),
      guard({ name: 'g-one' }),
      window(),
      budget(),
    ];
    const protectedTerms = { classes: ['urn:b', 'urn:a'], properties: ['urn:d', 'urn:c'] };
    const { document, hash } = catalogue(rules, { protected: protectedTerms, shapes: 'x' });
    expect(document.hooks.map(({ name }) => name)).toEqual(['z', 'a', 'b']);
    expect(document.guards.map(({ name }) => name)).toEqual(['g-one', 'g-two']);
    expect(document.doctrines.map(({ name }) => name)).toEqual(['d-one', 'd-two']);
    expect(document.protected).toEqual({
      classes: ['urn:a', 'urn:b'],
      properties: ['urn:c', 'urn:d'],
    });
    expect(document).toMatchObject({
      budgets: { b: budget().spec },
      windows: { w: window().spec },
      declarations: { 'order.placed': observedOrder.hash, 'visit.made': visit.hash },
      parameters: { most: { valueKind: 'integer', value: 5, min: 0, max: 20, protected: false } },
      shapes: 'x',
      slo: defaultSlo,
      switches: [],
      unguarded: 'deny',
    });
    expect(catalogue([...rules].reverse(), { protected: protectedTerms, shapes: 'x' }).hash).toBe(
      hash,
    );
    expect(catalogue([]).document).toMatchObject({
      protected: { classes: [], properties: [] },
      shapes: null,
    });
    expect(catalogue([], { unguarded: 'allow' }).document.unguarded).toBe('allow');
  });

  test('hashes are those of FORMATS', () => {
    const { document, hash } = catalogue([most()]);
    expect(rulesText(document)).toBe(JSON.stringify(JSON.parse(rulesText(document))));
    expect(hash).toBe(hashCanonical('rules', rulesText(document)));
    expect(rulesHash(document)).toBe(hash);
    const identity = { parent: null, version: 3, rules: hash };
    const text = `{"parent":null,"rules":"${hash}","version":3}`;
    expect([snapshotText(identity), snapshotHash(identity)]).toEqual([
      text,
      hashCanonical('snapshot', text),
    ]);
    const snapshot = linkSnapshot(document, catalogue([most()]), { parent: 'a', version: 2 });
    expect(snapshot).toMatchObject({ parent: 'a', version: 2, rules: hash });
    expect(snapshot.hash).toBe(snapshotHash({ parent: 'a', version: 2, rules: hash }));
    const body = document.parameters['most']!;
    expect(parameterHash('most', body)).toBe(hashOf('parameter', { name: 'most', ...body }));
  });

  test('names are in the order of their code units', () => {
    expect(['b', 'a', '\u{1f600}', '\uffff', 'a'].sort(compareNames)).toEqual([
      'a',
      'a',
      'b',
      '\u{1f600}',
      '\uffff',
    ]);
    expect([compareNames('a', 'b'), compareNames('b', 'a'), compareNames('a', 'a')]).toEqual([
      -1, 1, 0,
    ]);
  });

  test('1,024 guards are fine', () => {
    const guards = Array.from({ length: 1_024 }, (_, index) => guard({ name: `g-${index}` }));
    expect(catalogue(guards).guards.size).toBe(1_024);
  });

  test('16,385 hooks are too many', () => {
    const one = hook();
    const hooks = Array.from({ length: 16_385 }, (_, index) => ({ ...one, name: `h-${index}` }));
    expect(mistakeOf(() => catalogue(hooks))).toEqual([
      'KNHK_LIMIT_RULES',
      'rules',
      'at most 16384 hooks and 1024 guards',
      '16385 and 0',
    ]);
  });

  test('unguarded is one of two words', () => {
    expect(mistakeOf(() => catalogue([], { unguarded: 'ask' as never }))).toEqual([
      'KNHK_RUNTIME_OPTION',
      'unguarded',
      'allow or deny',
      'ask',
    ]);
  });
});

describe('parameters fit fields of their kind, and few others', () => {
  const fields: Readonly<Record<string, Field>> = {
    integer: integer(),
    number: number(),
    decimal: decimal(),
    boolean: boolean(),
    string: string(),
    iri: iri(),
    instant: instant(),
    oneOf: oneOf(['a', 'b']),
  };
  const Thing = defineObservation('thing.seen', {
    class: 'https://example.com/test#Thing',
    subject: 'subject',
    fields: { subject: iri(), ...fields },
  }) as unknown as Observation;
  const fitting: Readonly<Record<ParameterKind, readonly string[]>> = {
    integer: ['integer', 'number'],
    number: ['integer', 'number'],
    decimal: ['decimal'],
    boolean: ['boolean'],
    string: ['string', 'iri', 'oneOf'],
  };
  const values = { integer: 1, number: 1.5, decimal: '1', boolean: true, string: 'a' } as const;
  test.each(Object.keys(fitting) as ParameterKind[])('%s', (kind) => {
    const accepted = Object.keys(fields).filter((name) => {
      const parameter = most({ kind, value: values[kind], min: undefined, max: undefined });
      const on = hook({ on: Thing, when: [eq(name, param('most'))] });
      const code = catalogue([parameter, on], { observations: [Thing] });
      const mistake = mistakeOf(() => link(code.document, code));
      if (mistake === undefined) return true;
      const expected = `a ${name} parameter`;
      expect(mistake).toEqual(['KNHK_TERMS_CONDITION', 'hook h', expected, `most (${kind})`]);
      return false;
    });
    expect(accepted.sort()).toEqual([...fitting[kind]].sort());
  });
});

describe('linking', () => {
  test('a type that is declared otherwise now has no plan', () => {
    const Other = defineObservation('order.placed', {
      class: 'https://example.com/test#Other',
      subject: 'order',
      fields: observedOrder.fields,
    }) as unknown as Observation;
    const { document } = catalogue([]);
    const plans = (observations: readonly Observation[]): string[] => [
      ...link(document, catalogueOf({ observations, rules: [] })).plans.keys(),
    ];
    expect(plans([observedOrder, visit])).toEqual(['order.placed', 'visit.made']);
    expect(plans([Other, visit])).toEqual(['visit.made']);
    expect(plans([])).toEqual([]);
  });

  test('code is of its hook, its version and its type', () => {
    const { document } = catalogue([hook(), act('t')]);
    const runs = (code: Catalogue): boolean[] =>
      link(document, code)
        .plans.get('order.placed')!
        .hooks.map((item) => Object.hasOwn(item, 'run'));
    expect(runs(catalogue([hook(), act('t')]))).toEqual([true, false]);
    expect(runs(catalogue([hook({ version: '2' })]))).toEqual([false, false]);
    expect(runs(catalogue([hook({ on: Visit })]))).toEqual([false, false]);
    expect(runs(catalogue([]))).toEqual([false, false]);
    const stolen = {
      ...document,
      hooks: [{ ...document.hooks[1]!, name: 'h', code: 'version:1' }],
    };
    expect(
      link(stolen, catalogue([hook()])).plans.get('order.placed')!.hooks[0],
    ).not.toHaveProperty('run');
  });

  test('templates need no code; what is missing is listed once', () => {
    const check = () => allow();
    const code = [hook(), guard({ deny: undefined, check, version: '1' })];
    const { document } = catalogue([...code, act('t'), guard({ name: 'data' })]);
    expect(missingCode(link(document, catalogue(code)))).toEqual([]);
    expect(missingCode(link(document, catalogue([])))).toEqual(['hook h', 'guard g']);
  });

  test('what a hook may read', () => {
    const { document } = catalogue([window()]);
    const read = (operand: object) => fieldOfHook(document, observedOrder, operand as never);
    expect(read({ field: 'amount' })).toEqual(integer());
    expect(read({ window: 'w' })).toEqual({ kind: 'number', optional: true });
    for (const operand of [
      { field: 'none' },
      { field: 'valueOf' },
      { window: 'none' },
      { window: 'valueOf' },
      { budget: 'b' },
      { action: 'amount' },
    ]) {
      expect(read(operand)).toBeUndefined();
    }
    expect(fieldOfHook(document, visit, { window: 'w' })).toBeUndefined();
  });

  test('a switched hook has no lane, and the others keep their index', () => {
    const code = catalogue([hook({ name: 'a' }), hook({ name: 'b' })]);
    const off = applyChange(code.document, { kind: 'switch', name: 'a', enabled: false });
    const { hooks } = link(off, code).plans.get('order.placed')!;
    expect(hooks.map(({ index, name }) => [index, name])).toEqual([[1, 'b']]);
  });
});

test('a hook on a visit sees visits only', () => {
  const visits = defineHook({ name: 'v', version: '1', on: Visit, when: [], run: () => [] });
  const { plans } = linked([visits, hook()]);
  expect(plans.get('visit.made')!.hooks.map(({ name }) => name)).toEqual(['v']);
  expect(plans.get('order.placed')!.hooks.map(({ name }) => name)).toEqual(['h']);
});
