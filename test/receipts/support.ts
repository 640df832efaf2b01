import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { hashOf } from '../../src/base/canonical.ts';
import type { Clock } from '../../src/base/clock.ts';
import {
  type LogOptions,
  nodeSigner,
  openLog,
  type ReceiptLog,
} from '../../src/receipts/log/index.ts';
import type { ApplyBody, Keyring } from '../../src/receipts/verify/index.ts';

export const origin = 'example.com/ops';
export const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(7) });
export const otherSigner = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(8) });
export const keyring: Keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

export const fakeHash = (name: string): string => hashOf('test', name);

export function applyBody(name: string | number): ApplyBody {
  return {
    kind: 'apply',
    type: fakeHash('type'),
    id: fakeHash(`id ${name}`),
    observation: fakeHash(`observation ${name}`),
    context: fakeHash('context'),
    snapshot: fakeHash('snapshot'),
    fired: [0, 3],
    proposed: fakeHash(`proposed ${name}`),
    actions: fakeHash('actions'),
    verdicts: [{ action: 0, guard: -1, verdict: 'deny', code: 'UNGUARDED' }],
    outcome: 'denied',
  };
}

const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A directory that is removed after the test. */
export function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), 'knhk-'));
  made.push(path);
  return path;
}

function steppingClock(startMs = 1_000): Clock {
  let now = startMs;
  return { now: () => now++ };
}

export function open(directory: string, options: Partial<LogOptions> = {}): Promise<ReceiptLog> {
  return openLog({ directory, origin, signer, clock: steppingClock(), ...options });
}

/** Appends leaves one epoch at a time: `epochs[i]` leaves in the i-th epoch. */
export async function appendEpochs(log: ReceiptLog, epochs: readonly number[]): Promise<void> {
  for (const count of epochs) {
    let last: Promise<void> | undefined;
    for (let index = 0; index < count; index++) {
      const name = log.size;
      last = log.append(applyBody(name), log.tick(), `{"id":"${name}"}`).durable;
    }
    await last;
  }
}

/** The code of the error that a call or promise ends with, undefined if it succeeds. */
export async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
