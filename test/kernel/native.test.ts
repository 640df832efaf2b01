import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  engineBits,
  type LaneBytes,
  loadNative,
  type NativeKernel,
} from '../../src/kernel/native.ts';
import { judge, layoutOf } from '../native/pass.mjs';
import { projectRoot } from '../tidy/files.ts';

const { kernel } = loadNative();
const widths: readonly LaneBytes[] = [8, 32, 64];
const sharedBytes = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));

describe('loading the native kernel', () => {
  const platform = `${process.platform}-${process.arch}`;
  const whole = { abi: 1, ...Object.fromEntries(methodNames().map((name) => [name, () => 0])) };
  const reasonOf = (addon: unknown): string | undefined => loadNative(() => addon).reason;
  const failing = (text: string): string | undefined =>
    loadNative(() => {
      throw new Error(text);
    }).reason;

  it('takes an addon that has everything', () => {
    expect(loadNative(() => whole)).toEqual({ kernel: whole });
  });
  it('looks below the root of the package', () => {
    const roots: string[] = [];
    loadNative((root) => roots.push(root));
    expect(roots).toEqual([projectRoot]);
  });
  it('says so where there is no prebuild', () => {
    const text = 'No native build was found for platform=linux arch=mips\n    loaded from: /a/b\n';
    expect(failing(text)).toBe(`no prebuilt kernel for ${platform}`);
  });
  it.each([
    ['/opt/my app/knhk.node: invalid ELF header', 'knhk.node: invalid ELF header'],
    ["Cannot find module 'own/build/knhk.node'", "Cannot find module 'knhk.node'"],
    [
      "Cannot find module 'node-gyp-build'\nRequire stack:\n- /a/b.js",
      "Cannot find module 'node-gyp-build'",
    ],
    [
      '\\\\?\\C:\\Users\\x\\knhk.node is not a valid Win32 application.',
      'knhk.node is not a valid Win32 application.',
    ],
    [
      "dlopen(/a/b/knhk.node, 0x0001): tried: '/a/b/knhk.node' (bad)",
      "dlopen(knhk.node, 0x0001): tried: 'knhk.node' (bad)",
    ],
  ])('tells why a file does not load, without its folder: %s', (text, told) => {
    expect(failing(text)).toBe(`the prebuilt kernel of ${platform} does not load: ${told}`);
  });
  it('takes what is thrown as it is', () => {
    const { reason } = loadNative(() => {
      throw 'a word';
    });
    expect(reason).toBe(`the prebuilt kernel of ${platform} does not load: a word`);
  });
  it.each<[addon: unknown, problem: string]>([
    [undefined, 'exports nothing'],
    [null, 'exports nothing'],
    [{ ...whole, abi: 2 }, 'has abi 2, not 1'],
    [{}, 'has abi undefined, not 1'],
    ...methodNames().map((name): [unknown, string] => [
      { ...whole, [name]: 1 },
      `has no function ${name}`,
    ]),
  ])('refuses another addon: %o', (addon, problem) => {
    expect(reasonOf(addon)).toBe(`the prebuilt kernel of ${platform} ${problem}`);
  });
});

function methodNames(): string[] {
  return ['features', 'bind', 'counter', 'counterHz', 'emptyRegion', 'chain'];
}

const describeNative = describe.skipIf(kernel === undefined);
const enginesOf = (native: NativeKernel): number[] =>
  Object.values(engineBits).filter((bit) => (native.features() & bit) !== 0);

describeNative('engines against the plain reading (skipped where there is no prebuild)', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  // Few classes and dense rows: otherwise hardly a cell of eight columns would ever fire.
  const passes = fc.record({
    laneBytes: fc.constantFrom(...widths),
    seed: fc.integer(),
    classes: fc.constantFrom(1, 2, 5, 256),
    idle: fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), byte), { maxLength: 20 }),
    count: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(1023, 1024, 4096, 2 ** 31)),
    offset: fc.integer({ min: 0, max: 33 }),
  });

  it('are equal bit for bit, wherever the view begins', () => {
    fc.assert(
      fc.property(passes, ({ laneBytes, seed, classes, idle, count, offset }) => {
        const at = layoutOf(laneBytes);
        const { buffer } = sharedBytes(at.end + offset * 4 + 5);
        const memory = new Uint8Array(buffer, offset * 4, at.end);
        let state = seed;
        for (let i = at.cells; i < at.masks; i++) {
          state = (Math.imul(state, 1664525) + 1013904223) | 0;
          memory[i] =
            i < at.table
              ? (state >>> 24) % classes
              : (state >>> 24) | (state >>> 16) | (state >>> 8);
        }
        for (const [column, id] of idle) {
          const row = at.table + (column * 256 + id) * laneBytes;
          memory.fill(0, row, row + laneBytes);
        }
        new Uint32Array(buffer, offset * 4, 1)[0] = count;
        for (const engine of enginesOf(kernel!)) {
          expect(judge(memory, laneBytes, kernel!.bind(memory, laneBytes, engine))).toBeUndefined();
        }
      }),
      { numRuns: 100 },
    );
  });
});

describeNative('binding memory (skipped where there is no prebuild)', () => {
  const { end } = layoutOf(8);
  const good = sharedBytes(end);
  const bind = (...words: readonly unknown[]): unknown =>
    Reflect.apply(kernel!.bind, undefined, words);

  it.each<[string, readonly unknown[], string]>([
    ['nothing', [], 'takes memory, laneBytes and engine'],
    ['two values', [good, 8], 'takes memory, laneBytes and engine'],
    ['no memory', [undefined, 8, 1], 'must be a Uint8Array'],
    ['an object', [{ length: end }, 8, 1], 'must be a Uint8Array'],
    ['the buffer', [good.buffer, 8, 1], 'must be a Uint8Array'],
    ['a DataView', [new DataView(good.buffer), 8, 1], 'must be a Uint8Array'],
    ['signed bytes', [new Int8Array(good.buffer), 8, 1], 'must be a Uint8Array'],
    ['clamped bytes', [new Uint8ClampedArray(good.buffer), 8, 1], 'must be a Uint8Array'],
    ['memory that is not shared', [new Uint8Array(end), 8, 1], 'must lie in a SharedArrayBuffer'],
    ['a Buffer', [Buffer.alloc(end), 8, 1], 'must lie in a SharedArrayBuffer'],
  ])('is a TypeError for %s', (_name, words, message) => {
    expect(() => bind(...words)).toThrow(TypeError);
    expect(() => bind(...words)).toThrow(message);
  });
  it.each<[string, readonly unknown[], string]>([
    ['a byte too few', [sharedBytes(end - 1), 8, 1], 'wrong byte length'],
    ['a byte too many', [sharedBytes(end + 1), 8, 1], 'wrong byte length'],
    ['no byte', [new Uint8Array(good.buffer, 0, 0), 8, 1], 'memory'],
    ['the length of another width', [good, 32, 1], 'wrong byte length'],
    ['another width', [good, 16, 1], 'laneBytes must be 8, 32 or 64'],
    ['a fraction', [good, 8.5, 1], 'laneBytes must be 8, 32 or 64'],
    ['a width in words', [good, '8', 1], 'laneBytes must be 8, 32 or 64'],
    ['2^32 + 8', [good, 2 ** 32 + 8, 1], 'laneBytes must be 8, 32 or 64'],
    [
      'an odd beginning',
      [new Uint8Array(sharedBytes(end + 4).buffer, 2, end), 8, 1],
      'multiple of 4',
    ],
    ['no engine', [good, 8, 0], 'one of the bits of features()'],
    ['an engine by name', [good, 8, 'u64'], 'one of the bits of features()'],
    ['NaN', [good, 8, Number.NaN], 'one of the bits of features()'],
    ['an engine nobody has', [good, 8, 2 ** 20], 'one of the bits of features()'],
    ['avx2 and neon, which none has both of', [good, 8, 10], 'one of the bits of features()'],
    ['two engines', [good, 8, 3], 'one of the bits of features()'],
  ])('is an error for %s', (_name, words, message) => {
    expect(() => bind(...words)).toThrow(message);
    expect(() => bind(...words)).toThrow(/^bind: /);
  });
  it('holds when the memory grows under it', () => {
    type Growable = new (length: number, options: { maxByteLength: number }) => SharedArrayBuffer;
    const options = { maxByteLength: end * 64 };
    const buffer = new (SharedArrayBuffer as unknown as Growable)(end, options);
    const memory = new Uint8Array(buffer, 0, end).fill(255);
    const run = kernel!.bind(memory, 8, engineBits.u64);
    (buffer as unknown as { grow(length: number): void }).grow(end * 64);
    new Uint8Array(buffer).fill(255);
    expect(judge(memory, 8, run)).toBeUndefined();
  });
  it('refuses every engine that the processor does not run', () => {
    const lacking = Object.values(engineBits).filter((bit) => (kernel!.features() & bit) === 0);
    expect(lacking.length).toBeGreaterThan(0);
    for (const bit of lacking) expect(() => kernel!.bind(good, 8, bit)).toThrow(RangeError);
  });
});

describeNative('the counter (skipped where there is no prebuild)', () => {
  it('runs upwards, and an empty region is shorter than a long chain', () => {
    const before = kernel!.counter();
    const empty = kernel!.emptyRegion(1000);
    const chain = kernel!.chain(2 ** 20);
    expect(kernel!.counter() - before).toBeGreaterThanOrEqual(chain);
    expect(chain).toBeGreaterThan(empty);
    expect(kernel!.counterHz() > 0).toBe(process.arch === 'arm64');
  });
  it('counts a run', () => {
    const memory = sharedBytes(layoutOf(64).end);
    const words = new Uint32Array(memory.buffer, 0, 64);
    words[0] = 1024;
    const before = kernel!.counter();
    kernel!.bind(memory, 64, engineBits.u64)();
    expect(words[2]).toBeGreaterThan(0);
    expect(words[2]).toBeLessThanOrEqual(kernel!.counter() - before);
  });
  it.each([0, -1, 1.5, 2 ** 20 + 1, Number.NaN, '5', undefined])('takes no %o rounds', (rounds) => {
    for (const name of ['emptyRegion', 'chain'] as const) {
      expect(() => kernel![name](rounds as number)).toThrow(`${name}: `);
    }
  });
});
