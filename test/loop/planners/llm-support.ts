import type { JsonObject } from '../../../src/base/canonical.ts';
import { type LlmPlanner, llmPlanner } from '../../../src/loop/planners/llm.ts';
import type {
  LanguageModel,
  LlmPlannerOptions,
  LlmRefusal,
} from '../../../src/loop/planners/llm-types.ts';
import type { Pattern, Plan } from '../../../src/loop/types.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';
import { Reading, rules } from '../support.ts';

export const document: RulesDocument = catalogueOf({ observations: [Reading], rules }).document;

/** What a detector of hook rates finds. */
export const pattern: Pattern = {
  detector: 'hook-rate',
  kind: 'hook-rate',
  subject: 'raise',
  direction: 'more',
  confidence: 0.97,
  evidence: { rate: 0.5, historyRate: 0.25 },
  seqs: [1, 2],
  recommend: 'propose',
};

export const raiseHigh = { kind: 'parameter', name: 'high', value: 60 } as const;
export const text = (change: unknown, reasoning: unknown = 'half as many'): string =>
  JSON.stringify({ change, reasoning });

/** What a model was asked. */
export interface Call {
  readonly prompt: string;
  readonly schema: JsonObject;
  readonly signal: AbortSignal;
}

/** A model that gives these answers, one a call, then the last one for ever. */
export function scripted(...answers: readonly unknown[]): LanguageModel & { calls: Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    complete: async (prompt, { schema, signal }) => {
      calls.push({ prompt, schema, signal });
      return answers[Math.min(calls.length, answers.length) - 1] as string;
    },
  };
}

/** A planner whose refusals are kept; `ask` asks it about a pattern in a cycle. */
export interface Asking {
  readonly planner: LlmPlanner;
  readonly refusals: LlmRefusal[];
  readonly reasons: () => string[];
  ask(given?: Asked): Promise<Plan | undefined>;
}

interface Asked {
  readonly pattern?: Pattern;
  readonly cycle?: number;
  readonly rules?: RulesDocument;
  readonly signal?: AbortSignal;
}

export const anHour = 3_600_000;

export function asking(model: LanguageModel, more: Partial<LlmPlannerOptions> = {}): Asking {
  const refusals: LlmRefusal[] = [];
  const planner = llmPlanner({
    model,
    doctrine: 'Sensors are never silenced.',
    clock: { now: () => 0 },
    onRefusal: (refusal) => refusals.push(refusal),
    ...more,
  });
  const ask: Asking['ask'] = ({
    pattern: found = pattern,
    cycle = 1,
    rules: decided = document,
    signal = new AbortController().signal,
  } = {}) => planner.plan(found, { cycle, document: decided }, { signal });
  return { planner, refusals, reasons: () => refusals.map(({ reason }) => reason), ask };
}
