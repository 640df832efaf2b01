import { describe, fail, KnhkError } from '../base/errors.ts';
import type { AuditBody, Leaf, PromotionBody } from '../receipts/verify/leaf-types.ts';
import type { RulesDocument } from '../rules/document.ts';
import type { StoredLog } from '../runtime/replay-source.ts';
import { type BlobSource, loadRules } from '../runtime/store.ts';
import { readEntry } from './journal-forms.ts';
import type { JournalEntry } from './journal-types.ts';
import type { EntryContext, Knowledge } from './knowledge/knowledge.ts';
import type { EntryPlace, RulesChange } from './knowledge/types.ts';
import type { Proposal } from './types.ts';

/** Who writes the leaves of the journal, and how their actions begin. */
export const journalActor = 'knhk/loop';
export const journalPrefix = 'loop.';
/** What the first entry links to. */
export const firstLink: string = '0'.repeat(64);

/** An entry of the journal, where it stands, and what it names. */
export interface ReadEntry {
  readonly kind: 'entry';
  readonly entry: JournalEntry;
  readonly place: EntryPlace;
  /** Hash of its document, which the next entry links to. */
  readonly detail: string;
  readonly context: EntryContext;
}

/** What the log tells of the loop, leaf by leaf. */
export type JournalItem =
  | ReadEntry
  | {
      readonly kind: 'rules';
      readonly change: RulesChange;
      readonly parent: string | null;
      /** What the leaf of a promotion or rollback names. */
      readonly proposal?: string;
    }
  /** Something that is not as it should be. */
  | { readonly kind: 'finding'; readonly seq: number; readonly message: string };

const documentsMax = 16;

/** Reads the journal off leaves in the order of the log, and checks that each entry links back. */
export class JournalReader {
  readonly #source: BlobSource;
  readonly #documents = new Map<string, RulesDocument>();
  #previous: string | undefined;

  /** @param previous What the next entry has to link to; unless given the first is not checked. */
  constructor(source: BlobSource, previous?: string) {
    this.#source = source;
    this.#previous = previous;
  }

  /** What the next entry has to link to, where that is known. */
  get previous(): string | undefined {
    return this.#previous;
  }

  /** What a leaf tells of the loop; most tell nothing. */
  take(leaf: Leaf, hash: string): readonly JournalItem[] {
    const { kind, seq, time } = leaf;
    if (kind === 'deploy' || kind === 'promote' || kind === 'rollback') {
      const change = { kind, snapshot: leaf.snapshot, seq, hash, time };
      return [{ kind: 'rules', change, parent: leaf.parent, ...proposalOf(leaf) }];
    }
    if (kind !== 'config' || !isOfJournal(leaf)) return [];
    const items: JournalItem[] = [];
    const expected = this.#previous;
    // The leaf names the document, so that the chain goes on over one that is lost.
    this.#previous = leaf.detail;
    try {
      const entry = this.#entry(leaf);
      if (expected !== undefined && entry.previous !== expected) {
        const got = entry.previous;
        items.push({ kind: 'finding', seq, message: `links to ${got}, not to ${expected}` });
      }
      const context = this.#context(entry);
      items.push({
        kind: 'entry',
        entry,
        place: { seq, hash, time },
        detail: leaf.detail,
        context,
      });
    } catch (error) {
      const message = error instanceof KnhkError ? error.message : describe(error);
      items.push({ kind: 'finding', seq, message });
    }
    return items;
  }

  #entry({ action, detail }: JournalLeaf): JournalEntry {
    const blob = this.#source.getBlob(detail);
    if (blob?.kind !== 'loop') {
      fail('KNHK_LOG_BLOB', `blob ${detail}`, 'an entry of the journal', blob?.kind ?? 'nothing');
    }
    return readEntry(blob.text, action.slice(journalPrefix.length));
  }

  /** What an entry names; what is lost is left out. */
  #context(entry: JournalEntry): EntryContext {
    if (entry.event === 'import') {
      const blob = this.#source.getBlob(entry.knowledge);
      return blob?.kind === 'knowledge' ? { imported: blob.text } : {};
    }
    if (entry.event !== 'proposal') return {};
    const blob = this.#source.getBlob(entry.proposal);
    const document = this.#document(entry.rules);
    return {
      ...(blob?.kind === 'proposal' ? { proposal: JSON.parse(blob.text) as Proposal } : {}),
      ...(document === undefined ? {} : { document }),
    };
  }

  #document(hash: string): RulesDocument | undefined {
    const known = this.#documents.get(hash);
    if (known !== undefined) return known;
    let document: RulesDocument;
    try {
      document = loadRules(this.#source, hash);
    } catch {
      return undefined;
    }
    if (this.#documents.size >= documentsMax) this.#documents.clear();
    this.#documents.set(hash, document);
    return document;
  }
}

type JournalLeaf = AuditBody & { readonly detail: string };

/** The host's own audit entries carry no document. */
const isOfJournal = (leaf: AuditBody): leaf is JournalLeaf =>
  leaf.actor === journalActor && leaf.action.startsWith(journalPrefix) && leaf.detail !== undefined;

const proposalOf = (leaf: Leaf): Partial<Pick<PromotionBody, 'proposal'>> =>
  'proposal' in leaf && (leaf.kind === 'promote' || leaf.kind === 'rollback')
    ? { proposal: leaf.proposal }
    : {};

/** Takes what was read into what is known. */
export function learn(knowledge: Knowledge, item: JournalItem): void {
  if (item.kind === 'entry') knowledge.add(item.entry, item.place, item.context);
  if (item.kind === 'rules') knowledge.follow(item.change, item.proposal);
}

/** An open log, as far as reading its journal goes. */
interface OpenLog extends BlobSource {
  entries(from?: number): Iterable<{ readonly leaf: Leaf; readonly hash: string }>;
}

/** The journal of an open log, as far as it is durable. */
export function* readJournal(log: OpenLog): Generator<JournalItem, void> {
  const reader = new JournalReader(log, firstLink);
  for (const { leaf, hash } of log.entries()) yield* reader.take(leaf, hash);
}

/** The journal of a log that was opened for reading alone; damage of the log is a finding too. */
export async function* readStoredJournal(log: StoredLog): AsyncGenerator<JournalItem, void> {
  const reader = new JournalReader(log, firstLink);
  for await (const { entries, damage } of log.epochs()) {
    for (const { seq, member, expected, got } of damage) {
      yield { kind: 'finding', seq, message: `${member}: expected ${expected}, got ${got}` };
    }
    for (const { leaf, hash } of entries) yield* reader.take(leaf, hash);
  }
}
