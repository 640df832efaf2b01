import { canonical, hashOf } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import {
  firstLink,
  JournalReader,
  journalActor,
  journalPrefix,
  learn,
} from '../loop/journal-read.ts';
import type { OutcomeEntry } from '../loop/journal-types.ts';
import { Knowledge } from '../loop/knowledge/knowledge.ts';
import { rollbackTarget } from '../loop/recall.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import { openLog } from '../receipts/log/open.ts';
import { createCommitments } from '../receipts/log/secrets.ts';
import type { AuditBody } from '../receipts/verify/leaf-types.ts';
import { snapshotHash, snapshotText } from '../rules/document.ts';
import { type AppliedSpan, Span } from '../runtime/observe-span.ts';
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
    // Closing makes both leaves durable, in one epoch.
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
  const entries = undone(known, to, reason);
  const details = entries.map((entry) => log.putBlob('loop', canonical(entry)));
  countSpans(log, known.streams, hash);
  entries.forEach((entry, index) => {
    log.append(outcomeLeaf(entry, details[index] as string), log.tick());
  });
  const stages = Array.from({ length: 7 }, () => 'skip' as const);
  const body = { kind: 'rollback', snapshot, parent: hash, proposal, stages } as const;
  const leaf = log.append(body, log.tick());
  return {
    seq: leaf.seq,
    hash: leaf.hash,
    snapshot,
    version,
    from: hash,
    to,
    undone: entries.length,
  };
}

/** Under the rules that they met, as opening a log with other definitions does. */
function countSpans(log: ReceiptLog, streams: Held['streams'], snapshot: string): void {
  for (const [type, span] of streams) {
    const time = log.tick();
    log.append(new Span(span).body(type, snapshot, time, undefined), time);
  }
}

/** An entry for each promotion that the rollback takes back and nothing else has before. */
function undone(
  { snapshots, knowledge, previous }: Held,
  to: string,
  reason: string,
): readonly OutcomeEntry[] {
  const byHash = new Map(snapshots.map((one) => [one.snapshot, one]));
  const entries: OutcomeEntry[] = [];
  const inForce = new Map(
    knowledge
      .proposals()
      .filter(({ state }) => state === 'promoted' || state === 'kept')
      .map((known) => [known.proposal, known]),
  );
  const cycle = knowledge.cycles().at(-1)?.cycle ?? 0;
  let link = previous;
  let one = snapshots.at(-1);
  while (one !== undefined && one.snapshot !== to) {
    const { proposal, snapshot, kind } = one;
    if (kind === 'promote' && proposal !== null && inForce.has(proposal)) {
      const made = { v: 1, cycle, previous: link, event: 'outcome', proposal, snapshot } as const;
      const entry: OutcomeEntry = { ...made, outcome: 'undone', reason, measured: {} };
      entries.push(entry);
      link = hashOf('loop', entry);
    }
    one = byHash.get(one.parent ?? '');
  }
  return entries;
}

const outcomeLeaf = ({ cycle, event }: OutcomeEntry, detail: string): AuditBody => ({
  kind: 'config',
  actor: journalActor,
  resource: `cycle/${cycle}`,
  action: `${journalPrefix}${event}`,
  outcome: 'denied',
  detail,
});
