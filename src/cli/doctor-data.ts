import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, KnhkError } from '../base/errors.ts';
import { nodeFs } from '../receipts/log/fs.ts';
import { networkFileSystem } from '../receipts/log/network-fs.ts';
import { verifyLog } from '../receipts/log/verify-log.ts';
import { parseKeyring } from '../receipts/verify/keyring.ts';
import { openStored } from '../runtime/replay-source.ts';
import { keysDirectory } from './args.ts';
import { amiss, attempt, type Check, codeOf, fine } from './doctor-types.ts';
import { readText } from './files.ts';
import { formatAge, formatBytes, formatTime } from './io.ts';
import type { Machine } from './machine.ts';
import { keyringPath, readStatus } from './status.ts';
import type { LogStatus } from './status-types.ts';

const stateOf = (path: string) => fs.statSync(path, { throwIfNoEntry: false });

/** The directory itself, or the one above it in which it would be made. */
function nearest(path: string): string {
  let place = resolve(path);
  while (stateOf(place) === undefined && dirname(place) !== place) place = dirname(place);
  return place;
}

const wantedBytes = 1_073_741_824;
const neededBytes = 67_108_864;

/** Whether a log can be kept in the directory, or made there; writes nothing. */
export function checkDirectory(data: string): readonly Check[] {
  return attempt('data', () => {
    const place = nearest(data);
    const exists = place === resolve(data);
    return [placeCheck(data, place, exists), fileSystemCheck(place), spaceCheck(place)];
  });
}

function placeCheck(data: string, place: string, exists: boolean): Check {
  const error = accessError(place);
  const facts = { exists, error };
  if (stateOf(place)?.isDirectory() !== true) {
    return amiss('problem', 'data', [`${place} is no directory`, 'Name another --data.'], facts);
  }
  if (error !== null) {
    const todo = 'Let the user of the process own the directory, mode 0700.';
    return amiss('problem', 'data', [`${place} cannot be read and written: ${error}`, todo], facts);
  }
  if (exists) return fine('data', `${data} can be read and written`, facts);
  const todo = 'Nothing, if no log was begun; else name its --data.';
  const found = `${data} does not exist; opening a runtime makes it`;
  return amiss('warning', 'data', [found, todo], facts);
}

function accessError(place: string): string | null {
  try {
    fs.accessSync(place, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

function fileSystemCheck(place: string): Check {
  const type = nodeFs.fileSystemType(place) >>> 0;
  const network = networkFileSystem(type);
  const facts = { type: `0x${type.toString(16)}`, network: network ?? null };
  if (network === undefined) return fine('file system', `local, type ${facts.type}`, facts);
  const todo = 'Use a local disk: locks and syncs do not hold here, and opening is refused.';
  return amiss('problem', 'file system', [`${network}, over a network`, todo], facts);
}

function spaceCheck(place: string): Check {
  const { bavail, bsize } = fs.statfsSync(place);
  const freeBytes = bavail * bsize;
  const found = `${formatBytes(freeBytes)} free`;
  if (freeBytes >= wantedBytes) return fine('space', found, { freeBytes });
  const todo = 'Make room: a failed write stops the log until it is opened again.';
  const state = freeBytes < neededBytes ? 'problem' : 'warning';
  return amiss(state, 'space', [found, todo], { freeBytes });
}

const policyMs = 90 * 86_400_000;

/** Age of the keys that still sign, and who can read the secret ones. */
export function checkKeys(
  data: string,
  machine: Machine,
  status: LogStatus | undefined,
): readonly Check[] {
  return attempt('keys', () => keyChecks(keysDirectory(data), machine, status));
}

function keyChecks(
  directory: string,
  machine: Machine,
  status: LogStatus | undefined,
): readonly Check[] {
  if (stateOf(directory) === undefined) {
    const facts = { present: false };
    return [fine('keys', 'none beside the data; given to the runtime, or not made yet', facts)];
  }
  const age = ageCheck(status);
  const names = fs.readdirSync(directory).filter((name) => /^secret$|^signing.*\.key$/.test(name));
  const modes = names.map((name) => stateOf(join(directory, name))?.mode ?? 0);
  const others = modes.reduce((all, mode) => all | (mode & 0o077), 0);
  const isPosix = machine.platform !== 'win32';
  const facts = { posix: isPosix, others: `0${others.toString(8)}` };
  if (!isPosix || others === 0) {
    return [age, fine('key files', 'for their owner alone', facts)];
  }
  const todo = `chmod 600 ${directory}/secret ${directory}/signing*.key, and knhk keys rotate.`;
  const found = 'others than the owner can get at secret or signing keys';
  return [age, amiss('problem', 'key files', [found, todo], facts)];
}

function ageCheck(status: LogStatus | undefined): Check {
  const valid = (status?.keys ?? []).filter(({ to }) => to === null);
  const ages = valid.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
  const present = true;
  if (ages.length === 0) return fine('keys', 'beside the data; age unknown', { present });
  const oldestMs = Math.max(...ages);
  const found = `${ages.length} valid, the oldest ${formatAge(oldestMs)} old`;
  const facts = { present, valid: ages.length, oldestMs };
  if (oldestMs <= policyMs) return fine('keys', found, facts);
  const todo = 'Policy is 90 days: knhk keys rotate, or runtime.rotateKey() in a service.';
  return amiss('warning', 'keys', [found, todo], facts);
}

/** The log's state and what is to be said of it; no state where there is no log to read. */
export async function checkLog(
  data: string,
  machine: Machine,
  isFull: boolean,
): Promise<{ readonly status?: LogStatus; readonly checks: readonly Check[] }> {
  try {
    const isThere = ['FORMAT', 'seg'].some((name) => stateOf(join(data, name)) !== undefined);
    if (!isThere) return { checks: [fine('log', 'none yet', { error: null })] };
    const status = await readStatus(data, machine.clock.now());
    const verified = isFull ? await fullCheck(data) : await endCheck(data, status);
    const checks = [logCheck(status), lockCheck(status), clockCheck(status, machine), verified];
    return { status, checks };
  } catch (error) {
    const code = codeOf(error);
    const todo = error instanceof KnhkError ? 'See ERRORS.md.' : 'See the system error.';
    return {
      checks: [
        amiss('problem', 'log', [`cannot be read: ${describe(error)}`, todo], { error: code }),
      ],
    };
  }
}

function logCheck({ findings, findingsDropped, leaves }: LogStatus): Check {
  const isProblem = findings.some(({ severity }) => severity === 'problem');
  const first = findings.find(({ severity }) => (severity === 'problem') === isProblem);
  const count = findings.length + findingsDropped;
  const facts = { error: null, leaves: leaves.total, findings: count };
  if (first === undefined) return fine('log', `${leaves.total} leaves, nothing amiss`, facts);
  const more = count === 1 ? '' : ` (and ${count - 1} more)`;
  const todo = isProblem
    ? 'See knhk log status and knhk receipts verify-chain; restore from a copy.'
    : 'See knhk log status; opening the log mends it.';
  return amiss(isProblem ? 'problem' : 'warning', 'log', [`${first.message}${more}`, todo], facts);
}

function lockCheck({ writer }: LogStatus): Check {
  const facts = { writer };
  if (writer === 'held') return fine('lock', 'a process has the log open', facts);
  if (writer === 'free') return fine('lock', 'nobody has the log open', facts);
  const todo = 'Run doctor as the user of the process that writes.';
  return amiss('warning', 'lock', ['the lock may not be asked', todo], facts);
}

function clockCheck({ last }: LogStatus, { clock }: Machine): Check {
  const aheadMs = last === null ? 0 : Math.max(0, last.time - clock.now());
  if (aheadMs === 0) return fine('clock', 'not behind the last leaf', { aheadMs });
  const todo = 'Set the clock: until then every receipt gets the time of the last one.';
  const found = `the last leaf is of ${formatTime((last as { time: number }).time)}, in the future`;
  return amiss('warning', 'clock', [found, todo], { aheadMs });
}

/** Hashes the leaves of the last segment again: the end is what crashes and disks spoil first. */
async function endCheck(data: string, { acknowledged }: LogStatus): Promise<Check> {
  const log = openStored(data);
  const first = log.segments().at(-1) ?? 0;
  let leaves = 0;
  let damaged = 0;
  for await (const { entries, damage } of log.segmentEpochs(first, acknowledged)) {
    leaves += entries.length;
    damaged += damage.length;
  }
  const facts = { mode: 'end', leaves, damaged };
  if (damaged === 0) {
    return fine('verify', `the last ${leaves} leaves hash as they should`, facts);
  }
  const todo = 'Run knhk receipts verify-chain and restore the segment from a copy.';
  return amiss('problem', 'verify', [`${damaged} places at the end are damaged`, todo], facts);
}

async function fullCheck(data: string): Promise<Check> {
  const path = keyringPath(data);
  if (stateOf(path) === undefined) {
    const todo = 'Run knhk receipts verify-chain --keyring FILE.';
    const facts = { mode: 'full', error: 'ENOENT' };
    return amiss('problem', 'verify', ['no keyring lies beside the data', todo], facts);
  }
  const report = await verifyLog(data, parseKeyring(readText(path)));
  const count = report.findings.length + report.findings_dropped;
  const facts = { mode: 'full', leaves: report.verified_count, findings: count };
  if (report.ok) return fine('verify', `${report.verified_count} leaves verified`, facts);
  const todo = 'See knhk receipts verify-chain.';
  return amiss('problem', 'verify', [`${count} findings`, todo], facts);
}
