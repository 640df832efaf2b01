import type { JournalItem } from '../loop/journal-read.ts';
import { type Args, readInteger } from './args.ts';
import { sayFault } from './faults.ts';
import { type Cell, type ExitCode, exitCodes, formatTable, formatTime, type Io } from './io.ts';
import { findingsText, walkJournal } from './loop-read.ts';
import { contextWords, entryWords, itemVerdict } from './loop-words.ts';
import { short } from './snapshots-words.ts';

const limitMax = 100_000;
// Entries about a proposal follow it soon.
const wordsMax = 4_096;

interface Line {
  readonly seq: number;
  readonly time: number;
  readonly cycle: number | null;
  readonly event: string;
  readonly verdict: string;
  readonly about: string;
  readonly proposal: string | null;
  readonly hash: string;
}

/** `loop history`: the newest entries of the journal and changes of rules, a line each. */
export async function loopHistory({ data, json, options }: Args, io: Io): Promise<ExitCode> {
  const limit = readInteger('--limit', options['limit'] ?? '20', 1, limitMax);
  let lines: Line[] = [];
  const words = new Map<string, string>();
  const { findings } = await walkJournal(data, (item) => {
    if (item.kind === 'entry' && item.entry.event === 'proposal') {
      words.set(item.entry.proposal, contextWords(item) ?? short(item.entry.proposal));
      if (words.size > wordsMax) words.delete(words.keys().next().value as string);
    }
    lines.push(lineOf(item, words));
    if (lines.length > 2 * limit) lines = lines.slice(-limit);
  });
  const shown = lines.slice(-limit);
  if (json) {
    for (const line of shown) io.stdout.write(`${JSON.stringify(line)}\n`);
  } else io.stdout.write(formatTable([head, ...shown.map(cellsOf)]) + findingsText(findings, io));
  if (findings.length === 0) return exitCodes.fine;
  const got = `${findings.length} findings`;
  const message = `${got} in the journal; see knhk loop status`;
  if (json) {
    const expected = 'a journal that can be read';
    sayFault(io, json, { code: 'KNHK_LOG_CORRUPT', message, expected, got, where: data });
  }
  return exitCodes.finding;
}

function lineOf(
  item: Exclude<JournalItem, { readonly kind: 'finding' }>,
  words: ReadonlyMap<string, string>,
): Line {
  const verdict = itemVerdict(item);
  if (item.kind === 'rules') {
    const { seq, time, hash, snapshot } = item.change;
    const { proposal = null } = item;
    const about = `snapshot ${short(snapshot)}`;
    return { seq, time, cycle: null, event: 'rules', verdict, about, proposal, hash };
  }
  const { entry, place } = item;
  const { seq, time, hash } = place;
  const about = entryWords(entry, (proposal) => words.get(proposal) ?? short(proposal));
  const proposal = 'proposal' in entry ? entry.proposal : null;
  return { seq, time, cycle: entry.cycle, event: entry.event, verdict, about, proposal, hash };
}

const head: readonly Cell[] = ['SEQ', 'TIME', 'CYCLE', 'EVENT', 'VERDICT', 'ABOUT'];

const cellsOf = ({ seq, time, cycle, event, verdict, about }: Line): readonly Cell[] => [
  ...[seq, formatTime(time), cycle ?? '-', event, verdict, about],
];
