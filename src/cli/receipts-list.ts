import { candidates } from '../receipts/log/queries.ts';
import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { openStored } from '../runtime/replay-source.ts';
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
import { aboutLeaf, membersOf } from './leaf-about.ts';
import { Names } from './names.ts';
import { newest, onwards, type Row, type Wish } from './receipts-find.ts';
import { subjectSearch } from './receipts-subject.ts';
import { type SigningKeys, signingKeys } from './signing-keys.ts';

const limitMax = 100_000;
const outcomes = [
  ...['acted', 'pending', 'denied', 'idle', 'failed', 'invalid'],
  ...['success', 'failure'],
];

/** `receipts list`: the newest receipts, or those from a seq on, in the order of the log. */
export async function listReceipts(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, options } = args;
  const limit = readInteger('--limit', options['limit'] ?? '20', 1, limitMax);
  const { from, outcome } = options;
  if (outcome !== undefined && !outcomes.includes(outcome)) {
    throw new UsageError(`--outcome expects one of ${outcomes.join(', ')}, got ${outcome}`);
  }
  const first =
    from === undefined ? undefined : readInteger('--from', from, 0, Number.MAX_SAFE_INTEGER);
  const log = openStored(data);
  const names = new Names(log);
  const keys = signingKeys(data, options['keyring']);
  const wish = await wishOf(args, names);
  const { rows, damaged } =
    first === undefined ? await newest(log, limit, wish) : await onwards(log, limit, first, wish);
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

/** What the command line asks for; indexes answer for a subject and for a hook. */
async function wishOf(args: Args, names: Names): Promise<Wish> {
  const { type, outcome, hook } = args.options;
  const subject = await subjectSearch(args);
  return {
    isWanted: (entry) => {
      const { leaf } = entry;
      return (
        (outcome === undefined || ('outcome' in leaf && leaf.outcome === outcome)) &&
        (type === undefined || isOfType(leaf, type, names)) &&
        (hook === undefined || names.hasFired(leaf, hook)) &&
        (subject === undefined || subject.isAbout(entry))
      );
    },
    candidates: (index) => {
      const about = subject?.candidates(index);
      if (about !== undefined || hook === undefined) return about;
      return candidates(index, { fired: (snapshot) => names.placeOf(snapshot, hook) });
    },
  };
}

/** A type is named by its name, its declaration's hash, or the first digits of that. */
function isOfType(leaf: Leaf, wanted: string, names: Names): boolean {
  if (!('type' in leaf)) return false;
  return names.type(leaf) === wanted || (wanted.length >= 8 && leaf.type.startsWith(wanted));
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
  'ABOUT',
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
    outcomeOf(leaf),
    names.type(leaf) ?? '-',
    declaration,
    hooks.length === 0 ? '-' : hooks.slice(0, shownHooks).join(',') + more,
    'snapshot' in leaf ? leaf.snapshot.slice(0, shownDigits) : '-',
    keys.of(note) ?? '-',
    hash.slice(0, shownDigits),
    aboutLeaf(leaf),
  ];
}

function outcomeOf(leaf: Leaf): string {
  if ('outcome' in leaf) return leaf.outcome;
  return leaf.kind === 'count' ? `${leaf.observed} observed` : '-';
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
    ...membersOf(leaf),
    signature_key_version: keys.of(note),
    hash,
  };
}
