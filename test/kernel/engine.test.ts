import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { chooseEngine, type EngineName } from '../../src/kernel/engine.ts';
import { engineBits, loadNative, type NativeKernel } from '../../src/kernel/native.ts';
import { mistakeOf } from '../support/errors.ts';

const byWidth: readonly EngineName[] = ['avx512', 'avx2', 'neon', 'u64', 'portable'];
const native = Object.keys(engineBits) as (keyof typeof engineBits)[];

/** A processor and prebuilt kernel that run these engines. */
function running(...names: readonly (keyof typeof engineBits)[]): { kernel: NativeKernel } {
  const features = names.reduce((sum, name) => sum + engineBits[name], 0);
  const never = (): never => {
    throw new Error('choosing needs features() alone');
  };
  const rest = { bind: never, counter: never, counterHz: never, emptyRegion: never, chain: never };
  return { kernel: { features: () => features, ...rest } };
}

const everything = running(...native);
const nothing = { reason: 'no prebuilt kernel for this machine' };

beforeEach(() => vi.stubEnv('KNHK_ENGINE', undefined));
afterEach(() => vi.unstubAllEnvs());

describe('without a wish', () => {
  test.each<[runs: readonly (keyof typeof engineBits)[], name: EngineName]>([
    [['u64', 'avx2', 'avx512'], 'avx512'],
    [['u64', 'avx2'], 'avx2'],
    [['u64', 'neon'], 'neon'],
    [['u64'], 'u64'],
    [[], 'portable'],
  ])('%j: the widest that runs is %s', (runs, name) => {
    const loaded = running(...runs);
    const { report, kernel } = chooseEngine(undefined, () => loaded);
    expect(report.name).toBe(name);
    expect(kernel).toBe(name === 'portable' ? undefined : loaded.kernel);
    const lacks = 'this processor or prebuilt kernel lacks it';
    expect(report.others).toEqual(
      byWidth
        .filter((other) => other !== name)
        .map((other) => {
          const able = other === 'portable' || runs.includes(other);
          return { name: other, reason: able ? `${name} is wider` : lacks };
        }),
    );
  });

  test('a kernel that does not load leaves the portable engine and says why', () => {
    const { report, kernel } = chooseEngine(undefined, () => nothing);
    expect(kernel).toBeUndefined();
    expect(report.name).toBe('portable');
    expect(report.others).toEqual(
      byWidth.slice(0, -1).map((name) => ({ name, reason: nothing.reason })),
    );
  });

  test('an addon that throws while it is loaded does too', () => {
    const broken = () =>
      loadNative(() => {
        throw new Error('invalid ELF header');
      });
    const { report } = chooseEngine(undefined, broken);
    expect(report.name).toBe('portable');
    for (const { reason } of report.others) {
      expect(reason).toMatch(/^the prebuilt kernel of \w+-\w+ does not load: invalid ELF header$/);
    }
  });

  test('the loader of the package is used, and its reasons are told', () => {
    const { kernel, reason } = loadNative();
    const chosen = chooseEngine();
    expect(chosen.kernel).toBe(kernel);
    expect(chosen.report.name === 'portable').toBe(kernel === undefined);
    if (reason !== undefined) {
      expect(chosen.report.others.map((other) => other.reason)).toEqual(Array(4).fill(reason));
    }
  });

  test('the report cannot be changed', () => {
    const { report } = chooseEngine(undefined, () => nothing);
    for (const part of [report, report.others, ...report.others]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe.each(byWidth)('%s by name', (name) => {
  const expectChosen = (wanted: string | undefined): void => {
    const load = vi.fn(() => everything);
    const { report, kernel } = chooseEngine(wanted, load);
    expect(report.name).toBe(name);
    expect(report.others.map((other) => other.name)).toEqual(
      byWidth.filter((other) => other !== name),
    );
    // Without the kernel nobody knows what the others would say.
    const isPortable = name === 'portable';
    const reason = isPortable ? 'the portable engine was asked for' : `${name} was asked for`;
    for (const other of report.others) expect(other.reason).toBe(reason);
    expect(load).toHaveBeenCalledTimes(isPortable ? 0 : 1);
    expect(kernel).toBe(isPortable ? undefined : everything.kernel);
  };

  test('as an option', () => expectChosen(name));

  test('as KNHK_ENGINE', () => {
    vi.stubEnv('KNHK_ENGINE', name);
    expectChosen(undefined);
  });

  test('the option wins over KNHK_ENGINE', () => {
    for (const other of [...byWidth, 'nonsense']) {
      vi.stubEnv('KNHK_ENGINE', other);
      expectChosen(name);
    }
  });
});

describe('KNHK_KERNEL_ENGINE', () => {
  const code = 'KNHK_KERNEL_ENGINE';
  const all = 'avx512, avx2, neon, u64, portable';

  test.each(['AVX2', 'u64 ', '', 'native', 'sse', 'toString'])('unknown: %j', (name) => {
    const load = vi.fn(() => everything);
    expect(mistakeOf(() => chooseEngine(name, load))).toEqual([code, 'engine', all, name]);
    vi.stubEnv('KNHK_ENGINE', name);
    expect(mistakeOf(() => chooseEngine(undefined, load))).toEqual([
      ...[code, 'KNHK_ENGINE', all, name],
    ]);
    expect(load).not.toHaveBeenCalled();
  });

  test.each(native)('%s on a processor without it', (name) => {
    const others = native.filter((other) => other !== name);
    const load = () => running(...others);
    const able = byWidth.filter((other) => other !== name).join(', ');
    expect(mistakeOf(() => chooseEngine(name, load))).toEqual([code, 'engine', able, name]);
    vi.stubEnv('KNHK_ENGINE', name);
    expect(mistakeOf(() => chooseEngine(undefined, load))).toEqual([
      ...[code, 'KNHK_ENGINE', able, name],
    ]);
  });

  test.each(native)('%s without a kernel: the message says why there is none', (name) => {
    const able = `portable (${nothing.reason})`;
    expect(mistakeOf(() => chooseEngine(name, () => nothing))).toEqual([
      ...[code, 'engine', able, name],
    ]);
  });
});

const { kernel } = loadNative();

describe.skipIf(kernel === undefined)('the prebuilt kernel (skipped where there is none)', () => {
  test('an engine by option is loaded where KNHK_ENGINE says portable', () => {
    vi.stubEnv('KNHK_ENGINE', 'portable');
    expect(chooseEngine('u64').report.name).toBe('u64');
    expect(chooseEngine().report.name).toBe('portable');
  });
});
