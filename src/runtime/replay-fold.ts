import type { ApplyLeaf, Leaf } from '../receipts/verify/leaf-types.ts';
import { ContextState, type ContextView, contextText } from '../rules/context.ts';
import type { RulesDocument } from '../rules/document.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import { type CanaryNotice, isCanarySubject } from './canary.ts';
import type { StreamedRecord } from './observe-records.ts';
import type { Judged } from './replay-leaf.ts';
import type { Difference } from './replay-payload.ts';

/** What the fold says about one leaf's context. */
export type FoldVerdict = 'same' | 'unknown' | Difference;

/**
 * Windows and budgets folded over the whole log, beside those that the payloads hold. Behind an
 * observation whose payload is missing, what rests on it is unknown and nothing is made up.
 */
export class ContextFold {
  readonly #state = new ContextState();
  readonly #observations: ReadonlyMap<string, Observation>;
  #document: RulesDocument | undefined;
  #current: string | undefined;
  #canary: CanaryNotice | undefined;
  /** Declaration hashes of types with lost observations; every type after damage. */
  readonly #lostTypes = new Set<string>();
  #lostAllTypes = false;
  #lostBudgets = false;

  /** @param observations the declarations given, by type */
  constructor(observations: ReadonlyMap<string, Observation>) {
    this.#observations = observations;
  }

  /** Takes a deploy, promotion or rollback in: the rules that hold from here on. */
  follow(snapshot: string, document: RulesDocument): void {
    this.#current = snapshot;
    this.#canary = undefined;
    this.#document = document;
    this.#state.follow(document, this.#observations);
  }

  /** A candidate decides for a share of the subjects from here on, or no longer. */
  split(notice: CanaryNotice): void {
    this.#canary = notice.percent > 0 ? notice : undefined;
  }

  /** Rules that cannot be read, or leaves that are missing: nothing is known from here on. */
  loseAll(): void {
    this.#current = undefined;
    this.#lostAllTypes = true;
    this.#lostBudgets = true;
  }

  /** A leaf that changes windows or budgets in a way that it alone does not say. */
  lose(leaf: Leaf): void {
    if (leaf.kind === 'apply' || leaf.kind === 'count') this.#lostTypes.add(leaf.type);
    if (leaf.kind === 'approve' || (leaf.kind === 'apply' && leaf.outcome === 'acted')) {
      this.#lostBudgets = true;
    }
  }

  /** An erased subject's keys begin anew. */
  forget(nameOf: (value: string) => string | undefined): void {
    this.#state.forget(nameOf);
  }

  /** Set where a leaf names other rules than those that hold. */
  differs(snapshot: string): Difference | undefined {
    if (this.#current === undefined || this.#current === snapshot) return undefined;
    return { member: 'snapshot', expected: snapshot, got: `current is ${this.#current}` };
  }

  /** Windows as a stored record met them; undefined where they are unknown. */
  viewOf(type: string, data: Data, at: number): ContextView | undefined {
    const declaration = this.#document?.declarations[type] ?? '';
    const isLost = this.#lostAllTypes || this.#lostTypes.has(declaration);
    return isLost ? undefined : this.#state.view(type, data, at);
  }

  /** Folds a stored record in. */
  advance(type: string, { data, at }: StreamedRecord): void {
    this.#state.advance(type, data, at, []);
  }

  /** Compares one leaf's context with the fold, and folds the leaf in. */
  take(leaf: ApplyLeaf, trusted: Judged['trusted']): FoldVerdict {
    const verdict = this.#compare(leaf, trusted);
    if (leaf.outcome === 'invalid') return verdict;
    if (trusted === undefined) {
      this.lose(leaf);
      return verdict;
    }
    const { type, data, payload } = trusted;
    if (data === undefined) this.#lostTypes.add(leaf.type);
    // Without a readable record the type has no windows here; what left counts in budgets still.
    this.#state.advance(type, data ?? {}, payload.at, payload.actions);
    return verdict;
  }

  #compare(leaf: ApplyLeaf, trusted: Judged['trusted']): FoldVerdict {
    const stale = this.#isCanarys(leaf, trusted) ? undefined : this.differs(leaf.snapshot);
    if (stale !== undefined) return stale;
    if (leaf.outcome === 'invalid' || trusted?.data === undefined) return 'same';
    const { type, data, payload, context } = trusted;
    const { budgets } = payload.context;
    if (budgets !== undefined && this.#lostBudgets) return 'unknown';
    const hasWindows = Object.values(this.#document?.windows ?? {}).some(({ on }) => on === type);
    const isLost = this.#lostAllTypes || this.#lostTypes.has(leaf.type);
    if (hasWindows && isLost) return 'unknown';
    if (this.#document === undefined) return 'unknown';
    const view = this.#state.view(type, data, payload.at);
    for (const [name, keys] of Object.entries(budgets ?? {})) {
      for (const key of Object.keys(keys)) view.budget(name, key);
    }
    const got = contextText(view.values());
    return got === context ? 'same' : { member: 'context', expected: context, got };
  }

  /** The candidate decided, and the subject is one of its share, as far as that can be seen. */
  #isCanarys(leaf: ApplyLeaf, trusted: Judged['trusted']): boolean {
    const canary = this.#canary;
    if (canary?.candidate !== leaf.snapshot) return false;
    const observation = trusted === undefined ? undefined : this.#observations.get(trusted.type);
    if (observation === undefined || trusted?.data === undefined) return true;
    return isCanarySubject(canary, observation, trusted.data);
  }
}
