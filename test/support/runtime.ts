import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { type LogEntry, nodeSigner, openLog } from '../../src/receipts/log/index.ts';
import { openRuntime, type RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';

export { codeOf } from './errors.ts';

export const origin = 'example.com/test';
export const secret: Uint8Array = new Uint8Array(32).fill(5);
export const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(9) });

const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A fresh directory that is removed after the test. */
export function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), 'knhk-test-'));
  made.push(path);
  return path;
}

/** A clock that advances by one at each reading, so that an extra reading shows in the leaves. */
export function counterClock(start = 1_000): Clock {
  let now = start;
  return { now: () => now++ };
}

/** Opens a runtime whose leaves are fixed by its inputs: clock, secret and key are given. */
export function openTest(
  options: Pick<RuntimeOptions, 'observations' | 'rules'> & Partial<RuntimeOptions>,
): Promise<Runtime> {
  return openRuntime({
    origin,
    data: join(temporary(), 'data'),
    signer,
    secret,
    clock: counterClock(),
    shapesThreads: 0,
    ...options,
  });
}

/** All entries of a closed log, read from its directory. */
export async function entriesOf(directory: string): Promise<readonly LogEntry[]> {
  const log = await openLog({ directory, origin, signer, clock: counterClock() });
  try {
    return [...log.entries()];
  } finally {
    await log.close();
  }
}
