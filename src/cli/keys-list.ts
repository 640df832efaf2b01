import type { Args } from './args.ts';
import { type Cell, type ExitCode, exitCodes, formatTable, formatTime, type Io } from './io.ts';
import { keysPlace, type ListedKey, listKeys, readKeyringOf } from './keys-files.ts';

const dayMs = 86_400_000;

/** `keys list`: the keys of a log, which of them signs, and who can read the private ones. */
export async function keysList(args: Args, io: Io): Promise<ExitCode> {
  const directory = keysPlace(args);
  const keyring = readKeyringOf(directory);
  const { origin } = keyring;
  const keys = listKeys(keyring, { directory, data: args.data }, io.machine.clock.now());
  io.stdout.write(
    args.json
      ? `${JSON.stringify({ origin, directory, keys })}\n`
      : formatTable([head, ...keys.map(cellsOf)]),
  );
  return exitCodes.fine;
}

const head: readonly Cell[] = [
  'KEY',
  'FROM SEQ',
  'TO SEQ',
  'STATE',
  'CREATED',
  'AGE (DAYS)',
  'FILE',
  'MODE',
  'VKEY',
];

function cellsOf(key: ListedKey): readonly Cell[] {
  const { id, from, to, revoked_from: revokedFrom, created, age_ms: ageMs, active } = key;
  const state = revokedFrom === null ? (active ? 'signs' : '-') : `revoked from ${revokedFrom}`;
  return [
    id,
    from,
    to ?? 'open',
    state,
    created === null ? '-' : formatTime(created),
    ageMs === null ? '-' : Math.floor(ageMs / dayMs),
    key.file ?? '-',
    key.mode ?? '-',
    key.vkey,
  ];
}
