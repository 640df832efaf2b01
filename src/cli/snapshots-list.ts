import { type Args, readInteger } from './args.ts';
import { sayFault } from './faults.ts';
import { type Cell, type ExitCode, exitCodes, formatTable, formatTime, type Io } from './io.ts';
import { differenceOf, loadStored, readSnapshots, type StoredSnapshot } from './snapshots-read.ts';
import { short } from './snapshots-words.ts';

const limitMax = 100_000;

/** `snapshots list`: every set of rules that was ever current, in the order of the log. */
export async function listSnapshots({ data, json, options }: Args, io: Io): Promise<ExitCode> {
  const limit = readInteger('--limit', options['limit'] ?? '20', 1, limitMax);
  const { log, snapshots, damaged } = await readSnapshots(data);
  const shown = snapshots.slice(-limit).map((one) => {
    const loaded = loadStored(log, one.snapshot);
    const before = one.parent === null ? null : loadStored(log, one.parent);
    const words =
      loaded === null || before === null
        ? []
        : differenceOf(before.document, loaded.document, one.kind !== 'deploy').words;
    const version = loaded?.identity.version ?? null;
    const { seq, time, kind, snapshot, parent, hash } = one;
    const rules = loaded?.identity.rules ?? null;
    const changes = [...words, ...one.dropped];
    return { seq, time, kind, version, snapshot, parent, rules, changes, hash };
  });
  if (json) for (const row of shown) io.stdout.write(`${JSON.stringify(row)}\n`);
  else io.stdout.write(formatTable([head, ...shown.map(cellsOf)]));
  if (damaged === 0) return exitCodes.fine;
  sayDamage(io, json, data, damaged);
  return exitCodes.finding;
}

/** Says that the log could not be read as a whole. */
export function sayDamage(io: Io, json: boolean, data: string, damaged: number): void {
  sayFault(io, json, {
    code: 'KNHK_LOG_CORRUPT',
    message: `${damaged} places cannot be read; see knhk receipts verify-chain`,
    expected: 'a log that can be read',
    got: `${damaged} places that cannot be read`,
    where: data,
  });
}

const head: readonly Cell[] = ['SEQ', 'TIME', 'KIND', 'VERSION', 'SNAPSHOT', 'PARENT', 'CHANGES'];
const shownCharacters = 100;

function cellsOf(row: {
  readonly seq: number;
  readonly time: number;
  readonly kind: StoredSnapshot['kind'];
  readonly version: number | null;
  readonly snapshot: string;
  readonly parent: string | null;
  readonly changes: readonly string[];
}): readonly Cell[] {
  const { seq, time, kind, version, snapshot, parent, changes } = row;
  const words = changes.join('; ');
  const told = words.length > shownCharacters ? `${words.slice(0, shownCharacters)}...` : words;
  const place = [seq, formatTime(time), kind, version ?? 'lost', short(snapshot)];
  return [...place, parent === null ? '-' : short(parent), told];
}
