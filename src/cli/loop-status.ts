import type { KnownCycle, KnownProposal } from '../loop/knowledge/types.ts';
import type { Args } from './args.ts';
import { type ExitCode, exitCodes, formatPairs, formatTable, formatTime, type Io } from './io.ts';
import { findingsText, type WalkedJournal, walkJournal } from './loop-read.ts';
import { wishWords } from './loop-words.ts';
import { loadStored } from './snapshots-read.ts';
import { short } from './snapshots-words.ts';

/** `loop status`: where the loop stands, from its journal alone. Exit 1 where that is amiss. */
export async function loopStatus({ data, json }: Args, io: Io): Promise<ExitCode> {
  const walked = await walkJournal(data);
  const status = statusOf(walked);
  io.stdout.write(json ? `${JSON.stringify(status)}\n` : statusText(status, io));
  return status.ok ? exitCodes.fine : exitCodes.finding;
}

/** A proposal as far as its state goes. */
const proposalJson = ({
  proposal,
  planner,
  cycle,
  seq,
  change,
  inverse,
  pattern,
}: KnownProposal) => ({
  proposal,
  planner,
  cycle,
  seq,
  about: wishWords(change, inverse),
  pattern: pattern === null ? null : pattern.kind,
});

type ProposalJson = ReturnType<typeof proposalJson>;

interface Status {
  readonly ok: boolean;
  readonly origin: string;
  readonly entries: number;
  readonly cycles: number;
  readonly last: KnownCycle | null;
  readonly snapshot: {
    readonly hash: string;
    readonly version: number | null;
    readonly by: string;
    readonly seq: number;
    readonly time: number;
  } | null;
  readonly held: readonly ProposalJson[];
  readonly approved: readonly ProposalJson[];
  readonly canary: (ProposalJson & { readonly percent: number; readonly candidate: string }) | null;
  readonly promoted: readonly ProposalJson[];
  readonly planners: readonly object[];
  readonly problems: readonly { readonly cycle: number; readonly message: string }[];
  readonly findings: readonly { readonly seq: number; readonly message: string }[];
}

const problemsMax = 20;

function statusOf({ log, knowledge, entries, findings }: WalkedJournal): Status {
  const cycles = knowledge.cycles();
  const last = cycles.at(-1) ?? null;
  const rules = knowledge.rules();
  const { origin } = log;
  const own = knowledge.proposals().filter((known) => known.origin === origin);
  const inState = (state: KnownProposal['state']) =>
    own.filter((known) => known.state === state).map(proposalJson);
  const canary = knowledge.canary();
  const tried = own.find(({ proposal }) => proposal === canary?.proposal);
  const problems = cycles.flatMap(({ cycle, problems: said }) =>
    said.map((message) => ({ cycle, message })),
  );
  return {
    ok: findings.length === 0,
    origin,
    entries,
    cycles: last?.cycle ?? 0,
    last,
    snapshot:
      rules === undefined
        ? null
        : {
            hash: rules.snapshot,
            version: loadStored(log, rules.snapshot)?.identity.version ?? null,
            by: rules.kind,
            seq: rules.seq,
            time: rules.time,
          },
    held: inState('held'),
    approved: inState('approved'),
    canary:
      canary === undefined || tried === undefined
        ? null
        : { ...proposalJson(tried), percent: canary.percent, candidate: canary.candidate },
    promoted: inState('promoted'),
    planners: knowledge.planners(),
    problems: problems.slice(-problemsMax),
    findings,
  };
}

function statusText(status: Status, io: Io): string {
  const { last, snapshot, canary, problems } = status;
  const cycle =
    last === null
      ? 'none'
      : `${last.cycle}, seq ${last.seq}, ${formatTime(last.time)}, ${last.observed} observations`;
  const pairs: [string, string | number][] = [
    ['origin', status.origin],
    ['entries', status.entries],
    ['cycles', status.cycles],
    ['last cycle', cycle],
    [
      'snapshot',
      snapshot === null ? 'none' : `${snapshot.hash}, version ${snapshot.version ?? 'lost'}`,
    ],
    ['made by', snapshot === null ? 'none' : `${snapshot.by}, seq ${snapshot.seq}`],
    ['canary', canary === null ? 'none' : `${canary.percent} % of subjects: ${canary.about}`],
  ];
  const groups = (['held', 'approved', 'promoted'] as const).flatMap((state) =>
    status[state].map((known) => [
      state === 'promoted' ? 'promoted, no outcome yet' : state,
      ...[known.cycle, known.seq, short(known.proposal), known.planner, known.about],
    ]),
  );
  const planners = status.planners.map((record) => Object.values(record) as (string | number)[]);
  const tables = [
    groups.length === 0
      ? ''
      : formatTable([['STATE', 'CYCLE', 'SEQ', 'PROPOSAL', 'PLANNER', 'CHANGE'], ...groups]),
    planners.length === 0 ? '' : formatTable([['PLANNER', 'KEPT', 'CONCLUDED'], ...planners]),
    problems.length === 0
      ? ''
      : formatTable([['CYCLE', 'PROBLEM'], ...problems.map((item) => [item.cycle, item.message])]),
    findingsText(status.findings, io),
  ];
  return [formatPairs(pairs), ...tables.filter((table) => table !== '')].join('\n');
}
