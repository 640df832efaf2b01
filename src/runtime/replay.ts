import { fail } from '../base/errors.ts';
import type { SubjectCipher } from '../receipts/log/payload-cipher.ts';
import { type Commitments, createCommitments } from '../receipts/log/secrets.ts';
import { verifyLog } from '../receipts/log/verify-log.ts';
import { type Catalogue, catalogueOf } from '../rules/catalogue.ts';
import { canaryAction, canaryNotice } from './canary.ts';
import { openReader } from './privacy.ts';
import { CountReplay } from './replay-count.ts';
import { ContextFold } from './replay-fold.ts';
import { LeafReplay, type LeafVerdict } from './replay-leaf.ts';
import type { Difference } from './replay-payload.ts';
import { LinkedSnapshots } from './replay-snapshots.ts';
import { type Damage, openStored, type StoredEntry, type StoredLog } from './replay-source.ts';
import type { ReplayFinding, ReplayOptions, ReplayReport } from './replay-types.ts';
import { declarationsOf, erasedBy } from './restore.ts';

/**
 * Replays a log from its directory: recomputes every commitment of every apply leaf, evaluates the
 * stored record on the leaf's own snapshot with the code given, and compares. Only what differs is
 * a finding; code that is no longer there is not. Bad data is reported, never thrown.
 *
 * @throws KnhkError KNHK_RUNTIME_OPTION, KNHK_LOG_OPEN, KNHK_LOG_FORMAT, KNHK_LOG_KEYS,
 * KNHK_LOG_KEK, KNHK_LOG_SUBJECT_KEYS, KNHK_RECEIPTS_KEYRING, KNHK_RULES_UNKNOWN,
 * KNHK_RULES_DUPLICATE, KNHK_RULES_SLO,
 * KNHK_LIMIT_RULES, KNHK_BASE_NOT_CANONICAL; the signal's reason after an abort
 * @example
 * const report = await replayLog({ data: logDirectory, secret, observations: [Flight], rules });
 * report.ok; // => true
 * report.same; // => 3
 */
export async function replayLog(options: ReplayOptions): Promise<ReplayReport> {
  const range = rangeOf(options);
  const catalogue = catalogueOf({ ...options, shapes: null });
  const source = openStored(options.data, options.fs);
  const keys = await openReader(source.origin, options);
  const { signal } = options;
  let report: ReplayReport;
  try {
    const replay = new Replay(options.secret, catalogue, source, range.from, keys?.cipher);
    await run(replay, range, signal);
    report = replay.report();
  } finally {
    keys?.close();
  }
  if (options.keyring === undefined) return report;
  const verified = await verifyLog(options.data, options.keyring, {
    ...(options.fs === undefined ? {} : { fs: options.fs }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { ...report, ok: report.ok && verified.ok, verified };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

async function run(replay: Replay, { from, to }: Range, signal?: AbortSignal): Promise<void> {
  for await (const epoch of replay.source.epochs(from, signal)) {
    for (const item of inOrder(epoch.damage, epoch.entries)) {
      if (item.seq >= from && item.seq <= to) replay.take(item);
    }
    if ((epoch.entries.at(-1)?.seq ?? 0) >= to) break;
  }
}

function rangeOf(options: ReplayOptions): Range {
  const { data, from = 0, to = Number.MAX_SAFE_INTEGER } = options;
  if (typeof data !== 'string' || data === '') {
    fail('KNHK_RUNTIME_OPTION', 'replayLog, data', 'a directory', data);
  }
  if (!(options.secret instanceof Uint8Array)) {
    fail('KNHK_RUNTIME_OPTION', 'replayLog, secret', '32 bytes', options.secret);
  }
  if (!Number.isSafeInteger(from) || from < 0) {
    fail('KNHK_RUNTIME_OPTION', 'replayLog, from', 'a seq', from);
  }
  if (!Number.isSafeInteger(to) || to < from) {
    fail('KNHK_RUNTIME_OPTION', 'replayLog, to', 'a seq not below from', to);
  }
  return { from, to };
}

function inOrder(
  damage: readonly Damage[],
  entries: readonly StoredEntry[],
): readonly (Damage | StoredEntry)[] {
  if (damage.length === 0) return entries;
  return [...damage, ...entries].sort((left, right) => left.seq - right.seq);
}

const findingsMax = 1_000;

/** One run over a log and what it has counted so far. */
class Replay {
  readonly source: StoredLog;
  readonly #snapshots: LinkedSnapshots;
  readonly #commitments: Commitments;
  readonly #leaves: LeafReplay;
  /** Only from the log's beginning can windows and budgets be folded. */
  readonly #fold: ContextFold | undefined;
  readonly #counts: CountReplay;
  readonly #findings: ReplayFinding[] = [];
  #found = 0;
  #total = 0;
  #same = 0;
  #different = 0;
  readonly #unavailable = { code: 0, payload: 0, erased: 0 };

  constructor(
    secret: Uint8Array,
    catalogue: Catalogue,
    source: StoredLog,
    from: number,
    cipher: SubjectCipher | undefined,
  ) {
    this.source = source;
    this.#snapshots = new LinkedSnapshots(source, catalogue);
    const declarations = declarationsOf(catalogue);
    this.#commitments = createCommitments(secret);
    this.#leaves = new LeafReplay(this.#commitments, declarations, cipher);
    if (from === 0) this.#fold = new ContextFold(catalogue.observations);
    this.#counts = new CountReplay(source, declarations, this.#fold);
  }

  take(item: Damage | StoredEntry): void {
    if (!('leaf' in item)) {
      this.#takeDamage(item);
      return;
    }
    const { seq, leaf, payload } = item;
    if (leaf.kind === 'apply') {
      const { verdict, trusted } = this.#leaves.judge(
        leaf,
        payload,
        this.#snapshots.get(leaf.snapshot),
      );
      const context = this.#fold?.take(leaf, trusted) ?? 'same';
      this.#counts.take(leaf, trusted);
      this.#count(seq, verdict, typeof context === 'string' ? [] : [context], context);
    } else if (leaf.kind === 'deploy' || leaf.kind === 'promote' || leaf.kind === 'rollback') {
      this.#follow(seq, leaf.snapshot);
    } else if (leaf.kind === 'count') {
      const differences = this.#counts.judge(leaf, this.#snapshots.get(leaf.snapshot));
      for (const difference of differences) this.#add(seq, difference);
    } else if (leaf.kind === 'erase') {
      this.#fold?.forget(erasedBy(leaf, this.#commitments));
    } else if (leaf.kind === 'config' && leaf.action === canaryAction) {
      this.#split(leaf.detail);
    } else {
      this.#fold?.lose(leaf);
    }
  }

  #takeDamage({ seq, member, expected, got }: Damage): void {
    if (member === 'leaf') {
      this.#total++;
      this.#different++;
    }
    this.#fold?.loseAll();
    this.#counts.loseAll();
    this.#add(seq, { member, expected, got });
  }

  #follow(seq: number, hash: string): void {
    const linked = this.#snapshots.get(hash);
    if (linked.kind !== 'unreadable') {
      this.#fold?.follow(hash, linked.document);
      return;
    }
    this.#fold?.loseAll();
    this.#add(seq, { member: 'snapshot', expected: hash, got: linked.problem });
  }

  #split(detail: string | undefined): void {
    const blob = detail === undefined ? undefined : this.source.getBlob(detail);
    const notice = blob === undefined ? undefined : canaryNotice(blob.kind, blob.text);
    if (notice !== undefined) this.#fold?.split(notice);
  }

  #count(
    seq: number,
    verdict: LeafVerdict,
    more: readonly Difference[],
    context: 'same' | 'unknown' | Difference,
  ): void {
    this.#total++;
    const differences = verdict.kind === 'different' ? [...verdict.differences, ...more] : more;
    for (const difference of differences) this.#add(seq, difference);
    if (differences.length > 0) this.#different++;
    else if (verdict.kind === 'unavailable') this.#unavailable[verdict.why]++;
    else if (context === 'unknown') this.#unavailable.payload++;
    else this.#same++;
  }

  #add(seq: number, difference: Difference): void {
    this.#found++;
    if (this.#findings.length < findingsMax) this.#findings.push({ seq, ...difference });
  }

  report(): ReplayReport {
    const streamed = { ...this.#counts.counts };
    return {
      ok: this.#found === 0 && this.#same + streamed.records > 0,
      total: this.#total,
      same: this.#same,
      different: this.#different,
      unavailable: { ...this.#unavailable },
      streamed,
      findings: [...this.#findings],
      findingsDropped: this.#found - this.#findings.length,
      snapshots: this.#snapshots.count,
    };
  }
}
