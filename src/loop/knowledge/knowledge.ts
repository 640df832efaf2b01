import type { RulesDocument } from '../../rules/document.ts';
import type { JournalEntry, ProposalEntry } from '../journal-types.ts';
import type { Proposal } from '../types.ts';
import { exportText, importedParts } from './exchange.ts';
import { clipped, clippedOr } from './forms.ts';
import { Part, type PartState } from './part.ts';
import { patternsOf, plannersOf, proposalsOf, ranked, refusalOf } from './queries.ts';
import { basisOf } from './similar.ts';
import type {
  EntryPlace,
  KnowledgeView,
  KnownCycle,
  KnownOutcome,
  KnownPattern,
  KnownProposal,
  OpenCanary,
  PatternQuery,
  PlannerRecord,
  ProposalQuery,
  RulesChange,
  Wish,
} from './types.ts';

/** What an entry alone does not say. */
export interface EntryContext {
  /** The proposal that an entry `proposal` names; without it its change is not known. */
  readonly proposal?: Proposal;
  /** The rules that it was made for; without them it refuses nothing later. */
  readonly document?: RulesDocument;
  /** The document that an entry `import` names. */
  readonly imported?: string;
}

/** State of a {@link Knowledge} as a savepoint keeps it. */
export interface KnowledgeState {
  readonly v: 1;
  readonly own: PartState;
  readonly imported: readonly PartState[];
  readonly cycles: readonly KnownCycle[];
  readonly rules: RulesChange | null;
  readonly canary: OpenCanary | null;
}

/** Cycles that are remembered one by one. */
const cyclesMax = 256;
/** Problems of one cycle that are remembered. */
const problemsMax = 16;

/**
 * What the loop has learnt: a fold over the entries of its journal and the leaves that change the
 * rules, with no store of its own. Memory is bounded; what is forgotten stays in the log.
 */
export class Knowledge implements KnowledgeView {
  readonly #own: Part;
  readonly #imported: Map<string, Part>;
  readonly #cycles: KnownCycle[];
  #rules: RulesChange | undefined;
  #canary: OpenCanary | undefined;

  /** @param origin Name of the log. */
  constructor(origin: string, state?: KnowledgeState) {
    this.#own = state === undefined ? Part.empty(origin) : new Part(state.own);
    this.#imported = new Map(state?.imported.map((part) => [part.origin, new Part(part)]));
    this.#cycles = [...(state?.cycles ?? [])];
    this.#rules = state?.rules ?? undefined;
    this.#canary = state?.canary ?? undefined;
  }

  /** Takes in the next entry of the journal. */
  add(entry: JournalEntry, place: EntryPlace, context: EntryContext = {}): void {
    const own = this.#own;
    own.size = Math.max(own.size, place.seq + 1);
    switch (entry.event) {
      case 'cycle':
        own.found(entry);
        this.#addCycle(entry, place);
        return;
      case 'alert':
        own.told(entry);
        return;
      case 'proposal':
        this.#addProposal(entry, place, context);
        return;
      case 'approval': {
        const state = entry.verdict === 'allow' ? 'approved' : 'denied';
        this.#became(entry.proposal, place, state, clipped(entry.approvers.join(', ')));
        return;
      }
      case 'canary': {
        const { proposal, candidate, percent, reason } = entry;
        const { seq, hash, time } = place;
        const isOpen = percent > 0;
        this.#canary = isOpen ? { proposal, candidate, percent, seq, hash, time } : undefined;
        if (isOpen) this.#became(proposal, place, 'canary', clippedOr(reason));
        else if (this.#own.proposals.get(proposal)?.state === 'canary') {
          this.#became(proposal, place, 'postponed', clippedOr(reason));
        }
        return;
      }
      case 'outcome':
        if (this.#canary?.proposal === entry.proposal) this.#canary = undefined;
        own.turnedOut(entry, place.seq);
        return;
      case 'import':
        if (context.imported !== undefined) this.#import(context.imported);
    }
  }

  #addCycle(entry: JournalEntry & { readonly event: 'cycle' }, place: EntryPlace): void {
    const { cycle, observed, patterns, proposals, problems, cut } = entry;
    const said = problems.slice(0, problemsMax).map(({ phase, name, message }) => {
      return clipped(`${phase}${name === undefined ? '' : `, ${name}`}: ${message}`);
    });
    const counts = { patterns: patterns.length, proposals: proposals.length, promoted: 0 };
    const { seq, hash, time } = place;
    this.#cycles.push({ cycle, observed, ...counts, problems: said, cut, seq, hash, time });
    if (this.#cycles.length > cyclesMax) this.#cycles.shift();
  }

  #addProposal(entry: ProposalEntry, { seq }: EntryPlace, context: EntryContext): void {
    const { proposal, planner, cycle, verdict, stages, reason } = entry;
    const { proposal: body, document } = context;
    const refused = stages.flatMap(({ name, verdict: said, advisory, code = '' }) =>
      said === 'refuse' && advisory !== true ? [{ name, code }] : [],
    );
    const rejected = isOfItself(entry, refused) ? 'rejected' : 'postponed';
    const isKnown = body !== undefined && document !== undefined;
    this.#own.became({
      ...{ origin: this.#own.origin, proposal, planner, cycle, seq },
      state: verdict === 'promote' ? 'promoted' : verdict === 'hold' ? 'held' : rejected,
      reason: clippedOr(reason),
      refused: refused.map(({ code }) => code),
      change: body?.change ?? null,
      inverse: body?.inverse ?? null,
      pattern: body?.pattern ?? null,
      parent: body?.parent ?? '',
      basis: isKnown ? basisOf(document, body.change) : '',
    });
    const last = this.#cycles.at(-1);
    if (verdict !== 'promote' || last?.cycle !== cycle) return;
    this.#cycles[this.#cycles.length - 1] = { ...last, promoted: last.promoted + 1 };
  }

  #became(
    proposal: string,
    { seq }: Pick<EntryPlace, 'seq'>,
    state: KnownProposal['state'],
    reason: string | null,
  ): void {
    const known = this.#own.proposals.get(proposal);
    if (known !== undefined) this.#own.became({ ...known, seq, state, reason });
  }

  /**
   * Takes in a leaf that changes the rules: what was held or approved for others is stale, and no
   * candidate goes on beside them.
   *
   * @param proposal What the leaf of a promotion names.
   */
  follow(change: RulesChange, proposal?: string): void {
    const own = this.#own;
    const { seq, snapshot } = change;
    own.size = Math.max(own.size, seq + 1);
    this.#rules = change;
    this.#canary = undefined;
    const promoted = change.kind === 'promote' ? proposal : undefined;
    for (const known of [...own.proposals.values()]) {
      if (known.proposal === promoted) {
        if (known.state !== 'promoted') own.became({ ...known, seq, state: 'promoted' });
      } else if (isOpen(known) && known.parent !== snapshot) {
        own.proposals.set(known.proposal, { ...known, state: 'stale' });
      }
    }
  }

  #import(text: string): void {
    for (const state of importedParts(text)) {
      // What this log says of itself it knows better; what is older than what is known, too.
      if (state.origin === this.#own.origin) continue;
      const known = this.#imported.get(state.origin);
      if (known === undefined && this.#imported.size >= importsMax) continue;
      if (known === undefined || known.size <= state.size) {
        this.#imported.set(state.origin, new Part(state));
      }
    }
  }

  cycles(): readonly KnownCycle[] {
    return [...this.#cycles];
  }

  rules(): RulesChange | undefined {
    return this.#rules;
  }

  canary(): OpenCanary | undefined {
    return this.#canary;
  }

  patterns(query: PatternQuery = {}): readonly KnownPattern[] {
    return this.#parts().flatMap((part) => patternsOf(part, query));
  }

  proposals(query: ProposalQuery = {}): readonly KnownProposal[] {
    return this.#parts().flatMap((part) => proposalsOf(part, query));
  }

  held(): readonly KnownProposal[] {
    return proposalsOf(this.#own, { state: 'held' });
  }

  outcomes(): readonly KnownOutcome[] {
    return this.#parts().flatMap((part) => part.outcomes);
  }

  planners(): readonly PlannerRecord[] {
    return plannersOf(this.#parts());
  }

  /**
   * Planners by their success, the best first: (kept + 1) / (concluded + 2), Laplace's rule of
   * succession, so that who has no record yet stands in the middle. Equal ones keep their order.
   */
  rank<T extends { readonly name: string }>(planners: readonly T[]): readonly T[] {
    return ranked(planners, this.planners());
  }

  /**
   * Why a change is not to be proposed now, undefined where it may be: the same change of the same
   * value was rejected, denied, withdrawn or undone, here or in an imported log, and neither its
   * evidence (isSameEvidence) nor the rules that bear on it (basisOf) are others since.
   *
   * @param document The rules that it would change.
   */
  mayPropose(wish: Wish, document: RulesDocument): string | undefined {
    const found = refusalOf(this.#parts(), wish, document);
    if (found === undefined) return undefined;
    const { state, cycle, origin, reason, refused } = found;
    const where = origin === this.#own.origin ? '' : ` of ${origin}`;
    const why = refused.length > 0 ? refused.join(', ') : reason;
    const because = why === null ? '' : ` (${why})`;
    return `${state} in cycle ${cycle}${where}${because}, and nothing is new`;
  }

  exportKnowledge(): string {
    return exportText([this.#own, ...this.#imported.values()].map((part) => part.toJSON()));
  }

  /** State for a savepoint. */
  toJSON(): KnowledgeState {
    return {
      v: 1,
      own: this.#own.toJSON(),
      imported: [...this.#imported.values()].map((part) => part.toJSON()),
      cycles: this.cycles(),
      rules: this.#rules ?? null,
      canary: this.#canary ?? null,
    };
  }

  #parts(): readonly Part[] {
    return [...this.#imported.values(), this.#own];
  }
}

/** Logs whose knowledge is taken in. */
const importsMax = 16;

const isOpen = ({ state }: KnownProposal): boolean =>
  state === 'held' || state === 'approved' || state === 'canary';

/** Codes of refusals that say nothing about the change itself: the system was unwell, or slow. */
const passing: ReadonlySet<string> = new Set(['KNHK_LOOP_INVARIANT', 'KNHK_LOOP_STAGE_TIMEOUT']);

/**
 * True where a rejection is about the change: not where the system was unwell or slow, and not
 * where another change came first or the runtime was frozen.
 */
function isOfItself(
  { shadow, reason }: ProposalEntry,
  refused: readonly { readonly code: string }[],
): boolean {
  if (refused.length > 0) return refused.some(({ code }) => !passing.has(code));
  return shadow !== undefined && !(reason ?? '').startsWith('KNHK_');
}
