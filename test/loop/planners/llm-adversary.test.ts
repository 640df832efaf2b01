import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LanguageModel } from '../../../src/loop/planners/llm-types.ts';
import type { Pattern } from '../../../src/loop/types.ts';
import { asking, pattern, raiseHigh, scripted, text } from './llm-support.ts';

const good = text(raiseHigh);
const model = (complete: (...given: never[]) => unknown): LanguageModel =>
  ({ complete }) as unknown as LanguageModel;
const never = (): Promise<never> => new Promise(() => {});
const thrown = (): never => {
  throw new Error('no credit');
};
/** A value with a `then` of its own. */
const thenable = (then: unknown): object => Object.defineProperty({}, 'then', { value: then });
const hostile = (name: string): object =>
  Object.defineProperty({ text: good }, name, { get: thrown });

describe('a model that misbehaves gives no plan and no error', () => {
  it.each<readonly [string, LanguageModel, string]>([
    ['throws', model(thrown), 'failed'],
    [
      'throws nothing',
      model(() => {
        throw undefined;
      }),
      'failed',
    ],
    ['rejects', model(() => Promise.reject(new Error('down'))), 'failed'],
    [
      'rejects with a thing that cannot be shown',
      model(() => Promise.reject(hostile('message'))),
      'failed',
    ],
    ['has a then that throws', model(() => thenable(thrown)), 'failed'],
    ['has a then that refuses to be read', model(() => hostile('then')), 'failed'],
    ['has a text that refuses to be read', model(() => hostile('text')), 'failed'],
    ['has tokens that refuse to be read', model(() => hostile('tokens')), 'failed'],
    ['answers undefined', model(() => undefined), 'malformed'],
    ['answers null', model(() => null), 'malformed'],
    ['answers a number', model(() => 7), 'malformed'],
    ['answers a symbol', model(() => Symbol('x')), 'malformed'],
    ['answers a String object', model(() => new String(good)), 'malformed'],
    ['answers the object itself', model(() => JSON.parse(good)), 'malformed'],
    ['answers a text of a text', model(() => ({ text: { text: good } })), 'malformed'],
    ['answers bytes', model(() => new TextEncoder().encode(good)), 'malformed'],
    [
      'answers more than is read',
      model(() => ({ text: good.padEnd(1e6), tokens: 1 })),
      'malformed',
    ],
    ['answers more than is paid', model(() => good.padEnd(1e6)), 'tokens'],
    ['never answers', model(never), 'timeout'],
    ['is a thenable that never calls back', model(() => thenable(() => {})), 'timeout'],
  ])('%s', async (_name, adversary, reason) => {
    const planner = asking(adversary, { budgets: { timeoutMs: 5 } });
    expect(await planner.ask()).toBeUndefined();
    expect(planner.reasons()).toEqual([reason]);
    expect(planner.refusals[0]!.message.length).toBeLessThanOrEqual(400);
  });

  it('is told when its time is over, and not listened to afterwards', async () => {
    const answers: ((answer: string) => void)[] = [];
    const late = model(
      (_prompt: string, { signal }: { signal: AbortSignal }) =>
        new Promise((resolve) => {
          answers.push(resolve as (answer: string) => void);
          // The fastest that an answer can be late.
          signal.addEventListener('abort', () => resolve(good));
        }),
    );
    const planner = asking(late, { budgets: { timeoutMs: 5 } });
    expect(await planner.ask()).toBeUndefined();
    answers[0]!(good);
    expect(planner.reasons()).toEqual(['timeout']);
  });

  it('may reject when nobody waits any more', async () => {
    let reject: (error: Error) => void = () => {};
    const planner = asking(
      model(
        () =>
          new Promise((_resolve, no) => {
            reject = no;
          }),
      ),
      {
        budgets: { timeoutMs: 5 },
      },
    );
    expect(await planner.ask()).toBeUndefined();
    reject(new Error('late'));
    // An unhandled rejection would fail the run.
    await new Promise((done) => setImmediate(done));
    expect(planner.reasons()).toEqual(['timeout']);
  });

  it('is ended by the end of the cycle, and not asked after it', async () => {
    const cycle = new AbortController();
    const seen: AbortSignal[] = [];
    const slow = model((_prompt: string, { signal }: { signal: AbortSignal }) => {
      seen.push(signal);
      return never();
    });
    const planner = asking(slow);
    const asked = planner.ask({ signal: cycle.signal });
    cycle.abort();
    expect(await asked).toBeUndefined();
    expect(await planner.ask({ signal: cycle.signal })).toBeUndefined();
    expect(planner.reasons()).toEqual(['aborted', 'aborted']);
    expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('ends nothing with the signal that it was given', async () => {
    const cycle = new AbortController();
    const shouting = model(async (_prompt: string, { signal }: { signal: AbortSignal }) => {
      signal.dispatchEvent(new Event('abort'));
      Object.defineProperty(signal, 'aborted', { value: true });
      return good;
    });
    const planner = asking(shouting);
    expect(await planner.ask({ signal: cycle.signal })).toMatchObject({ change: raiseHigh });
    expect(cycle.signal.aborted).toBe(false);
  });

  it('changes nothing that it was given, and learns of no other call', async () => {
    let schemas: unknown[] = [];
    const meddling = model((_prompt: string, options: { schema: object; signal?: unknown }) => {
      schemas.push(JSON.stringify(options.schema));
      expect(Object.isFrozen(options)).toBe(true);
      const meddle = (value: object): void => {
        expect(Object.isFrozen(value)).toBe(true);
        for (const item of Object.values(value)) {
          if (typeof item === 'object' && item !== null) meddle(item);
        }
      };
      meddle(options.schema);
      return good;
    });
    const planner = asking(meddling);
    expect([await planner.ask(), await planner.ask()]).toEqual([
      { change: raiseHigh, reasoning: 'half as many' },
      { change: raiseHigh, reasoning: 'half as many' },
    ]);
    expect(schemas[0]).toBe(schemas[1]);
    schemas = [];
  });

  it('says whatever it likes: there is a plan or a note', async () => {
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withMap: true }),
      fc.json().map((json) => `{"change":${json},"reasoning":"x"}`),
      fc.constant(good),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (answer) => {
        const planner = asking(
          model(() => answer),
          { budgets: { timeoutMs: 50 } },
        );
        const plan = await planner.ask();
        expect(planner.refusals).toHaveLength(plan === undefined ? 1 : 0);
        if (plan !== undefined) expect(plan.change.kind).toMatch(/^(parameter|switch|conditions)$/);
      }),
      { seed: 75, numRuns: 300 },
    );
  });
});

describe('whoever listens or adds data', () => {
  it('cannot end the cycle by throwing', async () => {
    const planner = asking(scripted('nonsense'), { onRefusal: thrown });
    expect(await planner.ask()).toBeUndefined();
    const model = scripted(good);
    const blind = asking(model, { context: thrown });
    expect(await blind.ask()).toBeUndefined();
    expect([blind.reasons(), model.calls.length]).toEqual([['failed'], 0]);
    const broken = asking(model, { clock: { now: thrown } });
    expect(await broken.ask()).toBeUndefined();
    expect(broken.reasons()).toEqual(['failed']);
  });
  it('nor by a pattern that is none', async () => {
    const planner = asking(scripted(good));
    const odd = { kind: 'x', recommend: 'propose' } as unknown as Pattern;
    expect(await planner.ask({ pattern: odd })).toBeUndefined();
    expect(await planner.ask({ pattern: { ...pattern, subject: 7 as never } })).toBeUndefined();
    expect(planner.reasons()).toEqual(['failed', 'failed']);
  });
});
