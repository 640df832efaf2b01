import { fail } from '../../base/errors.ts';
import type { LlmBudgets } from './llm-types.ts';

const hourMs = 3_600_000;
const charactersPerToken = 4;

/** Tokens of a text, as a rule of thumb: no model is asked to count. */
export const estimated = (text: string): number => Math.ceil(text.length / charactersPerToken);

/** What is left of the budgets of one planner. */
export class Budget {
  readonly timeoutMs: number;
  readonly #tokensMax: number;
  readonly #callsMax: number;
  #cycle: number | undefined;
  #tokens = 0;
  #calls: number[] = [];

  /** @throws KnhkError KNHK_LOOP_SETTING */
  constructor(budgets: LlmBudgets) {
    const { tokensPerCycle = 16_000, callsPerHour = 60, timeoutMs = 4_000 } = budgets;
    this.#tokensMax = checked('tokensPerCycle', tokensPerCycle, 10_000_000);
    this.#callsMax = checked('callsPerHour', callsPerHour, 100_000);
    this.timeoutMs = checked('timeoutMs', timeoutMs, hourMs);
  }

  /** Takes one call and the tokens of its prompt, or says which budget is used up. */
  take(cycle: number, tokens: number, now: number): 'tokens' | 'rate' | undefined {
    if (cycle !== this.#cycle) {
      this.#cycle = cycle;
      this.#tokens = 0;
    }
    if (this.#tokens + tokens > this.#tokensMax) return 'tokens';
    // A clock that was set back finds calls ahead of it: they count until it has passed them.
    this.#calls = this.#calls.filter((at) => at > now - hourMs);
    if (this.#calls.length >= this.#callsMax) return 'rate';
    this.#calls.push(now);
    this.#tokens += tokens;
    return undefined;
  }

  /** Adds what came on top of the prompt; false where that is more than there was. */
  spend(cycle: number, tokens: number): boolean {
    if (cycle !== this.#cycle) return true;
    this.#tokens += tokens;
    return this.#tokens <= this.#tokensMax;
  }
}

function checked(name: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  return fail('KNHK_LOOP_SETTING', `budgets.${name}`, `an integer of 1 to ${max}`, value);
}
