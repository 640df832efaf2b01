import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { packageManifest } from '../../src/cli/files.ts';
import { thisMachine } from '../../src/cli/machine.ts';

vi.mock('piscina', () => import('../support/threads.ts'));

const { argv, exitCode, stdout } = process;
const before = stdout.listeners('error');
let written: string;

beforeEach(() => {
  written = '';
  vi.resetModules();
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  process.argv = argv;
  process.exitCode = exitCode;
  for (const listener of stdout.listeners('error')) {
    if (!before.includes(listener)) stdout.off('error', listener as () => void);
  }
});

/** Runs the program in this process, and says what it wrote and would end with. */
async function program(...words: readonly string[]): Promise<readonly [unknown, string]> {
  process.argv = ['node', 'knhk', ...words];
  process.exitCode = undefined;
  await import('../../src/cli/main.ts');
  return [process.exitCode, written];
}

describe('the program', () => {
  test('takes its words and streams from the process, and sets its exit code', async () => {
    expect(await program('--version')).toEqual([0, `${packageManifest().version}\n`]);
  });

  test('says on stderr what it cannot do', async () => {
    const [code, text] = await program('nonsense');
    expect(code).toBe(2);
    expect(text).toMatch(/^knhk: unknown noun nonsense\n/);
  });

  test('ends quietly when its reader has gone, and only then', async () => {
    await program('--version');
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    process.exitCode = 1;
    stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    expect(exit).toHaveBeenLastCalledWith(1);
    process.exitCode = undefined;
    stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    expect(exit).toHaveBeenLastCalledWith(0);
    exit.mockImplementation(() => {
      throw new Error('exit');
    });
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    expect(() => stdout.emit('error', full)).toThrow('no space');
  });
});

describe('this machine', () => {
  test('has a thread that tells a good record from a bad one', async () => {
    await expect(thisMachine.probeShapes()).resolves.toBeUndefined();
  });

  test.each([
    [undefined, null],
    [0, null],
    [2 ** 63, null],
    [1_000, 1_000],
  ])('with a limit of %s to its memory may use %s', (limit, allowedBytes) => {
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(limit as number);
    expect(thisMachine.memory()).toMatchObject({ allowedBytes });
  });
});

describe('a probe of threads', () => {
  test.each([
    [[{ conforms: true }, { conforms: true }], 'verdicts true,false expected, got true,true'],
    [[], 'verdicts true,false expected, got '],
  ])('fails where an answer is wrong: %j', async (verdicts, message) => {
    const close = vi.fn(async () => {});
    vi.doMock('../../src/shapes/gate.ts', () => ({
      openShapesGate: () => ({ validate: async () => verdicts, close }),
    }));
    const { probeShapes } = await import('../../src/cli/probe-shapes.ts');
    await expect(probeShapes()).rejects.toThrow(new Error(message));
    expect(close).toHaveBeenCalledOnce();
    vi.doUnmock('../../src/shapes/gate.ts');
  });
});
