import fs, { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { KernelProbe } from '../../src/cli/doctor-kernel.ts';
import { isWithin } from '../../src/cli/doctor-machine.ts';
import type { Check } from '../../src/cli/doctor-types.ts';
import type { Machine } from '../../src/cli/machine.ts';
import { probeKernel } from '../../src/cli/probe-kernel.ts';
import { temporary } from '../support/runtime.ts';
import { copyOf, forgeLeaves, openBeside, segmentsOf, writtenLog } from './logs.ts';
import { jsonLines, knhk, spawned } from './support.ts';

const day = 86_400_000;
const lacks = 'this processor or prebuilt kernel lacks it';
const wide: KernelProbe = {
  report: {
    name: 'avx2',
    others: [
      { name: 'avx512', reason: lacks },
      { name: 'neon', reason: lacks },
      { name: 'u64', reason: 'avx2 is wider' },
      { name: 'portable', reason: 'avx2 is wider' },
    ],
  },
  source: { counter: 'tsc', hz: 2.5956e9, coreRatio: 1.25, emptyRegion: 26 },
};
const natives = ['avx512', 'avx2', 'neon', 'u64'] as const;
const portable = (reason: string): KernelProbe => ({
  report: { name: 'portable', others: natives.map((name) => ({ name, reason })) },
  source: { counter: 'none', hz: undefined, coreRatio: undefined, emptyRegion: 0 },
});
const good: Partial<Machine> = {
  node: '20.19.0',
  platform: 'linux',
  arch: 'x64',
  clock: { now: () => 100_000 },
  cpus: () => 2,
  memory: () => ({ totalBytes: 2 ** 32, freeBytes: 2 ** 31, allowedBytes: null }),
  directory: () => '/',
  probeKernel: async () => wide,
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

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('a machine', () => {
  test('that is well has nothing amiss', async () => {
    const { code, by } = await doctor(await writtenLog());
    expect(code).toBe(0);
    expect(Object.values(by).filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(by['engine']?.found).toBe(`avx2 (avx512, neon: ${lacks}; u64, portable: avx2 is wider)`);
    expect(by['engine']?.facts).toEqual({
      ...{ engine: 'avx2', error: null, avx2: 'runs', avx512: 'lacking', neon: 'lacking' },
      ...{ u64: 'narrower', portable: 'narrower' },
    });
    expect(by['ticks']?.found).toBe('tsc at 2.596 GHz, 1.250 core cycles a tick, empty region 26');
    expect(by['ticks']?.facts).toEqual(wide.source);
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

  test.each([
    ['no prebuilt kernel for linux-riscv64', 'absent'],
    ['the portable engine was asked for', 'asked'],
    ['the prebuilt kernel of linux-x64 does not load: version GLIBC not found', 'unloadable'],
    ['the prebuilt kernel of linux-x64 has abi 7, not 1', 'unloadable'],
  ])('without a native kernel, %s', async (reason, word) => {
    const { code, by } = await doctor(await writtenLog(), {
      probeKernel: async () => portable(reason),
    });
    expect(code).toBe(0);
    expect(by['engine']).toMatchObject({
      state: 'warning',
      found: `portable (avx512, avx2, neon, u64: ${reason})`,
    });
    const others = Object.fromEntries(natives.map((name) => [name, word]));
    expect(by['engine']?.facts).toEqual({
      ...{ engine: 'portable', error: null, portable: 'runs', ...others },
    });
    expect(by['ticks']).toMatchObject({
      state: 'warning',
      found: expect.stringMatching(/^unmeasurable: /),
      facts: { counter: 'none', hz: null, coreRatio: null, emptyRegion: 0 },
    });
  });

  test('whose counter has no known rate yet', async () => {
    const { by } = await doctor(await writtenLog(), {
      probeKernel: async () => {
        const source = { ...wide.source, hz: undefined, coreRatio: undefined };
        return { ...wide, source };
      },
    });
    expect(by['ticks']?.found).toBe('tsc of unknown rate, empty region 26');
    expect(by['ticks']?.state).toBe('ok');
  });

  test('where KNHK_ENGINE names an engine that cannot run: no runtime would open', async () => {
    const data = await writtenLog();
    vi.stubEnv('KNHK_ENGINE', 'abacus');
    const { code, by } = await doctor(data, { probeKernel });
    expect(code).toBe(1);
    expect(by['engine']).toMatchObject({
      state: 'problem',
      facts: { engine: null, error: 'KNHK_KERNEL_ENGINE' },
    });
    expect(by['engine']?.found).toContain('abacus');
    expect(JSON.stringify(by['engine']?.facts)).not.toContain('abacus');
    expect(by['ticks']).toBeUndefined();
  });

  test('with the portable engine asked for, as this process would have it', async () => {
    vi.stubEnv('KNHK_ENGINE', 'portable');
    const { by } = await doctor(await writtenLog(), { probeKernel });
    expect(by['engine']).toMatchObject({ state: 'warning', facts: { u64: 'asked' } });
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
    forgeLeaves(segmentsOf(late).at(-1) as string, '"kind":"promote"', '"kind":"rollback"');
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
  expect(out.endsWith('\n\nproblems: 0, warnings: 1\n')).toBe(true);
});

test('the program itself starts a worker thread and knows its own machine', async () => {
  const thisKernel = await probeKernel();
  const data = join(temporary(), 'data');
  const { out, err } = spawned(['doctor', '--data', data, '--json']);
  expect(err).toBe('');
  const { checks } = jsonLines(out)[0] as unknown as { checks: readonly Check[] };
  const by = Object.fromEntries(checks.map((check) => [check.name, check]));
  expect(by['shapes']).toMatchObject({ state: 'ok', facts: { error: null } });
  expect(by['node']).toMatchObject({ state: 'ok', facts: { version: process.versions.node } });
  expect(by['cpus']?.facts['cpus']).toBeGreaterThan(0);
  const { report, source } = thisKernel;
  expect(by['engine']?.facts['engine']).toBe(report.name);
  expect(by['ticks']?.facts['counter']).toBe(source.counter);
  const hz = by['ticks']?.facts['hz'];
  if (source.counter === 'none') expect(hz).toBeNull();
  else expect(hz).toBeGreaterThan(1e6);
  expect(by['memory']?.facts['totalBytes']).toBeGreaterThan(0);
});
