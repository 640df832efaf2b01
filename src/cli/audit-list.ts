import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { openStored } from '../runtime/replay-source.ts';
import { type Args, readInteger } from './args.ts';
import { type Cell, type ExitCode, exitCodes, formatTable, formatTime, type Io } from './io.ts';

/** One entry of the audit trail, whatever kind of leaf it is. */
interface Entry {
  readonly seq: number;
  readonly time: number;
  readonly kind: 'access' | 'config' | 'key' | 'erase';
  readonly actor: string | null;
  readonly resource: string;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly trace?: string;
  readonly detail?: string;
  readonly hash: string;
}

const limitMax = 100_000;

/** What a leaf says in the words of the audit trail; undefined for decisions and rules. */
function entryOf(leaf: Leaf, hash: string): Entry | undefined {
  const { seq, time, trace } = leaf;
  const more = trace === undefined ? {} : { trace };
  const place = { seq, time };
  if (leaf.kind === 'access' || leaf.kind === 'config') {
    const { kind, actor, resource, action, outcome, reason = null, detail } = leaf;
    const stored = detail === undefined ? {} : { detail };
    return { ...place, kind, actor, resource, action, outcome, reason, ...more, ...stored, hash };
  }
  if (leaf.kind === 'erase') {
    const { kind, actor = null, subject: resource, reason } = leaf;
    const done = { action: 'erase', outcome: 'success' };
    return { ...place, kind, actor, resource, ...done, reason, ...more, hash };
  }
  if (leaf.kind !== 'key') return undefined;
  const { kind, change: action, vkey: resource } = leaf;
  const reason = 'reason' in leaf ? (leaf.reason ?? null) : null;
  return {
    ...place,
    kind,
    actor: null,
    resource,
    action,
    outcome: 'success',
    reason,
    ...more,
    hash,
  };
}

/** `audit list`: the newest entries of the audit trail, in the order of the log. */
export async function listAudit({ data, json, options }: Args, io: Io): Promise<ExitCode> {
  const limit = readInteger('--limit', options['limit'] ?? '20', 1, limitMax);
  const { actor, action } = options;
  let found: Entry[] = [];
  for await (const { entries } of openStored(data).epochs()) {
    for (const { leaf, hash } of entries) {
      const entry = entryOf(leaf, hash);
      if (entry === undefined) continue;
      if (actor !== undefined && entry.actor !== actor) continue;
      if (action === undefined || entry.action === action) found.push(entry);
    }
    if (found.length > 2 * limit) found = found.slice(-limit);
  }
  const shown = found.slice(-limit);
  if (json) for (const entry of shown) io.stdout.write(`${JSON.stringify(entry)}\n`);
  else io.stdout.write(formatTable([head, ...shown.map(cellsOf)]));
  return exitCodes.fine;
}

const head: readonly Cell[] = [
  ...['SEQ', 'TIME', 'KIND', 'ACTOR', 'ACTION', 'RESOURCE', 'OUTCOME', 'REASON'],
];
const resourceMax = 40;

function cellsOf(entry: Entry): readonly Cell[] {
  const { seq, time, kind, actor, action, resource, outcome, reason } = entry;
  const isLong = resource.length > resourceMax;
  const named = isLong ? `${resource.slice(0, resourceMax)}...` : resource;
  return [seq, formatTime(time), kind, actor ?? '-', action, named, outcome, reason ?? '-'];
}
