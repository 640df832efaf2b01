import { toHex } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import { type Damage, openStored, type StoredEntry } from '../runtime/replay-source.ts';
import { type Args, readInteger } from './args.ts';
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
import { aboutLeaf } from './leaf-about.ts';
import { Names } from './names.ts';
import { epochsAt } from './receipts-find.ts';
import { payloadOf, type ShownPayload } from './stored-payload.ts';

interface Shown {
  readonly entry: StoredEntry;
  readonly payload: ShownPayload;
  /** The signed checkpoint of its epoch, or the next one where that is lost. */
  readonly note?: string;
}

/** `receipts show`: one leaf, its payload, and the checkpoint that covers it. */
export async function showReceipt({ data, json, positionals }: Args, io: Io): Promise<ExitCode> {
  const seq = readInteger('SEQ', positionals[0] as string, 0, Number.MAX_SAFE_INTEGER);
  const log = openStored(data);
  let entry: StoredEntry | undefined;
  let end = log.acknowledged();
  let checkpoint: string | undefined;
  for await (const { entries, note, damage } of epochsAt(log, seq)) {
    const broken = damage.find((item) => item.seq === seq && item.member === 'leaf');
    if (broken !== undefined) return reportDamage(broken, json, io);
    entry ??= entries.find((item) => item.seq === seq);
    end = Math.max(end, 1 + (entries.at(-1)?.seq ?? -1));
    checkpoint = note;
    if (entry !== undefined && note !== undefined) break;
  }
  if (entry === undefined) return fail('KNHK_LOG_SEQ', data, `a seq below ${end}`, seq);
  const payload = await payloadOf(log, data, entry);
  const shown = { entry, payload, ...(checkpoint === undefined ? {} : { note: checkpoint }) };
  const names = new Names(log);
  io.stdout.write(json ? showJson(shown, names) : showText(shown, names));
  return exitCodes.fine;
}

function reportDamage({ seq, expected, got }: Damage, json: boolean, io: Io): ExitCode {
  const message = `leaf ${seq} is damaged: expected ${expected}, got ${got}`;
  sayFault(io, json, { code: 'KNHK_LOG_CORRUPT', message, expected, got, where: `seq ${seq}` });
  return exitCodes.finding;
}

function showJson({ entry, payload, note }: Shown, names: Names): string {
  const { seq, hash, leaf } = entry;
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note);
  const value = {
    seq,
    hash,
    typeName: names.type(leaf) ?? null,
    firedNames: names.fired(leaf) ?? null,
    leaf,
    payload: payload.value,
    payloadState: payload.state,
    checkpoint:
      checkpoint === undefined
        ? null
        : { origin: checkpoint.origin, size: checkpoint.size, root: toHex(checkpoint.root), note },
  };
  return `${JSON.stringify(value)}\n`;
}

function showText({ entry, payload, note }: Shown, names: Names): string {
  const { seq, hash, leaf } = entry;
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
  const about = aboutLeaf(leaf);
  if (about !== '') pairs.push(['about', about]);
  const { state, value } = payload;
  const stored = state === 'present' ? formatJson(value) : `${state}\n`;
  const signed = note === undefined ? 'none\n' : harmless(note);
  const parts = [formatPairs(pairs), `leaf\n${formatJson(leaf)}`, `payload\n${stored}`];
  return [...parts, `checkpoint\n${signed}`].join('\n');
}
