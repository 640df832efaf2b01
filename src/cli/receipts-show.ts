import { join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';
import { isErased } from '../receipts/log/erase.ts';
import { nodeFs } from '../receipts/log/fs.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import type { StoredPayload } from '../runtime/replay-sealed.ts';
import { type Damage, openStored, type StoredEntry } from '../runtime/replay-source.ts';
import { type Args, keysDirectory, readInteger } from './args.ts';
import { sayFault } from './faults.ts';
import {
  type ExitCode,
  exitCodes,
  formatJson,
  formatPairs,
  formatTime,
  harmless,
  type Io,
} from './io.ts';
import { Names } from './names.ts';

interface Shown {
  readonly entry: StoredEntry;
  /** The signed checkpoint of its epoch, or the next one where that is lost. */
  readonly note?: string;
}

/** `receipts show`: one leaf, its payload, and the checkpoint that covers it. */
export async function showReceipt({ data, json, positionals }: Args, io: Io): Promise<ExitCode> {
  const seq = readInteger('SEQ', positionals[0] as string, 0, Number.MAX_SAFE_INTEGER);
  const log = openStored(data);
  let found: StoredEntry | undefined;
  let shown: Shown | undefined;
  let end = 0;
  for await (const { entries, note, damage } of log.epochs(seq)) {
    const broken = damage.find((item) => item.seq === seq && item.member === 'leaf');
    if (broken !== undefined) return reportDamage(broken, json, io);
    found ??= entries.find((entry) => entry.seq === seq);
    end = Math.max(end, 1 + (entries.at(-1)?.seq ?? -1));
    if (found === undefined || note === undefined) continue;
    shown = { entry: found, note };
    break;
  }
  if (found === undefined) return fail('KNHK_LOG_SEQ', data, `a seq below ${end}`, seq);
  shown = { ...shown, entry: told(found, data) };
  const names = new Names(log);
  io.stdout.write(json ? showJson(shown, names) : showText(shown, names));
  return exitCodes.fine;
}

/** An encrypted payload whose subject was erased is said to be that. */
function told(entry: StoredEntry, data: string): StoredEntry {
  const { payload, seq } = entry;
  const store = join(keysDirectory(data), 'subjects');
  if (payload?.kind !== 'encrypted' || !isErased(nodeFs, store, payload.content, seq)) return entry;
  return { ...entry, payload: { kind: 'erased' } };
}

function reportDamage({ seq, expected, got }: Damage, json: boolean, io: Io): ExitCode {
  const message = `leaf ${seq} is damaged: expected ${expected}, got ${got}`;
  sayFault(io, json, { code: 'KNHK_LOG_CORRUPT', message, expected, got, where: `seq ${seq}` });
  return exitCodes.finding;
}

function showJson({ entry, note }: Shown, names: Names): string {
  const { seq, hash, leaf, payload } = entry;
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note);
  const value = {
    seq,
    hash,
    typeName: names.type(leaf) ?? null,
    firedNames: names.fired(leaf) ?? null,
    leaf,
    ...payloadJson(payload),
    checkpoint:
      checkpoint === undefined
        ? null
        : { origin: checkpoint.origin, size: checkpoint.size, root: toHex(checkpoint.root), note },
  };
  return `${JSON.stringify(value)}\n`;
}

function payloadJson(payload: StoredPayload | undefined): {
  readonly payload: unknown;
  readonly payloadState: string;
} {
  if (payload?.kind !== 'plain') {
    return { payload: null, payloadState: payload?.kind ?? 'missing' };
  }
  const value = parsed(payload.text);
  return value === undefined
    ? { payload: null, payloadState: 'damaged' }
    : { payload: value, payloadState: 'plain' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function showText({ entry, note }: Shown, names: Names): string {
  const { seq, hash, leaf, payload } = entry;
  const type = names.type(leaf);
  const fired = names.fired(leaf);
  const pairs: [string, string | number][] = [
    ['seq', seq],
    ['hash', hash],
    ['time', formatTime(leaf.time)],
    ['kind', leaf.kind],
  ];
  if ('type' in leaf) pairs.push(['type', `${type ?? 'unknown'} ${leaf.type}`]);
  if ('outcome' in leaf) pairs.push(['outcome', leaf.outcome]);
  if (leaf.kind === 'count') {
    const { observed, firstAt, lastAt } = leaf;
    pairs.push(['observed', observed], ['from', formatTime(firstAt)], ['to', formatTime(lastAt)]);
  }
  if (fired !== undefined) pairs.push(['fired', fired.length === 0 ? 'none' : fired.join(', ')]);
  const { payload: value, payloadState } = payloadJson(payload);
  const stored = value === null ? `${payloadState}\n` : formatJson(value);
  const signed = note === undefined ? 'none\n' : harmless(note);
  const parts = [formatPairs(pairs), `leaf\n${formatJson(leaf)}`, `payload\n${stored}`];
  return [...parts, `checkpoint\n${signed}`].join('\n');
}
