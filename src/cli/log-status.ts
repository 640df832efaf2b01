import type { Args } from './args.ts';
import { sayProgress } from './faults.ts';
import {
  type Cell,
  type ExitCode,
  exitCodes,
  formatAge,
  formatPairs,
  formatTable,
  formatTime,
  type Io,
  paint,
} from './io.ts';
import { readStatus } from './status.ts';
import type { LeafPlace, LogStatus } from './status-types.ts';

/** `log status`: what a log directory holds, beside a writer too. */
export async function logStatus({ data, json }: Args, io: Io): Promise<ExitCode> {
  sayProgress(io, json, `reading ${data}`);
  const status = await readStatus(data, io.machine.clock.now());
  io.stdout.write(json ? `${JSON.stringify(status)}\n` : statusText(status, io));
  return status.ok ? exitCodes.fine : exitCodes.finding;
}

function statusText(status: LogStatus, io: Io): string {
  const { findings, findingsDropped } = status;
  const head: readonly Cell[] = ['SEQ', 'SEVERITY', 'KIND', 'CAUSE'];
  const rows = findings.map(({ seq, severity, kind, message }) => [
    seq ?? '-',
    severity,
    kind,
    message,
  ]);
  const parts = [
    formatPairs(pairsOf(status)),
    countsTable('KIND', status.leaves.kinds),
    countsTable('OUTCOME', status.leaves.outcomes),
    keysTable(status),
    rows.length === 0 ? '' : formatTable([head, ...rows]),
  ];
  const more = findingsDropped === 0 ? '' : `and ${findingsDropped} more\n`;
  const count = findings.length + findingsDropped;
  const verdict = status.ok
    ? paint(io, 'green', 'nothing amiss')
    : paint(io, 'red', `FINDINGS: ${count}`);
  return `${parts.filter((part) => part !== '').join('\n')}${more}\n${verdict}\n`;
}

const placeText = (place: LeafPlace | null): string =>
  place === null ? 'none' : `seq ${place.seq}, ${formatTime(place.time)}`;

function pairsOf(status: LogStatus): [string, string | number][] {
  const { checkpoint, savepoints, snapshot, tail, index } = status;
  const { newest } = savepoints;
  const signed =
    checkpoint === null
      ? 'none'
      : `size ${checkpoint.size}, key ${checkpoint.keys.join(', ')}, ${checkpoint.signature}`;
  const saved =
    newest === null
      ? ''
      : `, newest takes in ${newest.size} leaves, ${formatAge(newest.ageMs)} old`;
  const current =
    snapshot === null
      ? 'none'
      : `${snapshot.hash}, version ${snapshot.version ?? 'lost'}, by ${snapshot.by}`;
  return [
    ['origin', status.origin],
    ['format', status.format],
    ['writer', status.writer],
    ['leaves', status.leaves.total],
    ['acknowledged', status.acknowledged],
    ['first leaf', placeText(status.first)],
    ['last leaf', placeText(status.last)],
    ['checkpoint', signed],
    ['root', checkpoint?.root ?? 'none'],
    ['segments', segmentsText(status)],
    ['tail', `${tail.leaves} leaves, ${tail.bytes} bytes`],
    ['blobs', `${status.blobs.count}, ${status.blobs.bytes} bytes`],
    ['payloads', payloadsText(status)],
    ['tiles', `${status.tiles.count}, ${status.tiles.bytes} bytes`],
    ['savepoints', `${savepoints.count}${saved}`],
    ['indexes', `${status.indexes.count}, ${status.indexes.bytes} bytes`],
    ['index', index === null ? 'none' : `${index.bytes} bytes`],
    ['snapshot', current],
    ['deployed', placeText(snapshot?.deployed ?? null)],
    ['changed', placeText(snapshot?.changed ?? null)],
  ];
}

function segmentsText({ segments: { count, bytes, sealed, unsealed } }: LogStatus): string {
  return `${count}, ${bytes} bytes; ${sealed} sealed, ${unsealed} not`;
}

function payloadsText({ payloads: { count, bytes, removed } }: LogStatus): string {
  const ranges = removed.map(({ first, last }) => `${first} to ${last}`).join(', ');
  return `${count}, ${bytes} bytes${ranges === '' ? '' : `, removed for seq ${ranges}`}`;
}

function countsTable(head: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).filter(([, count]) => count > 0);
  return rows.length === 0 ? '' : formatTable([[head, 'LEAVES'], ...rows]);
}

function keysTable({ keys }: LogStatus): string {
  if (keys === null) return 'no keyring lies beside the log\n';
  const head = ['KEY', 'FROM SEQ', 'TO SEQ', 'AGE (DAYS)'];
  const rows = keys.map(({ id, from, to, ageMs }) => [
    id,
    from,
    to ?? 'open',
    ageMs === null ? '-' : Math.floor(ageMs / 86_400_000),
  ]);
  return formatTable([head, ...rows]);
}
