import { canonical, type Json } from '../base/canonical.ts';
import type { AuditBody } from '../receipts/verify/leaf-types.ts';
import type { Control } from '../runtime/control.ts';
import type { Commit, Committed } from '../runtime/promote.ts';
import type { JournalEntry } from './journal-types.ts';

/** An entry before the journal links it. */
export type EntryBody = JournalEntry extends infer Entry
  ? Entry extends JournalEntry
    ? Omit<Entry, 'v' | 'previous'>
    : never
  : never;

/** An entry and where it stands in the log. */
export interface Written {
  readonly entry: JournalEntry;
  readonly seq: number;
  readonly hash: string;
}

/** Who writes the journal, as its leaves name it. */
export const journalActor = 'knhk/loop';

const first = '0'.repeat(64);

/**
 * Writes the loop's journal: each entry is a stored document, named by a leaf of kind `config`, and
 * names the one before. Documents are stored before any leaf is appended; then everything that
 * belongs together is appended in one synchronous block and one epoch.
 */
export class Journal {
  readonly #control: Control;
  #previous: string;

  constructor(control: Control, previous: string = first) {
    this.#control = control;
    this.#previous = previous;
  }

  /** Detail hash of the last entry, 64 zeros before the first. */
  get previous(): string {
    return this.#previous;
  }

  /** Takes in an entry that the log already holds. */
  read(detail: string): void {
    this.#previous = detail;
  }

  /**
   * Writes entries, other leaves and a promotion behind them.
   *
   * @throws KnhkError what storing, linking and appending say; nothing has been appended then
   */
  commit(
    bodies: readonly EntryBody[],
    more: { readonly leaves?: Commit['leaves']; readonly promotion?: Commit['promotion'] } = {},
  ): Pick<Committed, 'receipt' | 'durable'> & { readonly written: readonly Written[] } {
    const { log } = this.#control;
    let previous = this.#previous;
    const linked = bodies.map((body) => {
      const entry = { v: 1, ...body, previous } as JournalEntry;
      previous = log.putBlob('loop', canonical(entry as unknown as Json, 'journal'));
      return { entry, leaf: leafOf(entry, previous) };
    });
    const { leaves = [], promotion } = more;
    const committed = this.#control.commit({
      leaves: [...linked.map(({ leaf }) => leaf), ...leaves],
      ...(promotion === undefined ? {} : { promotion }),
    });
    this.#previous = previous;
    const written = linked.map(({ entry }, index) => {
      const { seq, hash } = committed.leaves[index]!;
      return { entry, seq, hash };
    });
    const { receipt, durable } = committed;
    return receipt === undefined ? { written, durable } : { written, receipt, durable };
  }
}

function leafOf(entry: JournalEntry, detail: string): AuditBody {
  return {
    kind: 'config',
    actor: journalActor,
    resource: `cycle/${entry.cycle}`,
    action: `loop.${entry.event}`,
    outcome: outcomeOf(entry),
    detail,
  };
}

function outcomeOf(entry: JournalEntry): AuditBody['outcome'] {
  switch (entry.event) {
    case 'cycle':
      return entry.cut || entry.problems.length > 0 ? 'failure' : 'success';
    case 'proposal':
      return entry.verdict === 'reject' ? 'denied' : 'success';
    case 'approval':
      return entry.verdict === 'allow' ? 'success' : 'denied';
    case 'canary':
      return entry.percent > 0 ? 'success' : 'denied';
    case 'outcome':
      return entry.outcome === 'kept' ? 'success' : 'denied';
    default:
      return 'success';
  }
}
