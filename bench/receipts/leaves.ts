import { createHash } from 'node:crypto';

import type { Signer } from 'knhk/receipts';

/** What the log's own modules export that the benches use. */
export interface LogModule {
  openLog(options: object): Promise<Log>;
  nodeSigner(options: { name: string; privateKey: Uint8Array }): Signer;
  verifyLog(directory: string, keyring: object, options?: object): Promise<Verified>;
}

/** A log as the benches use it. */
export interface Log {
  readonly size: number;
  readonly checkpoint: string | undefined;
  tick(): number;
  append(body: object, time: number, payload?: string): { readonly durable: Promise<void> };
  prove(seq: number, options?: { readonly leaf?: boolean }): string;
  seal(): Promise<void>;
  close(): Promise<void>;
}

/** What of a report the benches read. */
export interface Verified {
  readonly ok: boolean;
  readonly verified_count: number;
}

export const origin = 'bench.example/receipts';

const variants = 4_096;
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const pool = Array.from({ length: variants }, (_, index) => hash(`value ${index}`));
const hex = (value: number): string => value.toString(16).padStart(8, '0');
// Knuth's multiplier: consecutive numbers get hashes that look unlike.
const scatter = (value: number): number => Math.imul(value, 0x9e3779b1) >>> 0;

const type = hash('declaration');
const snapshot = hash('snapshot');

/** The leaf of the n-th observation; no two have the same id. */
export function leafBody(n: number): object {
  const at = (step: number): string => pool[(n * step) % variants] as string;
  const unique = `${hex(scatter(n))}${hex(n)}`;
  return {
    kind: 'apply',
    type,
    id: unique + at(1).slice(16),
    observation: unique + at(3).slice(16),
    context: at(5),
    snapshot,
    fired: n % 8 === 0 ? [1] : [],
    proposed: at(7),
    actions: at(7),
    verdicts: [],
    outcome: n % 8 === 0 ? 'acted' : 'idle',
  };
}

/** What is stored beside it, some 300 bytes. */
export function payload(n: number): string {
  const fields = `{"amount":${n},"customer":"customer ${n % 9_973}","order":"urn:order:${n}"}`;
  const record = `{"declaration":"${type}","fields":${fields}}`;
  const head = `"actions":[],"at":${1.7e12 + n},"context":{},"id":"${n}","proposed":[]`;
  return `{${head},"record":${record}}`;
}

// As many epochs on their way as keep the log busy: one is written, one is filled.
const aheadMax = 1_024;

/** Appends the leaves `from` to `to - 1` and resolves when all of them are durable. */
export async function appendLeaves(log: Log, from: number, to: number): Promise<void> {
  const waiting: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();
  for (let n = from; n < to; n++) {
    last = log.append(leafBody(n), log.tick(), payload(n)).durable;
    if (n % 256 !== 255) continue;
    waiting.push(last);
    if (waiting.length * 256 > aheadMax) await waiting.shift();
  }
  await last;
}
