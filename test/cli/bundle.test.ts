import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { action, defineAction } from '../../src/rules/actions.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { defineBudget, defineWindow } from '../../src/rules/windows.ts';
import { openRuntime } from '../../src/runtime/open.ts';
import { gte } from '../../src/terms/conditions.ts';
import { integer, iri, string } from '../../src/terms/fields.ts';
import { defineObservation } from '../../src/terms/observation.ts';
import { temporary } from '../support/runtime.ts';
import { knhk, spawned } from './support.ts';

/** One marker of its own for everything that must not leave the house. */
const marker = (name: string): string => `zq${name}marker`;

const Claim = defineObservation(`claim.${marker('type')}`, {
  class: `https://example.com/${marker('class')}#Claim`,
  subject: 'claim',
  sector: marker('sector'),
  fields: { claim: iri(), person: string(), [marker('field')]: integer() },
});
const pay = `pay.${marker('action')}`;
const rules = [
  defineAction(pay, { fields: { amount: integer(), note: string() } }),
  defineParameter({ name: marker('parameter'), kind: 'integer', value: 3 }),
  defineWindow({ name: marker('window'), on: Claim, key: 'person', perMs: 60_000, count: true }),
  defineBudget({ name: marker('budget'), on: pay, key: 'target', perMs: 1_000, max: 9 }),
  defineHook({
    name: marker('hook'),
    version: marker('version'),
    on: Claim,
    when: [gte(marker('field'), 1)],
    run: () => [action(pay, { target: marker('target'), amount: 1, note: marker('note') })],
  }),
  defineGuard({
    name: marker('guard'),
    on: pay,
    deny: [gte('amount', 5)],
    code: marker('verdict'),
  }),
];

let folder: string;
let data: string;

beforeEach(async () => {
  folder = join(temporary(), marker('path'));
  mkdirSync(folder);
  data = join(folder, 'data');
  const knhk = await openRuntime({
    origin: `example.com/${marker('origin')}`,
    ...{ data, observations: [Claim], rules, shapesThreads: 0 },
  } as unknown as Parameters<typeof openRuntime>[0]);
  const claim = { claim: `urn:${marker('subject')}`, person: marker('person') };
  const options = {
    ...{ id: marker('id'), principal: marker('principal'), trace: marker('trace') },
  };
  const outcome = await knhk.apply(Claim, { ...claim, [marker('field')]: 7 } as never, options);
  expect(outcome.outcome).toBe('acted');
  await knhk.close();
});

/** Everything secret about a key file in the spellings that it could leave in. */
function spellings(path: string): readonly string[] {
  const bytes = readFileSync(path);
  return (['hex', 'base64', 'base64url', 'latin1'] as const).map((form) => bytes.toString(form));
}

function expectClean(text: string): void {
  expect(text).not.toMatch(/zq\w*marker/i);
  for (const name of ['secret', 'signing.key']) {
    for (const spelling of spellings(join(`${data}.keys`, name))) {
      expect(text).not.toContain(spelling);
    }
  }
  // No text of any kind that could be a path, but versions and hashes alone.
  for (const [, value] of text.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
    expect(value).not.toMatch(/^([A-Za-z]:)?[/\\]/);
  }
}

const bundlePath = (): string => join(folder, 'bundle.json');
const doctor = (...more: string[]) =>
  knhk(['doctor', '--data', data, '--bundle', bundlePath(), '--json', ...more]);

describe('a bundle', () => {
  test('holds no name, path, id, data or key, of a whole and of a broken log', async () => {
    vi.spyOn(os, 'hostname').mockReturnValue(marker('host'));
    vi.spyOn(os, 'homedir').mockReturnValue(`/${marker('home')}`);
    // What is broken is where messages with paths and names would come from.
    const broken = [
      () => {},
      () => rmSync(join(data, 'head')),
      () => writeFileSync(join(data, 'savepoint', '000000000009.json'), marker('savepoint')),
      () => writeFileSync(join(`${data}.keys`, 'keyring.json'), marker('keyring')),
      () => writeFileSync(join(data, 'seg', '000000000099.seg'), marker('garbage')),
      () => rmSync(join(data, 'blob'), { recursive: true }),
      () => writeFileSync(join(data, 'FORMAT'), marker('format')),
    ];
    for (const breakIt of broken) {
      breakIt();
      for (const more of [[], ['--verify']]) {
        rmSync(bundlePath(), { force: true });
        await doctor(...more);
        expectClean(readFileSync(bundlePath(), 'utf8'));
      }
    }
  });

  test('says which engine runs, and of one that does not load no text', async () => {
    const reason = `the prebuilt kernel of linux-x64 does not load: /${marker('prebuild')}: ELF`;
    const others = [{ name: 'u64', reason }] as const;
    const source = {
      counter: 'none',
      hz: undefined,
      coreRatio: undefined,
      emptyRegion: 0,
    } as const;
    const probeKernel = async () => ({ report: { name: 'portable', others }, source }) as const;
    const words = ['doctor', '--data', data, '--bundle', bundlePath(), '--json'];
    const { out } = await knhk(words, { machine: { probeKernel } });
    expect(out).toContain(marker('prebuild'));
    const text = readFileSync(bundlePath(), 'utf8');
    expectClean(text);
    const { checks } = JSON.parse(text) as { readonly checks: readonly { name: string }[] };
    expect(checks.find(({ name }) => name === 'engine')).toMatchObject({
      ...{ state: 'warning', facts: { engine: 'portable', u64: 'unloadable' } },
    });
    vi.stubEnv('KNHK_ENGINE', marker('engine'));
    rmSync(bundlePath());
    expect((await doctor()).code).toBe(1);
    vi.unstubAllEnvs();
    expectClean(readFileSync(bundlePath(), 'utf8'));
  });

  test('of the program itself holds nothing of its environment', () => {
    const env = {
      ...{ HOME: `/${marker('home')}`, USER: marker('user'), LOGNAME: marker('user') },
      ...{ HOSTNAME: marker('host'), KNHK_TOKEN: marker('token') },
      NODE_OPTIONS: `--title=${marker('title')}`,
    };
    const words = ['doctor', '--data', data, '--bundle', bundlePath()];
    expect(spawned(words, undefined, env)).toMatchObject({ code: 0 });
    expectClean(readFileSync(bundlePath(), 'utf8'));
  });

  test('says what support needs: checks, counts, and rules by their hashes', async () => {
    expect((await doctor()).code).toBe(0);
    const bundle = JSON.parse(readFileSync(bundlePath(), 'utf8'));
    expect(bundle).toMatchObject({
      ...{ bundle: 1, names: false },
      log: { leaves: { total: 2, kinds: { apply: 1 }, outcomes: { acted: 1 } }, findings: [] },
      rules: {
        observations: [Claim.hash.slice(0, 12)],
        hooks: [{ on: Claim.hash.slice(0, 12), conditions: 1, template: false, off: false }],
        guards: [{ conditions: 1, off: false }],
        ...{ windows: 1, budgets: 1, parameters: 1, unguarded: 'deny' },
      },
    });
    expect(bundle.log.snapshot.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(bundle.rules.hooks[0].hook).toMatch(/^[0-9a-f]{12}$/);
    expect(bundle.checks.map(({ name }: { name: string }) => name)).toContain('sha256');
  });

  test('names rules and types where that was asked for, and nothing else', async () => {
    expect((await doctor('--names')).code).toBe(0);
    const text = readFileSync(bundlePath(), 'utf8');
    const found = new Set([...text.matchAll(/zq(\w+?)marker/g)].map(([, name]) => name));
    expect([...found].sort()).toEqual(['action', 'guard', 'hook', 'origin', 'type']);
  });

  test('is for its owner alone and overwrites nothing', async () => {
    expect((await doctor()).code).toBe(0);
    expect(statSync(bundlePath()).mode & 0o077).toBe(process.platform === 'win32' ? 0o066 : 0);
    writeFileSync(bundlePath(), 'kept');
    const words = ['doctor', '--data', data, '--bundle', bundlePath()];
    // Before the work, which may take a while.
    expect((await knhk(words)).err).toMatch(/^knhk: \S+ exists/);
    const again = await doctor();
    expect([again.code, again.out]).toEqual([2, '']);
    expect(JSON.parse(again.err)).toMatchObject({ code: 'USAGE' });
    expect(readFileSync(bundlePath(), 'utf8')).toBe('kept');
    const nowhere = join(folder, 'no', 'folder.json');
    const failed = await knhk(['doctor', '--data', data, '--bundle', nowhere]);
    expect(failed.code).toBe(3);
    expect(existsSync(nowhere)).toBe(false);
  });
});
