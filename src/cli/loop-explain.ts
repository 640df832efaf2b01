import { fail } from '../base/errors.ts';
import type { ReadEntry } from '../loop/journal-read.ts';
import type { AlertEntry, CycleEntry, JournalEntry, ProposalEntry } from '../loop/journal-types.ts';
import { type Args, readInteger } from './args.ts';
import { type ExitCode, exitCodes, type Io } from './io.ts';
import { explainText } from './loop-explain-text.ts';
import { type JournalFinding, walkJournal } from './loop-read.ts';
import { contextWords } from './loop-words.ts';

/** A leaf that made a proposal's rules current, or took them back. */
export interface RulesLeaf {
  readonly kind: string;
  readonly seq: number;
  readonly hash: string;
  readonly snapshot: string;
}

/** What became of one proposal of a cycle, and afterwards. */
export interface ExplainedProposal {
  readonly seq: number;
  readonly hash: string;
  readonly proposal: string;
  readonly planner: string;
  readonly verdict: ProposalEntry['verdict'];
  readonly reason: string | null;
  /** What it would change, in words; null where it is lost. */
  readonly change: string | null;
  readonly reasoning: string | null;
  /** What it answers. */
  readonly pattern: { readonly kind: string; readonly subject: string } | null;
  readonly cost: { readonly before: number; readonly after: number } | null;
  readonly stages: ProposalEntry['stages'];
  readonly shadow: ProposalEntry['shadow'] | null;
  /** The leaf of its promotion. */
  readonly promoted: RulesLeaf | null;
  /** Approvals, canaries and outcomes, whenever they came. */
  readonly later: readonly {
    readonly seq: number;
    readonly hash: string;
    readonly cycle: number;
    readonly entry: JournalEntry;
  }[];
}

/** All that the journal says of one cycle. */
export interface Explained {
  readonly cycle: number;
  readonly seq: number;
  readonly time: number;
  readonly hash: string;
  readonly observed: number;
  readonly seqs: readonly [number, number];
  readonly cut: boolean;
  readonly problems: CycleEntry['problems'];
  readonly patterns: CycleEntry['patterns'];
  readonly alerts: readonly {
    readonly seq: number;
    readonly hash: string;
    readonly pattern: AlertEntry['pattern'];
  }[];
  readonly actions: CycleEntry['actions'];
  readonly suppressed: CycleEntry['suppressed'];
  readonly proposals: readonly ExplainedProposal[];
  readonly findings: readonly JournalFinding[];
}

/** `loop explain`: what one cycle found, proposed and did, and what came of it. */
export async function loopExplain({ data, json, positionals }: Args, io: Io): Promise<ExitCode> {
  const cycle = readInteger('CYCLE', positionals[0] as string, 1, Number.MAX_SAFE_INTEGER);
  const explained = await explain(data, cycle);
  io.stdout.write(json ? `${JSON.stringify(explained)}\n` : explainText(explained, io));
  return explained.findings.length === 0 ? exitCodes.fine : exitCodes.finding;
}

type Of<Event extends JournalEntry['event']> = ReadEntry & {
  readonly entry: JournalEntry & { readonly event: Event };
};
const isOf = <Event extends JournalEntry['event']>(
  item: ReadEntry,
  event: Event,
): item is Of<Event> => item.entry.event === event;

async function explain(data: string, wanted: number): Promise<Explained> {
  const found: ReadEntry[] = [];
  const later = new Map<string, ReadEntry[]>();
  const promoted = new Map<string, RulesLeaf>();
  let last = 0;
  const { findings } = await walkJournal(data, (item) => {
    if (item.kind === 'rules') {
      const { kind, seq, hash, snapshot } = item.change;
      if (item.proposal === undefined || kind !== 'promote') return;
      if (later.has(item.proposal)) promoted.set(item.proposal, { kind, seq, hash, snapshot });
      return;
    }
    const { entry } = item;
    if (entry.event === 'cycle') last = entry.cycle;
    if (['approval', 'canary', 'outcome'].includes(entry.event)) {
      if ('proposal' in entry) later.get(entry.proposal)?.push(item);
    } else if (entry.cycle === wanted) {
      found.push(item);
      if (entry.event === 'proposal') later.set(entry.proposal, []);
    }
  });
  const cycle = found.findLast((item) => isOf(item, 'cycle')) as Of<'cycle'> | undefined;
  if (cycle === undefined) {
    return fail('KNHK_LOOP_CYCLE', 'CYCLE', `a cycle from 1 to ${last}`, wanted);
  }
  const { observed, seqs, cut, problems, patterns, actions, suppressed = [] } = cycle.entry;
  const { seq, time, hash } = cycle.place;
  return {
    ...{ cycle: wanted, seq, time, hash },
    ...{ observed, seqs, cut, problems, patterns },
    alerts: found
      .filter((item) => isOf(item, 'alert'))
      .map(({ entry, place }) => ({ seq: place.seq, hash: place.hash, pattern: entry.pattern })),
    ...{ actions, suppressed },
    proposals: found
      .filter((item) => isOf(item, 'proposal'))
      .map((item) => {
        const { proposal } = item.entry;
        return explained(item, promoted.get(proposal) ?? null, later.get(proposal) ?? []);
      }),
    findings,
  };
}

function explained(
  item: Of<'proposal'>,
  promoted: RulesLeaf | null,
  later: readonly ReadEntry[],
): ExplainedProposal {
  const { entry, place, context } = item;
  const { proposal, planner, verdict, reason = null, stages, shadow = null } = entry;
  const body = context.proposal;
  const pattern = body?.pattern;
  return {
    ...{ seq: place.seq, hash: place.hash, proposal, planner, verdict, reason },
    change: contextWords(item) ?? null,
    reasoning: body?.reasoning ?? null,
    pattern: pattern === undefined ? null : { kind: pattern.kind, subject: pattern.subject },
    cost: body?.cost ?? null,
    ...{ stages, shadow, promoted },
    later: later.map(({ entry: told, place: { seq, hash } }) => {
      return { seq, hash, cycle: told.cycle, entry: told };
    }),
  };
}
