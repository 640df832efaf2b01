import { type JournalItem, learn, readStoredJournal } from '../loop/journal-read.ts';
import { Knowledge } from '../loop/knowledge/knowledge.ts';
import { openStored, type StoredLog } from '../runtime/replay-source.ts';
import { formatTable, type Io, paint } from './io.ts';

/** Something about the journal that is not as it should be. */
export interface JournalFinding {
  readonly seq: number;
  readonly message: string;
}

/** What a walk through the journal found beside its entries. */
export interface WalkedJournal {
  readonly log: StoredLog;
  readonly knowledge: Knowledge;
  readonly entries: number;
  /** The first hundred. */
  readonly findings: readonly JournalFinding[];
}

const findingsMax = 100;

/** Reads the whole journal of a log's directory, beside a writer too. */
export async function walkJournal(
  data: string,
  visit: (
    item: Exclude<JournalItem, { readonly kind: 'finding' }>,
    known: Knowledge,
  ) => void = () => {},
): Promise<WalkedJournal> {
  const log = openStored(data);
  const knowledge = new Knowledge(log.origin);
  const findings: JournalFinding[] = [];
  let entries = 0;
  for await (const item of readStoredJournal(log)) {
    if (item.kind === 'finding') {
      const { seq, message } = item;
      if (findings.length < findingsMax) findings.push({ seq, message });
      continue;
    }
    if (item.kind === 'entry') entries++;
    learn(knowledge, item);
    visit(item, knowledge);
  }
  return { log, knowledge, entries, findings };
}

/** What is amiss, for people; empty where nothing is. */
export function findingsText(findings: readonly JournalFinding[], io: Io): string {
  if (findings.length === 0) return '';
  const rows = findings.map(({ seq, message }) => [seq, message]);
  const table = formatTable([['SEQ', 'FINDING'], ...rows]);
  return `${table}${paint(io, 'red', `FINDINGS: ${findings.length}`)}\n`;
}
