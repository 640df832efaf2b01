import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { applyChange, type Change } from '../../src/rules/changes.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { gte, lt, param } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Choices } from '../kernel/lanes.ts';
import { Order, order, Visit } from '../support/ops.ts';
import { openTest } from '../support/runtime.ts';
import { projectRoot } from '../tidy/files.ts';
import { hooksOf, inputOf, names, Sample } from './look-rules.ts';
import { answerOf, expectedAnswer, looksOf } from './look-support.ts';

afterEach(() => vi.unstubAllGlobals());

const stages = Array.from({ length: 7 }, () => 'pass' as const);

/** Puts changed rules in force, as a loop does whose stages have all passed. */
async function promote(runtime: Runtime, ...changes: readonly Change[]): Promise<void> {
  const control = controlOf(runtime) as Control;
  const { hash: parent, document: current } = control.snapshot();
  const document = changes.reduce(applyChange, current);
  const proposal = control.log.putBlob('proposal', '{}');
  await control.promote({ kind: 'promote', parent, document, proposal, stages });
}

describe('rules that change', () => {
  const most = defineParameter({ name: 'most', kind: 'integer', value: 10, min: 0, max: 100 });
  const act = (name: string) => ({ type: 'mark', target: name }) as const;
  const rules = [
    most,
    defineHook({ name: 'big', on: Order, when: [gte('amount', param('most'))], act: act('big') }),
    defineHook({ name: 'tiny', on: Order, when: [lt('amount', 2)], act: act('tiny') }),
    defineHook({
      name: 'long',
      on: Visit,
      when: [gte('seconds', param('most'))],
      act: act('long'),
    }),
  ];
  const observations = [Order, Visit] as unknown as Observation[];
  const open = () => openTest({ observations, rules, unguarded: 'allow' });
  const orders = (runtime: Runtime) =>
    [1, 9, 10, 20].map((amount) => {
      const decision = runtime.decide(Order, order(1, { amount }));
      const explained = runtime.explain(Order, order(1, { amount }));
      expect(explained.outcome).toBe(decision.outcome);
      return 'fired' in decision ? decision.fired.join() : decision.outcome;
    });
  const visits = (runtime: Runtime) =>
    [9, 10, 20].map((seconds) => {
      const decision = runtime.decide(Visit, { page: 'urn:p', visitor: 'v', seconds });
      return 'fired' in decision ? decision.fired.join() : decision.outcome;
    });

  test('the next decision is by the new ones, for every type', async () => {
    const runtime = await open();
    for (const _ of [1, 2]) {
      expect(orders(runtime)).toEqual(['tiny', '', 'big', 'big']);
      expect(visits(runtime)).toEqual(['', 'long', 'long']);
    }
    await promote(runtime, { kind: 'parameter', name: 'most', value: 20 });
    for (const _ of [1, 2]) {
      expect(orders(runtime)).toEqual(['tiny', '', '', 'big']);
      expect(visits(runtime)).toEqual(['', '', 'long']);
    }
    await promote(runtime, { kind: 'switch', name: 'big', enabled: false });
    expect(orders(runtime)).toEqual(['tiny', '', '', '']);
    await promote(
      runtime,
      { kind: 'switch', name: 'big', enabled: true },
      { kind: 'remove-hook', hook: 'tiny' },
      { kind: 'parameter', name: 'most', value: 9 },
    );
    expect(orders(runtime)).toEqual(['', 'big', 'big', 'big']);
    expect(visits(runtime)).toEqual(['long', 'long', 'long']);
    await runtime.close();
  });

  test('a decision that was kept is not kept over a change of rules', async () => {
    const runtime = await open();
    const decide = () => runtime.decide(Order, order(1, { amount: 20 }));
    const first = decide();
    expect(decide()).toBe(first);
    await promote(runtime, { kind: 'parameter', name: 'most', value: 15 });
    const second = decide();
    expect(second).not.toBe(first);
    expect(second).toEqual(first);
    expect(decide()).toBe(second);
    await runtime.close();
  });

  test('two types in turn, and while a promotion is on its way', async () => {
    const runtime = await open();
    expect([orders(runtime)[2], visits(runtime)[1]]).toEqual(['big', 'long']);
    const promoting = promote(runtime, { kind: 'parameter', name: 'most', value: 20 });
    const { version } = runtime.snapshot;
    const expected = version === 1 ? ['big', 'long'] : ['', ''];
    expect([orders(runtime)[2], visits(runtime)[1]]).toEqual(expected);
    await promoting;
    expect([orders(runtime)[2], visits(runtime)[1]]).toEqual(['', '']);
    await runtime.close();
  });
});

describe('where code from strings is forbidden', () => {
  const choices = new Choices(11);
  const hooks = hooksOf(choices, 20, names.slice(0, 3));
  const inputs = Array.from({ length: 40 }, () => inputOf(choices));

  test('rows look, with the same answers', () => {
    const allowed = looksOf(Sample, hooks);
    vi.stubGlobal('Function', () => {
      throw new EvalError('Code generation from strings disallowed for this context');
    });
    const looks = looksOf(Sample, hooks);
    expect([allowed.generated.engine, looks.generated.engine]).toEqual(['generated', 'rows']);
    for (const input of inputs) {
      const expected = expectedAnswer(looks, input);
      expect(answerOf(looks, looks.generated, input)).toEqual(expected);
      expect(answerOf(allowed, allowed.generated, input)).toEqual(expected);
      expect(looks.generated.fits(input)).toBe(looks.portable.fits(input));
    }
  });

  test('a process with that flag decides and explains (built package)', () => {
    const at = (path: string) => JSON.stringify(pathToFileURL(`${projectRoot}/dist/${path}`).href);
    const script = `
      import { mkdtempSync, rmSync } from 'node:fs';
      import { tmpdir } from 'node:os';
      import { join } from 'node:path';
      import * as knhk from ${at('index.js')};
      import { glanceOf } from ${at('runtime/glance.js')};
      import { linkSnapshot } from ${at('rules/snapshot.js')};
      import { catalogueOf } from ${at('rules/catalogue.js')};
      const { defineHook, defineObservation, gte, integer, iri, nodeSigner, openRuntime } = knhk;
      const on = defineObservation('seen', {
        class: 'urn:x#Seen', subject: 's', fields: { s: iri(), n: integer() },
      });
      const act = { type: 'mark', target: 'x' };
      const hook = defineHook({ name: 'h', on, when: [gte('n', 5)], act });
      const options = { observations: [on], rules: [hook], unguarded: 'allow' };
      const snapshot = linkSnapshot(catalogueOf(options).document, catalogueOf(options), {
        parent: null, version: 1,
      });
      const { engine } = glanceOf(snapshot.plans.get('seen'), {}, true);
      const directory = mkdtempSync(join(tmpdir(), 'knhk-flag-'));
      const key = new Uint8Array(32).fill(9);
      const signer = nodeSigner({ name: 'example.com/flag', privateKey: key });
      const runtime = await openRuntime({
        ...options, origin: 'example.com/flag', data: join(directory, 'data'), signer,
        secret: new Uint8Array(32).fill(5), shapesThreads: 0,
      });
      const outcomes = [4, 5, 'x'].map((n) => runtime.decide(on, { s: 'urn:s', n }).outcome);
      const why = runtime.explain(on, { s: 'urn:s', n: 4 });
      await runtime.close();
      rmSync(directory, { recursive: true });
      let forbidden = false;
      try { new Function('return 1')(); } catch { forbidden = true; }
      const { seen } = why.hooks[0].firstFalse;
      console.log(JSON.stringify({ engine, outcomes, forbidden, seen }));
    `;
    const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '-e', script];
    const options = { cwd: projectRoot, timeout: 30_000, encoding: 'utf8' } as const;
    expect(JSON.parse(execFileSync(process.execPath, flags, options))).toEqual({
      engine: 'rows',
      outcomes: ['idle', 'acted', 'invalid'],
      forbidden: true,
      seen: 4,
    });
  });
});
