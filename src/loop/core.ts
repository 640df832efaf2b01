import type { RulesDocument } from '../rules/document.ts';
import type { Control } from '../runtime/control.ts';
import type { Receipt } from '../runtime/outcome.ts';
import type { Sequenced } from '../runtime/pipeline.ts';
import { Journal, type Writing, type Written } from './journal.ts';
import type { TypeHandle } from './monitor/type-state.ts';
import type { LoopOptions } from './options.ts';
import { ValidationCache } from './stages/cache.ts';
import type { LoopState, SavedLoop } from './state.ts';
import type { Proposal } from './types.ts';

// More are not considered at one time; one that nothing was written about makes room.
const keptMax = 64;

/** What is looked up by the name of a type. */
interface KnownType extends TypeHandle {
  /** The field that names its subject. */
  readonly subject: string | undefined;
}

/** What the parts of a loop share: the runtime's control, what the loop knows, its journal. */
export class LoopCore {
  readonly control: Control;
  readonly options: LoopOptions;
  readonly state: LoopState;
  /** What the stages said before about the same things. */
  readonly validations: ValidationCache = new ValidationCache();
  readonly #journal: Journal;
  /** Proposals whose entries are being written. */
  readonly #proposals = new Map<string, Proposal>();
  #followed: string;
  /** Types that were heard of. */
  readonly #types = new Map<string, KnownType>();

  constructor(options: LoopOptions, control: Control, state: LoopState) {
    this.options = options;
    this.control = control;
    this.state = state;
    this.#journal = new Journal(control, state.previous);
    this.#followed = control.snapshot().hash;
  }

  /** The cycle under way, which what happens between cycles is written to. */
  get cycle(): number {
    return this.state.monitor.cycle;
  }

  /** An observation was sequenced: the tap of the runtime. */
  heard(event: Sequenced): void {
    const { hooks } = this.#documentOf(event.snapshot);
    const { seq, time, at, type, data, outcome, snapshot, streamed } = event;
    const { state } = this;
    const known = this.#types.get(type) ?? this.#learn(type);
    const subject = known.subject === undefined ? undefined : data[known.subject];
    const fired = event.fired.map((index) => hooks[index]!.name);
    state.observe(
      { seq, time, at, type, data, subject, fired, outcome, streamed },
      { type, outcome, time, snapshot },
      known,
    );
  }

  #learn(type: string): KnownType {
    const declared = this.control.catalogue.observations.get(type);
    const known = { subject: declared?.subject, track: undefined };
    this.#types.set(type, known);
    return known;
  }

  #documentOf(snapshot: string): RulesDocument {
    const canary = this.control.canary()?.snapshot;
    return canary?.hash === snapshot ? canary.document : this.follow();
  }

  /**
   * Brings the monitor to the current snapshot, where somebody else changed the rules: they are
   * followed before whatever is observed, saved or judged after their leaf, as the fold does.
   */
  follow(): RulesDocument {
    const { hash, document } = this.control.snapshot();
    if (hash !== this.#followed) {
      this.state.execution.changed();
      this.state.monitor.follow(document);
    }
    this.#followed = hash;
    return document;
  }

  /** Keeps a proposal at hand for the entry that names it. */
  keep(hash: string, proposal: Proposal): void {
    if (this.#proposals.size >= keptMax) {
      this.#proposals.delete(this.#proposals.keys().next().value as string);
    }
    this.#proposals.set(hash, proposal);
  }

  /**
   * Writes to the journal, and takes what was written in as the fold would.
   *
   * @param imported the document that an entry of kind import names
   */
  write(
    writing: Writing,
    imported?: string,
  ): ReturnType<Journal['write']> & { readonly written: readonly Written[] } {
    let all: readonly Written[] = [];
    const before = this.control.snapshot();
    const result = this.#journal.write(writing, (written, receipt) => {
      all = written;
      for (const { entry, place, detail } of written) {
        const proposal =
          entry.event === 'proposal' ? this.#proposals.get(entry.proposal) : undefined;
        const context = {
          ...(proposal === undefined ? {} : { proposal, document: before.document }),
          ...(imported === undefined ? {} : { imported }),
        };
        this.state.take({ kind: 'entry', entry, place, detail, context });
        if (entry.event === 'proposal') this.#proposals.delete(entry.proposal);
      }
      const { promotion } = writing;
      if (receipt !== undefined && promotion !== undefined) {
        this.#took(promotion.kind, promotion.proposal, before.hash, receipt);
      }
    });
    return { ...result, written: all };
  }

  #took(kind: 'promote' | 'rollback', proposal: string, parent: string, receipt: Receipt): void {
    const { seq, hash, time, snapshot } = receipt;
    const { document } = this.control.snapshot();
    const change = { kind, snapshot, seq, hash, time };
    this.state.take({ kind: 'rules', change, parent, proposal }, document);
    this.#followed = snapshot;
  }

  /**
   * The state for a savepoint. A detector whose state cannot be had leaves the loop out of it: the
   * next opening folds from the beginning, which is slower and right.
   */
  savedOr(): SavedLoop | undefined {
    try {
      return structuredClone(this.#saved());
    } catch (error) {
      this.control.troubled(`state of a detector: ${String(error)}`);
      return undefined;
    }
  }

  #saved(): SavedLoop {
    this.follow();
    const { log } = this.control;
    const applied = this.control.applied();
    return { size: log.size, applied, snapshot: this.#followed, ...this.state.toJSON() };
  }
}
