import fc from 'fast-check';
import { expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { catalogueOf } from '../../src/rules/catalogue.ts';
import { ContextState } from '../../src/rules/context.ts';
import { defineBudget, defineWindow } from '../../src/rules/windows.ts';
import { gte } from '../../src/terms/conditions.ts';
import { integer, iri, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { runs } from '../support/effort.ts';

const Visit = defineObservation('visit.made', {
  class: 'https://example.com/test#Visit',
  subject: 'page',
  personal: 'visitor',
  fields: { page: iri(), visitor: string(), number: integer() },
}) as unknown as Observation;
const on = Visit;
const perMs = 60_000;
const observations = [Visit];
const { document } = catalogueOf({
  observations,
  rules: [
    defineWindow({ name: 'visits', on, key: 'visitor', perMs, count: true }),
    defineWindow({ name: 'run', on, key: 'visitor', consecutive: gte('number', 0) }),
    defineWindow({ name: 'visitors', on, key: 'page', perMs, distinct: 'visitor' }),
    defineWindow({ name: 'most', on, key: 'page', perMs, max: 'number' }),
    defineBudget({ name: 'mails', on: 'mail', key: 'target', perMs, max: 3 }),
  ],
});

function state(): ContextState {
  const made = new ContextState();
  made.follow(document, new Map([[Visit.type, Visit]]));
  return made;
}

interface Step {
  readonly page: string;
  readonly visitor: string;
  readonly number: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  page: fc.constantFrom('p', 'q'),
  visitor: fc.constantFrom('ann', 'bob', '7'),
  number: fc.constantFrom(-1, 7, 9),
});

const nameOf = (value: string): string | undefined => (value === 'ann' ? 'name of ann' : undefined);

function advance(to: ContextState, { page, visitor, number }: Step, at: number): void {
  to.advance(Visit.type, { page, visitor, number }, at, [action('mail', { target: visitor })]);
}

test('what is keyed by the subject begins anew, nothing else changes, nothing names it', () => {
  fc.assert(
    fc.property(fc.array(step), fc.array(step), (before, after) => {
      const [forgetting, keeping, without] = [state(), state(), state()];
      let at = 0;
      for (const visit of before) {
        at++;
        advance(forgetting, visit, at);
        advance(keeping, visit, at);
        if (visit.visitor !== 'ann') advance(without, visit, at);
      }
      const distinct = (of: ContextState, page: string) => of.windowValue('visitors', page, at);
      const countsBefore = ['p', 'q'].map((page) => distinct(forgetting, page));
      forgetting.forget(nameOf);
      expect(['p', 'q'].map((page) => distinct(forgetting, page))).toEqual(countsBefore);
      expect(JSON.stringify(forgetting)).not.toContain('"ann"');
      for (const visit of after) {
        at++;
        for (const each of [forgetting, keeping, without]) advance(each, visit, at);
      }
      // At the subject's keys it is as if nothing was before, at others as if nothing happened.
      for (const visitor of ['ann', 'bob', '7']) {
        const like = visitor === 'ann' ? without : keeping;
        for (const name of ['visits', 'run']) {
          expect(forgetting.windowValue(name, visitor, at)).toBe(
            like.windowValue(name, visitor, at),
          );
        }
        const left = (of: ContextState) => of.view(Visit.type, {}, at).budget('mails', visitor);
        expect(left(forgetting)).toBe(left(like));
      }
      for (const page of ['p', 'q']) {
        expect(forgetting.windowValue('most', page, at)).toBe(
          keeping.windowValue('most', page, at),
        );
      }
    }),
    { numRuns: runs(200) },
  );
});

test('state that is saved and put back forgets the same', () => {
  const [live, restored] = [state(), state()];
  for (let at = 1; at < 9; at++) {
    advance(live, { page: 'p', visitor: at % 2 === 0 ? 'ann' : 'bob', number: at }, at);
  }
  restored.restore(JSON.parse(JSON.stringify(live)));
  live.forget(nameOf);
  restored.forget(nameOf);
  expect(restored.toJSON()).toEqual(live.toJSON());
  expect(live.windowValue('visitors', 'p', 9)).toBe(2);
});
