import { hash } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchContext, type Measured, measure } from '../harness.ts';

// What this machine gives in this minute. Other topics print these figures beside their own, so
// that a reader on another machine can scale them.

const hashedBytes = 256;
const appendedBytes = 300;
const variants = 64;

/** SHA-256 of 256 bytes, by node:crypto. */
export async function probeSha256(): Promise<Measured> {
  const inputs = Array.from({ length: variants }, (_, index) =>
    new Uint8Array(hashedBytes).fill(index),
  );
  const run = (iterations: number): number => {
    let checksum = 0;
    for (let index = 0; index < iterations; index++) {
      checksum = (checksum + hash('sha256', inputs[index % variants]!, 'buffer')[0]!) | 0;
    }
    return checksum;
  };
  const [measured] = await measure({ contestants: [{ name: 'sha256', run }], iterations: 50_000 });
  return measured!;
}

/** Appending 300 bytes to a file of this directory and making them durable. */
export async function probeFdatasync(directory: string): Promise<Measured> {
  const file = openSync(join(directory, 'probe'), 'a', 0o600);
  const bytes = new Uint8Array(appendedBytes).fill(0x61);
  const run = (iterations: number): number => {
    let written = 0;
    for (let index = 0; index < iterations; index++) {
      written += writeSync(file, bytes);
      fdatasyncSync(file);
    }
    return written;
  };
  try {
    const [measured] = await measure({ contestants: [{ name: 'fdatasync', run }], iterations: 50 });
    return measured!;
  } finally {
    closeSync(file);
  }
}

/** The two probes as figures, medians. */
export async function run(context: BenchContext): Promise<void> {
  const sha256 = await probeSha256();
  context.figure({ figure: 'SHA-256 of 256 B', value: sha256.medianNs, unit: 'ns' });
  const sync = await probeFdatasync(context.directory);
  const milliseconds = sync.medianNs / 1e6;
  context.figure({ figure: 'append 300 B + fdatasync', value: milliseconds, unit: 'ms' });
}
