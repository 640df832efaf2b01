import type { JournalItem, ReadEntry } from '../loop/journal-read.ts';
import type { JournalEntry } from '../loop/journal-types.ts';
import type { Pattern } from '../loop/types.ts';
import type { Change } from '../rules/changes.ts';
import { changeWords, short } from './snapshots-words.ts';

/** A pattern in words, without its evidence. */
export function patternWords({ kind, subject, direction, confidence, detector }: Pattern): string {
  const way = direction === undefined ? '' : ` ${direction}`;
  return `${kind} ${subject}${way}, confidence ${shortNumber(confidence)}, by ${detector}`;
}

const shownDigits = 4;

/** A number with as many digits as people read. */
const shortNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(shownDigits)));

/** Numbers by name. */
export const numbersWords = (numbers: { readonly [name: string]: number }): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${shortNumber(value)}`)
    .join(', ');

/** What an entry or a change of rules says, in a few words. */
export function itemVerdict(item: Exclude<JournalItem, { readonly kind: 'finding' }>): string {
  if (item.kind === 'rules') return item.change.kind;
  const { entry } = item;
  switch (entry.event) {
    case 'cycle':
      return entry.cut ? 'cut' : entry.problems.length > 0 ? 'problems' : 'done';
    case 'proposal':
    case 'approval':
      return entry.verdict;
    case 'canary':
      return `${entry.percent} %`;
    case 'outcome':
      return entry.outcome;
    case 'alert':
      return 'told';
    case 'import':
      return 'taken in';
  }
}

/** What was said of a proposal after it was considered: by whom, why, by which numbers. */
export function laterWords(entry: JournalEntry): string {
  if (entry.event === 'approval') return `, by ${entry.approvers.join(', ')}`;
  const measured = entry.event === 'outcome' ? numbersWords(entry.measured) : '';
  const reason = 'reason' in entry ? because(entry.reason) : '';
  return measured === '' ? reason : `${reason} [${measured}]`;
}

const because = (reason: string | undefined): string => (reason === undefined ? '' : `: ${reason}`);

/** What an entry is about, in words; `about` says what a proposal would change. */
export function entryWords(entry: JournalEntry, about: (proposal: string) => string): string {
  switch (entry.event) {
    case 'cycle': {
      const { observed, patterns, proposals, problems } = entry;
      const found = `${patterns.length} patterns, ${proposals.length} proposals`;
      const counts = `${observed} observed, ${found}`;
      return problems.length === 0 ? counts : `${counts}, ${problems.length} problems`;
    }
    case 'proposal': {
      const refused = entry.stages.flatMap(({ verdict, code }) =>
        verdict === 'refuse' ? [code ?? 'refused'] : [],
      );
      const why = refused.length === 0 ? because(entry.reason) : `: ${refused.join(', ')}`;
      return `${about(entry.proposal)}, by ${entry.planner}${why}`;
    }
    case 'alert':
      return patternWords(entry.pattern);
    case 'approval':
      return `${about(entry.proposal)}, by ${entry.approvers.join(', ')}`;
    case 'canary':
    case 'outcome':
      return `${about(entry.proposal)}${because(entry.reason)}`;
    case 'import':
      return `knowledge ${short(entry.knowledge)}`;
  }
}

/** A proposed change in words, what it replaces told by its inverse. */
export function wishWords(change: Change | null, inverse: Change | null): string {
  if (change === null) return 'the proposal is lost';
  const words = changeWords(change);
  if (change.kind !== 'parameter' || inverse?.kind !== 'parameter') return words;
  const { name, value } = change;
  return `parameter ${name}: ${JSON.stringify(inverse.value)} -> ${JSON.stringify(value)}`;
}

/** The change of a proposal entry in words. */
export function contextWords({ context, entry }: ReadEntry): string | undefined {
  if (entry.event !== 'proposal') return undefined;
  const { proposal, document } = context;
  return proposal === undefined ? undefined : changeWords(proposal.change, document);
}
