import type { Json, JsonObject } from '../../base/canonical.ts';
import type { Clock } from '../../base/clock.ts';
import type { Change } from '../../rules/changes.ts';
import type { Pattern } from '../types.ts';
import type { MonitorView } from '../view.ts';

/** A language model as the host has it; what it answers is never trusted. */
export interface LanguageModel {
  /**
   * Answers a prompt. `schema` is the JSON Schema of the answer, for models that can be held to
   * one; `signal` aborts when the time is over, and what comes later is not looked at.
   */
  complete(
    prompt: string,
    options: { readonly signal: AbortSignal; readonly schema: JsonObject },
  ): Promise<string | LanguageModelAnswer>;
}

/** An answer with what it has cost. */
export interface LanguageModelAnswer {
  /** The answer. */
  readonly text: string;
  /** Tokens of prompt and answer; without it a quarter of their characters. */
  readonly tokens?: number;
}

/** How much a planner may use of its model; each loop needs a planner of its own. */
export interface LlmBudgets {
  /** Tokens of all prompts and answers of one cycle; default 16,000. */
  readonly tokensPerCycle?: number;
  /** Calls within any hour; default 60. */
  readonly callsPerHour?: number;
  /** Time for one answer, beside that of the cycle; default 4,000. */
  readonly timeoutMs?: number;
}

/** Kinds of changes that a language model may propose. */
export type LlmChangeKind = 'parameter' | 'switch' | 'conditions';

/** What a model answers, as JSON; a change of null where it knows nothing better. */
export interface LlmAnswer {
  /** In the form of every change to the rules. */
  readonly change: Extract<Change, { readonly kind: LlmChangeKind }> | null;
  /** Why, in at most 1,000 characters without control or format characters. */
  readonly reasoning: string;
}

/** A pattern with a good answer to it. */
export interface LlmExample {
  readonly pattern: Pick<Pattern, 'kind' | 'subject' | 'evidence'> & Partial<Pattern>;
  readonly answer: LlmAnswer;
}

/**
 * Why there is no plan: nothing may be changed; a budget is used up (`tokens`, `rate`); the time is
 * over (`timeout`) or the cycle is (`aborted`); the model failed; its answer is not of the form
 * (`malformed`), not allowed (`forbidden`), what is there already (`unchanged`), or none
 * (`declined`).
 */
export type LlmRefusalReason =
  | 'nothing'
  | 'tokens'
  | 'rate'
  | 'timeout'
  | 'aborted'
  | 'failed'
  | 'malformed'
  | 'forbidden'
  | 'unchanged'
  | 'declined';

/** A pattern to which a model gave no plan. */
export interface LlmRefusal {
  readonly reason: LlmRefusalReason;
  readonly pattern: Pattern;
  /** For people; it may quote what the model said, shortened. */
  readonly message: string;
}

/** Options of {@link llmPlanner}. */
export interface LlmPlannerOptions {
  /** Name of the planner, default `llm`. */
  readonly name?: string;
  readonly model: LanguageModel;
  /** What the sector demands, as instructions to the model; the host vouches for this text. */
  readonly doctrine: string;
  /** More instructions, one sentence each. */
  readonly constraints?: readonly string[];
  readonly examples?: readonly LlmExample[];
  /** Kinds of changes that it may propose; default all three. */
  readonly changes?: readonly LlmChangeKind[];
  /** Kinds of patterns that it answers; default all that recommend to propose or to enforce. */
  readonly patterns?: readonly string[];
  /**
   * More data for the model. By default it sees the pattern and the rules, and no value of any
   * observation: whoever writes such values could write to the model.
   */
  readonly context?: (pattern: Pattern, view: Pick<MonitorView, 'cycle' | 'document'>) => Json;
  readonly budgets?: LlmBudgets;
  /** Tells when calls were made; default the machine's clock. */
  readonly clock?: Clock;
  /** Told why there is no plan. */
  readonly onRefusal?: (refusal: LlmRefusal) => void;
}
