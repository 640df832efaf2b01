import type { JsonObject } from '../../base/canonical.ts';
import { describe } from '../../base/errors.ts';
import { Refused } from './llm-answer.ts';
import { estimated } from './llm-budget.ts';
import type { LanguageModel } from './llm-types.ts';

/** An answer as it came, and what it has cost in all. */
export interface Completion {
  readonly text: unknown;
  readonly tokens: number;
}

/** Reads each member once, whatever the host's model returned. */
function completionOf(answer: unknown, prompt: string): Completion {
  const isObject = typeof answer === 'object' && answer !== null;
  const { text, tokens } = isObject
    ? (answer as { readonly text?: unknown; readonly tokens?: unknown })
    : { text: answer, tokens: undefined };
  const isCount = Number.isSafeInteger(tokens) && (tokens as number) >= 0;
  const guess = estimated(prompt) + estimated(typeof text === 'string' ? text : '');
  return { text, tokens: isCount ? (tokens as number) : guess };
}

/**
 * Asks a model, until it has answered, its time is over or the cycle is, which must not be over
 * yet. What it throws, now or later, is a refusal; what it answers afterwards is not looked at.
 */
export function ask(
  model: LanguageModel,
  prompt: string,
  schema: JsonObject,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Completion | Refused> {
  return new Promise((resolve) => {
    // The model's own: what it does with its signal cannot end or prolong anything here.
    const controller = new AbortController();
    const settle = (result: Completion | Refused): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const stop = (reason: 'timeout' | 'aborted', message: string): void => {
      settle(new Refused(reason, message));
      controller.abort();
    };
    const onAbort = (): void => stop('aborted', 'the time of the cycle is over');
    const timer = setTimeout(() => stop('timeout', `no answer in ${timeoutMs} ms`), timeoutMs);
    signal.addEventListener('abort', onAbort);
    const options = Object.freeze({ signal: controller.signal, schema });
    const call = async (): Promise<Completion> =>
      completionOf(await model.complete(prompt, options), prompt);
    call().then(settle, (error: unknown) => settle(new Refused('failed', describe(error))));
  });
}
