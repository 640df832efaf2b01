import { canonical, type Json } from '../base/canonical.ts';
import type { AuditBody } from '../receipts/verify/leaf-types.ts';
import type { Control, Promotion } from '../runtime/control.ts';
import type { Receipt } from '../runtime/outcome.ts';
import type { Commit } from '../runtime/promote.ts';
import { firstLink, journalActor, journalPrefix } from './journal-read.ts';
import type { JournalEntry } from './journal-types.ts';
import type { EntryPlace } from './knowledge/types.ts';

/** An entry before the journal links it. */
export type EntryBody = JournalEntry extends infer Entry
  ? Entry extends JournalEntry
    ? Omit<Entry, 'v' | 'previous'>
    : never
  : never;

/** An entry and where it stands in the log. */
export interface Written {
  readonly entry: JournalEntry;
  readonly place: EntryPlace;
  /** Hash of its document. */
  readonly detail: string;
}

/** An entry that names the one before, and the leaf that names its document. */
interface Linked extends Pick<Written, 'entry' | 'detail'> {
  readonly leaf: AuditBody;
}

/** What is written together. */
export interface Writing {
  readonly entries: readonly EntryBody[];
  /** Other leaves behind them. */
  readonly leaves?: Commit['leaves'];
  /** The promotion behind those. */
  readonly promotion?: Promotion;
}

/**
 * Writes the loop's journal: each entry is a stored document, named by a leaf of kind `config`, and
 * names the one before. Documents are stored before any leaf is appended; then everything that
 * belongs together is appended in one synchronous block and one epoch.
 */
export class Journal {
  readonly #control: Control;
  #previous: string;

  constructor(control: Control, previous: string = firstLink) {
    this.#control = control;
    this.#previous = previous;
  }

  /**
   * Writes entries, other leaves and a promotion behind them.
   *
   * @param absorb told in the same synchronous block, before anything else is sequenced
   * @throws KnhkError what storing, linking and appending say; nothing has been appended then
   */
  write(
    { entries, leaves = [], promotion }: Writing,
    absorb: (written: readonly Written[], receipt: Receipt | undefined) => void,
  ): { readonly receipt?: Receipt; readonly durable: Promise<void> } {
    const { log } = this.#control;
    const linked = linkEntries(log, entries, this.#previous);
    const { receipt, durable } = this.#control.commit({
      leaves: [...linked.map(({ leaf }) => leaf), ...leaves],
      ...(promotion === undefined ? {} : { promotion }),
      absorb: (committed) => {
        this.#previous = linked.at(-1)?.detail ?? this.#previous;
        const written = linked.map(({ entry, detail }, index): Written => {
          const { seq, hash, time } = committed.leaves[index]!;
          return { entry, detail, place: { seq, hash, time } };
        });
        absorb(written, committed.receipt);
      },
    });
    return receipt === undefined ? { durable } : { receipt, durable };
  }
}

/**
 * Links entries, each to the one before, and stores their documents; their leaves are yet to be
 * appended.
 *
 * @param previous What the first one links to.
 * @throws KnhkError what storing says
 */
export function linkEntries(
  log: Pick<Control['log'], 'putBlob'>,
  bodies: readonly EntryBody[],
  previous: string,
): readonly Linked[] {
  let link = previous;
  return bodies.map((body) => {
    const entry = { v: 1, ...body, previous: link } as JournalEntry;
    link = log.putBlob('loop', canonical(entry as unknown as Json, 'journal'));
    return { entry, detail: link, leaf: leafOf(entry, link) };
  });
}

function leafOf(entry: JournalEntry, detail: string): AuditBody {
  return {
    kind: 'config',
    actor: journalActor,
    resource: `cycle/${entry.cycle}`,
    action: `${journalPrefix}${entry.event}`,
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
