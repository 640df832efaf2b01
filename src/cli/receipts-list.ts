import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { openStored, type StoredLog } from '../runtime/replay-source.ts';
import { type Args, readInteger } from './args.ts';
import { sayFault } from './faults.ts';
import {
  type Cell,
  type ExitCode,
  exitCodes,
  formatTable,
  formatTime,
  type Io,
  UsageError,
} from './io.ts';
import { Names } from './names.ts';
import { type SigningKeys, signingKeys } from './signing-keys.ts';

interface Row {
  readonly seq: number;
  readonly leaf: Leaf;
  readonly hash: string;
  /** The checkpoint that covers it, where its epoch has one that can be read. */
  readonly note: string | undefined;
}

interface Listing {
  readonly rows: readonly Row[];
  /** Places that could not be read on the way. */
  readonly damaged: number;
}

const limitMax = 100_000;
const outcomes = ['acted', 'pending', 'denied', 'idle', 'failed', 'invalid'];

/** `receipts list`: the newest receipts, or those from a seq on, in the order of the log. */
export async function listReceipts({ data, json, options }: Args, io: Io): Promise<ExitCode> {
  const limit = readInteger('--limit', options['limit'] ?? '20', 1, limitMax);
  const { from, type, outcome } = options;
  if (outcome !== undefined && !outcomes.includes(outcome)) {
    throw new UsageError(`--outcome expects one of ${outcomes.join(', ')}, got ${outcome}`);
  }
  const first =
    from === undefined ? undefined : readInteger('--from', from, 0, Number.MAX_SAFE_INTEGER);
  const log = openStored(data);
  const names = new Names(log);
  const keys = signingKeys(data, options['keyring']);
  const isWanted = ({ leaf }: Row): boolean =>
    (outcome === undefined || ('outcome' in leaf && leaf.outcome === outcome)) &&
    (type === undefined || isOfType(leaf, type, names));
  const { rows, damaged } =
    first === undefined
      ? await newest(log, limit, isWanted)
      : await onwards(log, limit, first, isWanted);
  if (json)
    for (const row of rows) io.stdout.write(`${JSON.stringify(rowJson(row, names, keys))}\n`);
  else io.stdout.write(formatTable([head, ...rows.map((row) => rowCells(row, names, keys))]));
  if (damaged === 0) return exitCodes.fine;
  const got = `${damaged} places that cannot be read`;
  sayFault(io, json, {
    code: 'KNHK_LOG_CORRUPT',
    message: `${damaged} places cannot be read; see knhk receipts verify-chain`,
    expected: 'a log that can be read',
    got,
    where: data,
  });
  return exitCodes.finding;
}

/** A type is named by its name, its declaration's hash, or the first digits of that. */
function isOfType(leaf: Leaf, wanted: string, names: Names): boolean {
  if (!('type' in leaf)) return false;
  return names.type(leaf) === wanted || (wanted.length >= 8 && leaf.type.startsWith(wanted));
}

async function onwards(
  log: StoredLog,
  limit: number,
  first: number,
  isWanted: (row: Row) => boolean,
): Promise<Listing> {
  const rows: Row[] = [];
  let damaged = 0;
  for await (const { entries, note, damage } of log.epochs(first)) {
    damaged += damage.filter(({ seq }) => seq >= first).length;
    for (const { seq, leaf, hash } of entries) {
      const row = { seq, leaf, hash, note };
      if (seq < first || !isWanted(row)) continue;
      rows.push(row);
      if (rows.length === limit) return { rows, damaged };
    }
  }
  return { rows, damaged };
}

/** Reads segments from the last one back, so that a long log is not read from its beginning. */
async function newest(
  log: StoredLog,
  limit: number,
  isWanted: (row: Row) => boolean,
): Promise<Listing> {
  const acknowledged = log.acknowledged();
  const segments = log.segments();
  let rows: readonly Row[] = [];
  let damaged = 0;
  for (let position = segments.length - 1; position >= 0 && rows.length < limit; position--) {
    const end = segments[position + 1] ?? acknowledged;
    let found: Row[] = [];
    const epochs = log.segmentEpochs(segments[position] as number, end);
    for await (const { entries, note, damage } of epochs) {
      damaged += damage.length;
      for (const { seq, leaf, hash } of entries) {
        const row = { seq, leaf, hash, note };
        if (isWanted(row)) found.push(row);
      }
      if (found.length > 2 * limit) found = found.slice(-limit);
    }
    rows = [...found.slice(-(limit - rows.length)), ...rows];
  }
  return { rows, damaged };
}

const head: readonly Cell[] = [
  'SEQ',
  'TIME',
  'KIND',
  'OUTCOME',
  'TYPE',
  'DECLARATION',
  'FIRED',
  'SNAPSHOT',
  'KEY',
  'HASH',
];
const shownDigits = 12;
const shownHooks = 3;

function rowCells(row: Row, names: Names, keys: SigningKeys): readonly Cell[] {
  const { seq, leaf, hash, note } = row;
  const hooks = names.fired(leaf) ?? ('fired' in leaf ? leaf.fired.map(hookOf) : []);
  const more = hooks.length > shownHooks ? `,+${hooks.length - shownHooks}` : '';
  const declaration = 'type' in leaf ? leaf.type.slice(0, shownDigits) : '-';
  return [
    seq,
    formatTime(leaf.time),
    leaf.kind,
    'outcome' in leaf ? leaf.outcome : leaf.kind === 'count' ? `${leaf.observed} observed` : '-',
    names.type(leaf) ?? '-',
    declaration,
    hooks.length === 0 ? '-' : hooks.slice(0, shownHooks).join(',') + more,
    'snapshot' in leaf ? leaf.snapshot.slice(0, shownDigits) : '-',
    keys.of(note) ?? '-',
    hash.slice(0, shownDigits),
  ];
}

/** A hook whose name is lost, and in a count leaf how often it fired. */
const hookOf = (fired: number | readonly [number, number]): string =>
  typeof fired === 'number' ? `#${fired}` : `#${fired[0]} ${fired[1]}`;

function rowJson(row: Row, names: Names, keys: SigningKeys): Readonly<Record<string, unknown>> {
  const { seq, leaf, hash, note } = row;
  return {
    seq,
    time: leaf.time,
    kind: leaf.kind,
    ...('outcome' in leaf ? { outcome: leaf.outcome } : {}),
    ...('type' in leaf ? { type: leaf.type, typeName: names.type(leaf) ?? null } : {}),
    ...('fired' in leaf ? { fired: names.fired(leaf) ?? null } : {}),
    ...('snapshot' in leaf ? { snapshot: leaf.snapshot } : {}),
    signature_key_version: keys.of(note),
    hash,
  };
}
