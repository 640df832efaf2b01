import { canonical } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import { type EntryBody, linkEntries } from '../loop/journal.ts';
import { firstLink, JournalReader, learn } from '../loop/journal-read.ts';
import { Knowledge } from '../loop/knowledge/knowledge.ts';
import { besideRollback, rollbackTarget, skippedStages, takenBack } from '../loop/rollbacks.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { Appended } from '../receipts/log/log-types.ts';
import { openLog } from '../receipts/log/open.ts';
import { createCommitments } from '../receipts/log/secrets.ts';
import type { LeafBody } from '../receipts/verify/leaf-types.ts';
import { snapshotHash, snapshotText } from '../rules/document.ts';
import type { AppliedSpan } from '../runtime/observe-span.ts';
import { countRestored } from '../runtime/restore.ts';
import { loadIdentity, loadRules } from '../runtime/store.ts';
import type { Args } from './args.ts';
import { sayProgress } from './faults.ts';
import { type ExitCode, exitCodes, formatPairs, type Io, UsageError } from './io.ts';
import { actorOf, keysBeside } from './log-keys.ts';
import { chosenSnapshot, SnapshotList, type StoredSnapshot } from './snapshots-read.ts';
import { StreamedTypes } from './snapshots-streams.ts';

/** What an open log holds that a rollback has to know. */
interface Held {
  readonly snapshots: readonly StoredSnapshot[];
  readonly knowledge: Knowledge;
  /** What the next entry of the journal links to. */
  readonly previous: string;
  /** What was streamed before a crash and has no count leaf. */
  readonly streams: ReadonlyMap<string, AppliedSpan>;
}

function held(log: ReceiptLog, secret: Uint8Array): Held {
  const list = new SnapshotList();
  const reader = new JournalReader(log, firstLink);
  const knowledge = new Knowledge(log.origin);
  const streamed = new StreamedTypes(log, createCommitments(secret));
  for (const entry of log.entries()) {
    const { leaf, hash } = entry;
    list.take(leaf, hash);
    streamed.take(entry);
    for (const item of reader.take(leaf, hash)) learn(knowledge, item);
  }
  const streams = streamed.uncounted();
  return { snapshots: list.all, knowledge, previous: reader.previous ?? firstLink, streams };
}

/**
 * `snapshots rollback`: a new snapshot with the rules of an earlier one of the same deploy, which
 * the service links when it opens the log. The log must be closed.
 */
export async function rollbackSnapshot(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, positionals, options } = args;
  const why = reasonIn(options['reason']);
  const keys = keysBeside(args, io);
  const { clock } = io.machine;
  const { origin } = keys.keyring;
  sayProgress(io, json, `reading ${data}`);
  const log = await openLog({
    ...keys,
    directory: data,
    origin,
    clock,
    create: false,
    sealing: false,
  });
  let facts: Readonly<Record<string, string | number>>;
  try {
    const known = held(log, keys.secret);
    const by = actorOf(args, io);
    facts = rollback(
      log,
      known,
      positionals[0] as string,
      why === undefined ? by : `${by}: ${why}`,
    );
  } finally {
    // Closing makes them durable.
    await log.close();
  }
  io.stdout.write(json ? `${JSON.stringify(facts)}\n` : formatPairs(Object.entries(facts)));
  return exitCodes.fine;
}

/** Bounded, because an entry of the journal is. */
function reasonIn(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= reasonMax) return text;
  throw new UsageError(`--reason expects at most ${reasonMax} characters, got ${text.length}`);
}

const reasonMax = 1_000;

function rollback(
  log: ReceiptLog,
  known: Held,
  wanted: string,
  reason: string,
): Readonly<Record<string, string | number>> {
  const { snapshots } = known;
  const current = snapshots.at(-1);
  const chosen = chosenSnapshot(snapshots, wanted).snapshot;
  if (current === undefined) return fail('KNHK_LOOP_SNAPSHOT', 'HASH', 'a snapshot', wanted);
  const deployed = snapshots.find(({ seq }) => seq === current.deploy)?.snapshot as string;
  const { hash, parent } = { hash: current.snapshot, parent: current.parent };
  const rules = { log, snapshot: () => ({ hash, parent }), deployed: () => deployed };
  const to = rollbackTarget(rules, chosen);
  const target = loadIdentity(log, to);
  loadRules(log, target.rules);
  const version = loadIdentity(log, hash).version + 1;
  const identity = { parent: hash, version, rules: target.rules };
  // All documents are stored before any leaf names them.
  const snapshot = snapshotHash(identity);
  log.putBlob('snapshot', snapshotText(identity));
  const proposal = log.putBlob('rollback', canonical({ from: hash, to }));
  const linked = linkEntries(log, undone(known, log, { from: hash, to }, reason), known.previous);
  // Under the rules that they met, as opening a log with other definitions does.
  countRestored(log, { streams: known.streams, current: { snapshot: hash } });
  const body = {
    kind: 'rollback',
    snapshot,
    parent: hash,
    proposal,
    stages: skippedStages,
  } as const;
  const leaf = append(log, linked, body);
  return {
    seq: leaf.seq,
    hash: leaf.hash,
    snapshot,
    version,
    from: hash,
    to,
    undone: linked.length,
  };
}

/** Appends a rollback, in one epoch with as many entries as it has room for, the rest behind it. */
function append(
  log: ReceiptLog,
  entries: ReturnType<typeof linkEntries>,
  rollback: LeafBody,
): Appended {
  const beside = entries.slice(0, besideRollback);
  const leaf = log.together(beside.length + 1, () => {
    for (const entry of beside) log.append(entry.leaf, log.tick());
    return log.append(rollback, log.tick());
  });
  for (const entry of entries.slice(beside.length)) log.append(entry.leaf, log.tick());
  return leaf;
}

/** An entry for each promotion that the rollback takes back and nothing else has before. */
function undone(
  { knowledge }: Held,
  log: ReceiptLog,
  way: Parameters<typeof takenBack>[1],
  reason: string,
): readonly EntryBody[] {
  const cycle = knowledge.cycles().at(-1)?.cycle ?? 0;
  return takenBack(log, way, knowledge.proposals()).map(({ proposal, snapshot }) => {
    const made = { event: 'outcome', cycle, proposal, snapshot } as const;
    return { ...made, outcome: 'undone', reason, measured: {} };
  });
}
