import { createHash, createPrivateKey, sign } from 'node:crypto';
import { join } from 'node:path';
import type { BenchContext, Contestant } from '../harness.ts';
import { leafBody, payload } from './leaves.ts';

interface Statement {
  run(...values: readonly unknown[]): unknown;
}
interface Database {
  pragma(text: string): unknown;
  exec(text: string): void;
  prepare(text: string): Statement;
  close(): void;
}

type Sign = (bytes: Uint8Array) => Uint8Array;

const seed = new Uint8Array(32).fill(7);

/** Ed25519 by node:crypto. */
export function nodeSign(): Sign {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([prefix, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return (bytes) => sign(null, bytes, key);
}

interface Noble {
  readonly hashes: { sha512?: (bytes: Uint8Array) => Uint8Array };
  sign(bytes: Uint8Array, key: Uint8Array): Uint8Array;
}

/** Ed25519 by @noble/ed25519. */
export async function nobleSign(): Promise<Sign> {
  const noble = (await import('@noble/ed25519')) as unknown as Noble;
  const { sha512 } = await import('@noble/hashes/sha2.js');
  noble.hashes.sha512 = sha512;
  return (bytes) => noble.sign(bytes, seed);
}

/**
 * The plain scheme: each record is chained to the one before, signed, and inserted into SQLite,
 * which syncs each transaction (WAL, synchronous FULL).
 *
 * @param share how many times fewer records it is given
 */
export async function signEach(
  context: BenchContext,
  name: string,
  signer: Sign,
  share: number,
): Promise<Contestant & { close(): void }> {
  const { default: Sqlite } = await context.peer<{ default: new (path: string) => Database }>(
    'better-sqlite3',
  );
  const database = new Sqlite(join(context.directory, `${name}.db`));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(
    'CREATE TABLE receipt (seq INTEGER PRIMARY KEY, leaf BLOB, signature BLOB, body TEXT)',
  );
  const insert = database.prepare('INSERT INTO receipt VALUES (?, ?, ?, ?)');
  let seq = 0;
  let prev = '0'.repeat(64);
  return {
    name,
    run: (iterations) => {
      const count = Math.ceil(iterations / share);
      for (let done = 0; done < count; done++) {
        const leaf = { ...leafBody(seq), v: 1, seq, time: Date.now(), prev };
        const bytes = Buffer.from(JSON.stringify(leaf), 'utf8');
        prev = createHash('sha256').update(bytes).digest('hex');
        insert.run(seq, bytes, signer(bytes), payload(seq));
        seq++;
      }
      return count;
    },
    close: () => database.close(),
  };
}
