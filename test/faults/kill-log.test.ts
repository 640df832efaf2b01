import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { logIn, rootOf, sizeAndRoot } from './frames.ts';
import { keyring } from './keys.ts';
import { type Child, type Ended, runScript } from './processes.ts';

// One process per round and lane: .ci/faults asks for a thousand rounds.
const rounds = Number(process.env['KNHK_KILL_ROUNDS'] ?? 40);
const lanes = 2;
// A log is used for so many rounds, so that reading all of it stays short.
const roundsPerLog = 25;
const minute = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'knhk-kills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A linear congruential generator: every run kills at the same calls. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What one log was told is durable. */
interface Told {
  readonly leaves: Map<number, string>;
  readonly blobs: Set<string>;
  savepoint: number;
}

function listen(told: Told, { lines }: Ended): void {
  for (const line of lines) {
    const [word, first = '', second = ''] = line.split(' ');
    if (word === 'leaf') told.leaves.set(Number(first), second);
    else if (word === 'blob') told.blobs.add(first);
    else if (word === 'savepoint') told.savepoint = Number(first);
    else expect(word, line).toBe('opened');
  }
}

/** Reads what lies there by other means than the library's, right after a kill. */
function expectKept(directory: string, told: Told): void {
  // Killed in its very first calls, a process leaves no log yet, and has told nothing.
  if (!existsSync(join(directory, 'seg'))) {
    expect(told.leaves.size + told.blobs.size).toBe(0);
    return;
  }
  const { hashes, notes } = logIn(directory);
  const lost = [...told.leaves].filter(([seq, hash]) => hashes[seq]?.toString('hex') !== hash);
  expect(lost).toEqual([]);
  const last = notes.at(-1);
  if (last !== undefined) {
    expect(sizeAndRoot(last)).toEqual([hashes.length, rootOf(hashes).toString('base64')]);
  }
  for (const hash of told.blobs) {
    const bytes = readFileSync(join(directory, 'blob', hash.slice(0, 2), hash));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash);
  }
  const folder = join(directory, 'savepoint');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const saved = names.filter((name) => name.endsWith('.json'));
  const newest = Math.max(0, ...saved.map((name) => Number.parseInt(name, 10)));
  expect(newest).toBeGreaterThanOrEqual(told.savepoint);
}

// Openings take the first calls; everything else, with openings among it, the later ones.
const callsBelow = [12, 40, 250] as const;
const moments = ['before', 'during', 'after'] as const;

/** One process, killed by itself at a call or by us at a time; false if it ended otherwise. */
async function round(directory: string, seed: number, told: Told): Promise<boolean> {
  const random = generator(seed);
  const isOurs = random(3) === 0;
  const call = isOurs ? 0 : 1 + random(callsBelow[random(callsBelow.length)]!);
  const kill = (child: Child): void => void setTimeout(() => child.kill('SIGKILL'), random(30));
  const atLine = 1 + random(40);
  const ended = await runScript(
    'kill-child.mjs',
    [directory, seed, call, moments[random(moments.length)]!],
    isOurs ? { onLine: (child, _line, count) => count === atLine && kill(child) } : {},
  );
  expect(ended.code ?? 0, `${ended.stderr}\n${ended.lines.join('\n')}`).toBe(0);
  listen(told, ended);
  expectKept(directory, told);
  return ended.signal === 'SIGKILL';
}

/** Rounds over one log after the other; says how many ended by a kill. */
async function lane(index: number): Promise<number> {
  let killed = 0;
  for (let done = 0; done < rounds / lanes; done += roundsPerLog) {
    const directory = join(folder, `lane-${index}-${done}`);
    const told: Told = { leaves: new Map(), blobs: new Set(), savepoint: 0 };
    const count = Math.min(roundsPerLog, Math.ceil(rounds / lanes) - done);
    for (let at = 0; at < count; at++) {
      if (await round(directory, 1_000_003 * index + done + at, told)) killed++;
    }
    const report = await verifyLog(directory, keyring);
    expect(report).toMatchObject({ ok: true, findings: [] });
    expect(report.verified_count).toBe(logIn(directory).hashes.length);
    rmSync(directory, { recursive: true });
  }
  return killed;
}

test(
  `${rounds} processes killed at any call: nothing acknowledged is lost, the root is right`,
  async () => {
    const killed = await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
    const total = killed.reduce((sum, count) => sum + count, 0);
    // The child works without end, so that all but a starved machine's rounds end by a kill.
    expect(total).toBeGreaterThanOrEqual(rounds / 2);
  },
  30 * minute,
);
