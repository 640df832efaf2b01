import { canonical, hashOf } from '../../../src/base/canonical.ts';
import { firstLink, journalActor, journalPrefix } from '../../../src/loop/journal-read.ts';
import type { JournalEntry, ProposalEntry } from '../../../src/loop/journal-types.ts';
import type { Pattern, Proposal, StageName } from '../../../src/loop/types.ts';
import { applyChange, type Change, inverseOf } from '../../../src/rules/changes.ts';
import { rulesHash } from '../../../src/rules/document.ts';
import { type Control, controlOf } from '../../../src/runtime/control.ts';
import type { Receipt } from '../../../src/runtime/outcome.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';

type BodyOf<Entry> = Entry extends JournalEntry ? Omit<Entry, 'v' | 'previous' | 'cycle'> : never;

/** An entry without what the journal itself adds. */
export type Body = BodyOf<JournalEntry>;

const stageNames: readonly StageName[] = [
  ...(['static', 'invariants', 'doctrine', 'guard'] as const),
  ...(['performance', 'rollback', 'compatibility'] as const),
];

/** Seven stages, of which some refuse with a code. */
export const stagesWith = (
  refused: { readonly [Name in StageName]?: string } = {},
): ProposalEntry['stages'] =>
  stageNames.map((name, index) => {
    const code = refused[name];
    const stage = { stage: index + 1, name };
    if (code === undefined) return { ...stage, verdict: 'pass' };
    return { ...stage, verdict: 'refuse', code, message: `because of ${name}` };
  });

/** A pattern that says that a hook fires more often. */
export const rate = (subject: string, now: number, more: Partial<Pattern> = {}): Pattern => ({
  detector: 'hook-rate',
  kind: 'hook-rate',
  subject,
  direction: 'more',
  confidence: 0.95,
  evidence: { rate: now, historyRate: 0.1 },
  seqs: [1, 2],
  recommend: 'propose',
  ...more,
});

/** What {@link TestJournal.propose} is told beside the change. */
export interface Telling {
  readonly planner?: string;
  readonly pattern?: Pattern;
  readonly verdict?: ProposalEntry['verdict'];
  readonly reason?: string;
  readonly stages?: ProposalEntry['stages'];
  readonly shadow?: ProposalEntry['shadow'];
}

/** Writes the loop's journal into the log of a runtime, past the loop. */
export class TestJournal {
  readonly #control: Control;
  #previous = firstLink;
  #cycle = 0;

  constructor(runtime: Runtime) {
    this.#control = controlOf(runtime) as Control;
  }

  /** Hash of the last entry's document. */
  get previous(): string {
    return this.#previous;
  }

  /** Appends one entry; what is given instead of its link is written as it is. */
  write(body: Body, more: { readonly previous?: string } = {}): number {
    const { log } = this.#control;
    const entry = { v: 1, cycle: this.#cycle, previous: this.#previous, ...body, ...more };
    this.#previous = log.putBlob('loop', canonical(entry));
    const { seq } = log.append(
      {
        kind: 'config',
        actor: journalActor,
        resource: `cycle/${this.#cycle}`,
        action: `${journalPrefix}${body.event}`,
        outcome: 'success',
        detail: this.#previous,
      },
      log.tick(),
    );
    return seq;
  }

  /** Ends a cycle; returns the seq of its leaf. */
  cycle(patterns: readonly Pattern[] = [], more: Partial<Body & { event: 'cycle' }> = {}): number {
    this.#cycle++;
    return this.write({
      ...{ event: 'cycle', observed: 10, seqs: [1, 10], patterns, proposals: [], actions: [] },
      ...{ suppressed: [], problems: [], cut: false, ...more },
    });
  }

  /** The proposal that a change to the current rules is. */
  proposal(change: Change, { planner = 'parameter', pattern }: Telling = {}): Proposal {
    const { hash, document } = this.#control.snapshot();
    const inverse = inverseOf(document, change);
    const reasoning = 'it fires too often';
    const answered = pattern === undefined ? {} : { pattern };
    return { parent: hash, change, inverse, planner, reasoning, ...answered };
  }

  /** Tells of a proposal; returns its hash. */
  propose(change: Change, telling: Telling = {}): string {
    const { verdict = 'hold', reason, shadow, stages = stagesWith() } = telling;
    const proposal = this.proposal(change, telling);
    const { document } = this.#control.snapshot();
    this.#control.log.putBlob('proposal', canonical(proposal));
    const hash = hashOf('proposal', proposal);
    this.write({
      ...{ event: 'proposal', proposal: hash, planner: proposal.planner, verdict, stages },
      ...(reason === undefined ? {} : { reason }),
      ...(shadow === undefined ? {} : { shadow }),
      rules: rulesHash(document),
    });
    return hash;
  }

  /** Tells of a proposal and puts it in place. */
  async promote(
    change: Change,
    telling: Telling = {},
  ): Promise<{ readonly proposal: string; readonly receipt: Receipt }> {
    const { hash, document } = this.#control.snapshot();
    const proposal = this.propose(change, { verdict: 'promote', ...telling });
    const receipt = await this.#control.promote({
      kind: 'promote',
      parent: hash,
      document: applyChange(document, change),
      proposal,
      stages: stageNames.map(() => 'pass' as const),
    });
    return { proposal, receipt };
  }
}

/** A shadow over some observations, of which none differs unless told. */
export const shadowOf = (
  more: Partial<NonNullable<ProposalEntry['shadow']>> = {},
): NonNullable<ProposalEntry['shadow']> => ({
  ...{ evaluated: 100, unavailable: 2, seqs: [1, 102], differing: 0, fired: {}, actions: {} },
  outcomes: { before: { acted: 100 }, after: { acted: 100 } },
  ...{ newFailures: 0, examples: [], ...more },
});
