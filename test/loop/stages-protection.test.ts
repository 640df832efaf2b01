import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stages } from '../../src/loop/stages/stages.ts';
import type { Proposal } from '../../src/loop/types.ts';
import { validate } from '../../src/loop/validate.ts';
import { type Change, inverseOf } from '../../src/rules/changes.ts';
import { allow, defineGuard } from '../../src/rules/index.ts';
import { controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import { openDesk, rules, setHigh, stageInput } from './support.ts';

let opened: Runtime[] = [];
afterEach(async () => {
  for (const runtime of opened) await runtime.close();
  opened = [];
});
const open = async (options: Partial<RuntimeOptions> = {}): Promise<Runtime> => {
  const runtime = await openDesk(options);
  opened.push(runtime);
  return runtime;
};

const withoutGuard = stages.filter(({ name }) => name !== 'guard');

/** What stage 4 says of a change; undefined where the proposal passes all stages. */
async function damage(
  runtime: Runtime,
  change: Change,
  shapesText?: string,
): Promise<string | undefined> {
  const { document } = controlOf(runtime)!.snapshot();
  const proposal: Pick<Proposal, 'change' | 'inverse' | 'shapesText'> = {
    change,
    inverse: inverseOf(document, change),
    ...(shapesText === undefined ? {} : { shapesText }),
  };
  const input = stageInput(runtime, proposal);
  // Whatever is refused here has to be refused by stage 4 and by nothing else.
  expect((await validate(input, { stages: withoutGuard })).passed).toBe(true);
  const { passed, stages: reports } = await validate(input);
  const { verdict, message } = reports.find(({ name }) => name === 'guard')!;
  expect(passed).toBe(verdict === 'pass');
  return message;
}

const toParameter = (name: string, value: number): Change => ({ kind: 'parameter', name, value });
const switchOff = (name: string): Change => ({ kind: 'switch', name, enabled: false });

describe('protected rules', () => {
  let runtime: Runtime;
  beforeEach(async () => {
    runtime = await open();
  });

  it.each([
    ['a protected parameter', toParameter('sealed', 11), 'parameter sealed'],
    ['a parameter of a protected guard', toParameter('valveMax', 99), 'guard valve-limit'],
    ['a parameter of a protected hook', toParameter('stopAt', 91), 'hook stop'],
    ["a parameter in a protected hook's template", toParameter('spare', 6), 'hook stop'],
    ['the switch of a protected guard', switchOff('valve-limit'), 'guard valve-limit'],
    ['the switch of a protected hook', switchOff('stop'), 'hook stop'],
    ['a protected hook, by removing it', { kind: 'remove-hook', hook: 'stop' }, 'hook stop'],
    ["a protected hook's conditions", { kind: 'conditions', hook: 'stop', when: [] }, 'hook stop'],
  ] as const)('refuse a change to %s', async (_what, change, named) => {
    expect(await damage(runtime, change)).toContain(named);
  });

  it.each([
    ['a parameter that only free hooks read', setHigh(60)],
    ['the switch of a free guard', switchOff('small-notes')],
    ['the switch of a free hook', switchOff('raise')],
    ['a free hook, by removing it', { kind: 'remove-hook', hook: 'note-size' }],
    ["a free hook's conditions", { kind: 'conditions', hook: 'raise', when: [] }],
  ] as const)('let pass a change to %s', async (_what, change) => {
    expect(await damage(runtime, change)).toBeUndefined();
  });
});

describe('a protected guard that is code', () => {
  it('may read every parameter, so that none may change', async () => {
    const check = (isProtected: boolean) =>
      defineGuard({ name: 'ask', on: '*', version: '1', check: allow, protected: isProtected });
    expect(await damage(await open({ rules: [...rules, check(true)] }), setHigh(60))).toContain(
      'ask',
    );
    expect(
      await damage(await open({ rules: [...rules, check(false)] }), setHigh(60)),
    ).toBeUndefined();
  });
});

describe('protected classes and properties', () => {
  const prefixes = `
    @prefix sh: <http://www.w3.org/ns/shacl#> .
    @prefix ex: <https://example.com/test#> .
  `;
  const level = 'sh:property [ sh:path ex:level ; sh:minInclusive 0 ]';
  const size = (least: number): string => `sh:property [ sh:path ex:size ; sh:minCount ${least} ]`;
  const turtle = (first: string, second: string): string => `${prefixes}
    ex:ReadingShape a sh:NodeShape ; sh:targetClass ex:Reading ; ${first} ; ${second} .
  `;
  const before = turtle(level, size(1));
  const iri = (name: string): string => `https://example.com/test#${name}`;
  const replace = (runtime: Runtime, text: string | null): Promise<string | undefined> => {
    const shapes = text === null ? undefined : compileShapes(text);
    return damage(runtime, { kind: 'shapes', shapes: shapes?.hash ?? null }, shapes?.text);
  };
  const protect = (what: 'classes' | 'properties', name: string): Promise<Runtime> =>
    open({ shapes: before, protected: { [what]: [iri(name)] } });

  it('refuse shapes that loosen, drop or move what is said of a protected property', async () => {
    const runtime = await protect('properties', 'level');
    const loose = 'sh:property [ sh:path ex:level ; sh:minInclusive -5 ]';
    const gone = 'sh:property [ sh:path ex:other ; sh:minInclusive 0 ]';
    for (const text of [turtle(loose, size(1)), turtle(gone, size(1)), turtle(size(1), size(2))]) {
      expect(await replace(runtime, text), text).toContain('level');
    }
  });

  it('refuse shapes of a protected class that are switched off or look elsewhere', async () => {
    const runtime = await protect('classes', 'Reading');
    const off = before.replace('a sh:NodeShape', 'a sh:NodeShape ; sh:deactivated true');
    const elsewhere = before.replace('ex:Reading ;', 'ex:Other ;');
    for (const text of [off, elsewhere])
      expect(await replace(runtime, text), text).toContain('Reading');
  });

  it('refuse to take away all shapes', async () => {
    expect(await replace(await protect('properties', 'level'), null)).toContain('level');
    expect(await replace(await protect('classes', 'Reading'), null)).toContain('Reading');
  });

  it('let pass other shapes where nothing is protected, and none', async () => {
    const runtime = await open({ shapes: before });
    expect(await replace(runtime, turtle(level, size(2)))).toBeUndefined();
    expect(await replace(runtime, null)).toBeUndefined();
  });

  it('let pass shapes that say more of something else', async () => {
    const runtime = await protect('properties', 'level');
    const more = `${before} ex:OtherShape a sh:NodeShape ; sh:targetClass ex:Other ;
      sh:property [ sh:path ex:size ; sh:minCount 1 ] .`;
    expect(await replace(runtime, more)).toBeUndefined();
  });
});
