import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogFs } from '../receipts/log/fs.ts';
import { verifyLog } from '../receipts/log/verify-log.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import type { VerifyReport } from '../receipts/verify/report.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { openRuntime, type RuntimeOptions } from '../runtime/open.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type FixedClock, fixedClock } from './clock.ts';
import { type CrashOptions, memoryFs } from './memory-fs.ts';
import { seededRandom, seededSecret, seededSigner } from './seeds.ts';

/** What {@link testRuntime} is given: what openRuntime is, without what a test has fixed. */
export interface TestRuntimeOptions
  extends Omit<
    RuntimeOptions,
    'origin' | 'data' | 'signer' | 'secret' | 'keyring' | 'clock' | 'random' | 'fs'
  > {
  /** Name of the log; `example.com/test` unless given. */
  readonly origin?: string;
  /** Fixes key and secret, and so every leaf; 1 unless given. */
  readonly seed?: number;
  /** Where the clock begins, in ms since 1970; 2026-01-01 unless given. */
  readonly startMs?: number;
  /** Puts something between the log and its files, such as {@link failingFs}. */
  readonly fs?: (disk: LogFs) => LogFs;
}

/** What may be different when a {@link TestRuntime} is opened again. */
export type ReopenOptions = Partial<Omit<TestRuntimeOptions, 'origin' | 'seed' | 'startMs'>>;

/** A runtime whose leaves follow from its inputs alone. */
export interface TestRuntime {
  /** The runtime that is open now; another one after `reopen` and `crash`. */
  readonly runtime: Runtime;
  /** Stands still until the test moves it. */
  readonly clock: FixedClock;
  readonly signer: Signer;
  readonly keyring: Keyring;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** Closes the runtime and opens it again over the same log, with other rules if given. */
  reopen(changes?: ReopenOptions): Promise<Runtime>;
  /** Cuts the power and opens again what survived: everything acknowledged, and perhaps more. */
  crash(changes?: ReopenOptions & CrashOptions): Promise<Runtime>;
  /** Verifies the log as it is on the disk, with the public key alone. */
  verify(): Promise<VerifyReport>;
  /** Closes the runtime and forgets the log. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const defaultStartMs = 1_767_225_600_000;
const defaultOrigin = 'example.com/test';

/**
 * Opens a runtime for a test: files in memory, a clock that stands still, a key and a secret from
 * a seed. Two runs with equal seeds and inputs write the same leaves, byte for byte. Shapes are
 * validated on the calling thread unless threads are asked for.
 *
 * @throws KnhkError what openRuntime rejects with: KNHK_RULES_*, KNHK_TERMS_*, KNHK_SHAPES_*,
 * KNHK_LOG_*, KNHK_RECEIPTS_*, KNHK_RUNTIME_OPTION, KNHK_RUNTIME_ENCRYPTION, KNHK_LIMIT_*
 * @example
 * const test = await testRuntime({ observations: [Flight], rules });
 * const outcome = await test.runtime.apply(Flight, flight, { id: 'LH400' });
 * outcome.outcome; // => 'acted'
 * await test.crash();
 * (await test.runtime.apply(Flight, flight, { id: 'LH400' })).outcome; // => 'duplicate'
 * await test.close();
 */
export async function testRuntime(options: TestRuntimeOptions): Promise<TestRuntime> {
  const { origin = defaultOrigin, seed = 1, startMs = defaultStartMs, ...rest } = options;
  const { signer, keyring } = seededSigner({ name: origin, seed });
  const secret = seededSecret(seed);
  // One stream for all openings: bytes that were used once are never given again.
  const random = seededRandom(seed);
  const clock = fixedClock(startMs);
  // The log's lock is a socket and needs a real directory, and a short path.
  const data = mkdtempSync(join(tmpdir(), 'knhk-test-'));
  let disk = memoryFs({ directories: [data] });
  let opened: ReopenOptions & Pick<TestRuntimeOptions, 'observations' | 'rules'> = rest;
  const open = (changes: ReopenOptions = {}): Promise<Runtime> => {
    opened = { ...opened, ...changes };
    const fs = opened.fs?.(disk) ?? disk;
    const fixed = { origin, data, signer, secret, clock, random, fs };
    return openRuntime({ shapesThreads: 0, ...opened, ...fixed });
  };
  const forget = (): void => rmSync(data, { recursive: true, force: true });
  let runtime: Runtime;
  try {
    runtime = await open();
  } catch (error) {
    forget();
    throw error;
  }
  const close = async (): Promise<void> => {
    try {
      await runtime.close();
    } finally {
      forget();
    }
  };
  return {
    get runtime() {
      return runtime;
    },
    ...{ clock, signer, keyring, secret, close },
    reopen: async (changes) => {
      await runtime.close();
      runtime = await open(changes);
      return runtime;
    },
    crash: async ({ random, ...changes } = {}) => {
      const next = disk.crash(random === undefined ? {} : { random });
      // Nobody is left to be told what closing says on a machine without power.
      await runtime.close().catch(() => {});
      disk = next;
      runtime = await open(changes);
      return runtime;
    },
    verify: () => verifyLog(data, keyring, { fs: disk }),
    [Symbol.asyncDispose]: close,
  };
}
