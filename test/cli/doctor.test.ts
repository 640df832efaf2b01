import fs, { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isWithin } from '../../src/cli/doctor-machine.ts';
import type { Check } from '../../src/cli/doctor-types.ts';
import type { Machine } from '../../src/cli/machine.ts';
import { temporary } from '../support/runtime.ts';
import { copyOf, forgeLeaves, openBeside, segmentsOf, writtenLog } from './logs.ts';
import { jsonLines, knhk, spawned } from './support.ts';

const day = 86_400_000;
const good: Partial<Machine> = {
  node: '20.19.0',
  platform: 'linux',
  arch: 'x64',
  clock: { now: () => 100_000 },
  cpus: () => 2,
  memory: () => ({ totalBytes: 2 ** 32, freeBytes: 2 ** 31, allowedBytes: null }),
  directory: () => '/',
};

interface Report {
  readonly code: unknown;
  readonly ok: boolean;
  readonly by: Readonly<Record<string, Check>>;
}

async function doctor(data: string, machine: Partial<Machine> = {}, more: string[] = []) {
  const words = ['doctor', '--data', data, '--json', ...more];
  const { code, out, err } = await knhk(words, { machine: { ...good, ...machine } });
  expect(err).toBe('');
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Check[] };
  // A problem alone makes the exit code 1; whatever is amiss says what to do.
  expect(code).toBe(checks.some(({ state }) => state === 'problem') ? 1 : 0);
  expect(ok).toBe(code === 0);
  for (const { state, todo } of checks) expect(todo === null).toBe(state === 'ok');
  const by = Object.fromEntries(checks.map((check) => [check.name, check]));
  return { code, ok, by } satisfies Report;
}

/** The state of one check. */
async function stateOf(name: string, machine: Partial<Machine>): Promise<string | undefined> {
  return (await doctor(join(temporary(), 'data'), machine)).by[name]?.state;
}

afterEach(() => void vi.restoreAllMocks());

describe('a machine', () => {
  test('that is well has no problem and one thing that cannot be measured', async () => {
    const { code, by } = await doctor(await writtenLog());
    expect(code).toBe(0);
    const amiss = Object.values(by).filter(({ state }) => state !== 'ok');
    expect(amiss.map(({ name }) => name)).toEqual(['ticks']);
    expect(by['ticks']?.found).toMatch(/^unmeasurable: /);
    expect(by['engine']?.found).toContain('no native kernel in this version');
    expect(by['sha256']?.facts).toEqual({ implementation: 'node:crypto', right: true });
    expect(by['log']?.found).toBe('33 leaves, nothing amiss');
    expect(by['lock']?.facts).toEqual({ writer: 'free' });
  });

  test.each<[string, Partial<Machine>, string]>([
    ['node', { node: '20.18.9' }, 'problem'],
    ['node', { node: '24.0.0' }, 'ok'],
    ['platform', { arch: 'arm64' }, 'warning'],
    ['platform', { platform: 'darwin', arch: 'arm64' }, 'warning'],
    ['platform', { platform: 'sunos' }, 'warning'],
    ['cpus', { cpus: () => 1 }, 'warning'],
    [
      'memory',
      { memory: () => ({ totalBytes: 2 ** 29, freeBytes: 0, allowedBytes: null }) },
      'warning',
    ],
    [
      'memory',
      { memory: () => ({ totalBytes: 2 ** 33, freeBytes: 0, allowedBytes: 2 ** 29 }) },
      'warning',
    ],
    ['shapes', { probeShapes: () => Promise.reject(new Error('no thread')) }, 'problem'],
  ])('with %s %o is said to be so', async (name, machine, state) => {
    expect(await stateOf(name, machine)).toBe(state);
  });

  test('where tests ran is told from where the code was only written for', async () => {
    const said = async (machine: Partial<Machine>) =>
      (await doctor(join(temporary(), 'data'), machine)).by['platform'];
    expect((await said({ platform: 'win32' }))?.facts['support']).toBe('written for');
    expect((await said({ platform: 'aix' }))?.facts['support']).toBe('unknown');
    expect((await said({}))?.facts['support']).toBe('run');
  });

  test.each([
    [undefined, 'ok', null],
    ['1.2.9', 'warning', '1.2.9'],
    ['1.3.0', 'ok', '1.3.0'],
    ['1.9.1', 'ok', '1.9.1'],
    ['2.0.0', 'warning', '2.0.0'],
    ['no version', 'warning', '0.0.0'],
  ])('with the telemetry peer %s in the working directory', async (version, state, known) => {
    const directory = temporary();
    const place = join(directory, 'node_modules', '@opentelemetry', 'api');
    mkdirSync(place, { recursive: true });
    if (version !== undefined) {
      writeFileSync(join(place, 'package.json'), JSON.stringify({ version }));
    }
    const { by } = await doctor(join(directory, 'data'), { directory: () => directory });
    expect(by['telemetry']).toMatchObject({ state, facts: { version: known, range: '>=1.3 <2' } });
  });

  test('is compared with ranges as npm would', () => {
    for (const version of ['1.3.0', '1.3.5', '1.10.0', '1.99.0']) {
      expect(isWithin(version, '>=1.3 <2')).toBe(true);
    }
    for (const version of ['1.2.99', '0.9.0', '2.0.0', '10.0.0']) {
      expect(isWithin(version, '>=1.3 <2')).toBe(false);
    }
    expect(isWithin('20.19.0', '>=20.19')).toBe(true);
    expect(isWithin('9.99.0', '>=20.19')).toBe(false);
  });
});

describe('a data directory', () => {
  test('that is not there yet is a warning, a file a problem', async () => {
    const folder = temporary();
    const absent = (await doctor(join(folder, 'a', 'b', 'data'))).by;
    expect(absent['data']).toMatchObject({ state: 'warning', facts: { exists: false } });
    expect(absent['log']).toMatchObject({ state: 'ok', found: 'none yet' });
    writeFileSync(join(folder, 'file'), '');
    expect((await doctor(join(folder, 'file'))).by['data']?.state).toBe('problem');
  });

  test('that may not be written or asked about is a problem', async () => {
    const data = temporary();
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const refuse = (): never => {
      throw denied;
    };
    vi.spyOn(fs, 'accessSync').mockImplementation(refuse);
    const { code, by } = await doctor(data);
    expect([code, by['data']]).toMatchObject([1, { facts: { exists: true, error: 'EACCES' } }]);
    vi.spyOn(fs, 'statfsSync').mockImplementation(refuse);
    expect((await doctor(data)).by['data']?.found).toContain('cannot be checked');
  });

  test('on a network file system or without room is a problem', async () => {
    const real = fs.statfsSync('/');
    const spied = vi.spyOn(fs, 'statfsSync') as unknown as {
      mockReturnValue(value: typeof real): void;
    };
    spied.mockReturnValue({ ...real, type: 0x6969 } as typeof real);
    const { by } = await doctor(temporary());
    expect(by['file system']).toMatchObject({ state: 'problem', facts: { network: 'NFS' } });
    for (const [freeMiB, state] of [
      [1_024, 'ok'],
      [1_023, 'warning'],
      [63, 'problem'],
    ] as const) {
      spied.mockReturnValue({ ...real, bsize: 1_048_576, bavail: freeMiB } as typeof real);
      expect((await doctor(temporary())).by['space']?.state).toBe(state);
    }
  });
});

describe('a log', () => {
  test('that opening mends is a warning, one that it cannot mend a problem', async () => {
    const data = await writtenLog();
    rmSync(join(data, 'head'));
    expect((await doctor(data)).by['log']?.state).toBe('warning');
    const lost = copyOf(data);
    rmSync(segmentsOf(data)[1] as string);
    const { by } = await doctor(data);
    expect(by['log']).toMatchObject({ state: 'problem', facts: { findings: 2 } });
    expect(by['log']?.found).toMatch(/\(and 1 more\)$/);
    rmSync(join(lost, 'blob'), { recursive: true });
    // The worst of it is what is said, wherever it stands among the findings.
    expect((await doctor(lost)).by['log']?.found).toMatch(/^the current rules .* \(and 1 more\)$/);
    rmSync(join(data, 'FORMAT'));
    const unreadable = (await doctor(data)).by['log'];
    expect(unreadable).toMatchObject({ state: 'problem', facts: { error: 'KNHK_LOG_OPEN' } });
  });

  test('is hashed at its end, and all of it with --verify', async () => {
    const data = await writtenLog();
    const early = copyOf(data);
    const verify = async (directory: string, ...more: string[]) =>
      (await doctor(directory, {}, more)).by['verify'];
    // CRCs are right again, so that hashes alone can tell.
    forgeLeaves(segmentsOf(early)[0] as string, '"time":1000', '"time":1001');
    expect(await verify(early)).toMatchObject({ state: 'ok', facts: { mode: 'end' } });
    const whole = await verify(early, '--verify');
    expect(whole).toMatchObject({ state: 'problem', facts: { mode: 'full', findings: 1 } });
    const late = copyOf(data);
    forgeLeaves(segmentsOf(late).at(-1) as string, '"time":10', '"time":11');
    expect(await verify(late)).toMatchObject({ state: 'problem', facts: { damaged: 1 } });
    expect(await verify(data, '--verify')).toMatchObject({ state: 'ok', facts: { leaves: 33 } });
    rmSync(`${data}.keys`, { recursive: true });
    expect(await verify(data, '--verify')).toMatchObject({ facts: { error: 'ENOENT' } });
  });

  test('that is held, and leaves from the future', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openBeside(data);
    const { by } = await doctor(data, { clock: { now: () => 999 } });
    expect(by['lock']).toMatchObject({ state: 'ok', facts: { writer: 'held' } });
    expect(by['clock']).toMatchObject({ state: 'warning', facts: { aheadMs: 1 } });
    const exactly = await doctor(data, { clock: { now: () => 1_000 } });
    expect(exactly.by['clock']?.state).toBe('ok');
    await runtime.close();
  });
});

describe('keys', () => {
  test('older than 90 days are a warning', async () => {
    const data = await writtenLog();
    const at = async (now: number) =>
      (await doctor(data, { clock: { now: () => now } })).by['keys']?.state;
    // The first leaf that the key signed is of time 1,000.
    expect(await at(1_000 + 90 * day)).toBe('ok');
    expect(await at(1_001 + 90 * day)).toBe('warning');
    rmSync(`${data}.keys`, { recursive: true });
    expect(await at(1_001 + 90 * day)).toBe('ok');
  });

  test.skipIf(process.platform === 'win32')('that others can get at are a problem', async () => {
    const data = await writtenLog();
    const secret = join(`${data}.keys`, 'secret');
    chmodSync(secret, 0o640);
    const { code, by } = await doctor(data);
    expect([code, by['key files']]).toMatchObject([1, { state: 'problem' }]);
    // There are no such modes on Windows.
    const elsewhere = await doctor(data, { platform: 'win32' });
    expect(elsewhere.by['key files']?.state).toBe('ok');
    chmodSync(secret, 0o600);
    chmodSync(join(`${data}.keys`, 'signing.key'), 0o604);
    expect((await doctor(data)).by['key files']?.state).toBe('problem');
    chmodSync(join(`${data}.keys`, 'signing.key'), 0o600);
    // Keyrings are for handing out.
    chmodSync(join(`${data}.keys`, 'keyring.json'), 0o644);
    expect((await doctor(data)).code).toBe(0);
  });
});

test('people get a table, then what to do', async () => {
  const data = await writtenLog();
  const machine = { ...good, cpus: () => 1 };
  const { code, out, err } = await knhk(['doctor', '--data', data], { machine });
  expect([code, err]).toEqual([0, `checking this machine and ${data}\n`]);
  expect(out).toMatch(/^CHECK {8}STATE {4}FOUND\nnode {9}ok {7}Node 20\.19\.0\n/);
  expect(out).toMatch(/\n\nCHECK {2}WHAT TO DO\ncpus {3}Shapes compete/);
  expect(out.endsWith('\n\nproblems: 0, warnings: 2\n')).toBe(true);
});

test('the program itself starts a worker thread and knows its own machine', () => {
  const data = join(temporary(), 'data');
  const { out, err } = spawned(['doctor', '--data', data, '--json']);
  expect(err).toBe('');
  const { checks } = jsonLines(out)[0] as unknown as { checks: readonly Check[] };
  const by = Object.fromEntries(checks.map((check) => [check.name, check]));
  expect(by['shapes']).toMatchObject({ state: 'ok', facts: { error: null } });
  expect(by['node']).toMatchObject({ state: 'ok', facts: { version: process.versions.node } });
  expect(by['cpus']?.facts['cpus']).toBeGreaterThan(0);
  expect(by['memory']?.facts['totalBytes']).toBeGreaterThan(0);
});
