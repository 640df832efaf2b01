import { afterEach, describe, expect, it, vi } from 'vitest';
import { monotonicMs } from '../../src/base/clock.ts';
import { KnhkError } from '../../src/base/errors.ts';
import { channels, type DiagnosticsChannel } from '../../src/runtime/channels.ts';
import { type Operation, operate, operateAsync, report } from '../../src/runtime/operations.ts';
import { SigmaQueue, type Waiting } from '../../src/runtime/sigma.ts';
import type { ShapesDocument } from '../../src/shapes/document.ts';
import type { ShapesGate } from '../../src/shapes/gate.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.restoreAllMocks();
});

function subscribe(channel: DiagnosticsChannel, hear: (operation: Operation) => void): void {
  const listener = (message: unknown): void => hear(message as Operation);
  channel.subscribe(listener);
  stops.push(() => void channel.unsubscribe(listener));
}

/** What is published from now on, as it is at that moment and as the object itself. */
function told() {
  const starts: Operation[] = [];
  const ends: Operation[] = [];
  subscribe(channels.operationStart, (operation) => starts.push(operation));
  subscribe(channels.operationEnd, (operation) => ends.push(operation));
  return { starts, ends };
}

const described = { name: 'monitor', origin: 'example.com/test' } as const;
const facts = (observed: number) => ({ observed });
const broken = new KnhkError('KNHK_LOG_POISONED', { expected: 'a', got: 'b', where: 'c' });

/** Both kinds of work, so that every law below is proved of each. */
const kinds: readonly [
  string,
  (work: () => number, factsOf?: typeof facts) => number | Promise<number>,
][] = [
  ['operate', (work, factsOf = facts) => operate(described, work, factsOf)],
  [
    'operateAsync',
    (work, factsOf = facts) =>
      operateAsync(
        described,
        async () => {
          await Promise.resolve();
          return work();
        },
        factsOf,
      ),
  ],
];

/** What work ends with; synchronous throws and rejections alike. */
async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return { thrown: error };
  }
}

describe.each(kinds)('%s', (_, run) => {
  it('without subscribers runs the work and tells nobody', async () => {
    const published = [channels.operationStart, channels.operationEnd].map((channel) =>
      vi.spyOn(channel, 'publish'),
    );
    const factsOf = vi.fn(facts);
    const work = vi.fn(() => 7);
    expect(await run(work, factsOf)).toBe(7);
    expect(work).toHaveBeenCalledTimes(1);
    const failed = await errorOf(() =>
      run(() => {
        throw broken;
      }, factsOf),
    );
    expect((failed as { thrown: unknown }).thrown).toBe(broken);
    expect(factsOf).not.toHaveBeenCalled();
    for (const publish of published) expect(publish).not.toHaveBeenCalled();
  });

  it('tells of start and end with one object, and gives what the work gave', async () => {
    const { starts, ends } = told();
    const before = monotonicMs();
    const seen: unknown[] = [];
    subscribe(channels.operationStart, (operation) => seen.push({ ...operation }));
    const result = await run(() => {
      expect([starts.length, ends.length]).toEqual([1, 0]);
      return 7;
    });
    expect(result).toBe(7);
    expect(seen).toEqual([{ ...described, startedMs: expect.any(Number) }]);
    expect(starts).toHaveLength(1);
    expect(ends).toHaveLength(1);
    expect(ends[0]).toBe(starts[0]);
    const { startedMs, durationMs = -1, ...rest } = ends[0]!;
    expect(rest).toEqual({ ...described, facts: { observed: 7 } });
    expect(startedMs).toBeGreaterThanOrEqual(before);
    expect(durationMs).toBeGreaterThanOrEqual(0);
    expect(startedMs + durationMs).toBeLessThanOrEqual(monotonicMs());
  });

  it.each([
    ['an error with a code', broken],
    ["a host's error", new Error('gone')],
    ['something that is no error', 'gone'],
  ])('tells of %s and passes it on as it is', async (_case, error) => {
    const { starts, ends } = told();
    const result = await errorOf(() =>
      run(() => {
        throw error;
      }),
    );
    expect((result as { thrown: unknown }).thrown).toBe(error);
    expect([starts.length, ends.length]).toEqual([1, 1]);
    expect(ends[0]).toBe(starts[0]);
    expect(ends[0]?.error).toBe(error);
    expect(ends[0]?.durationMs).toBeGreaterThanOrEqual(0);
    expect(ends[0]).not.toHaveProperty('facts');
  });

  it('runs inside what a subscriber puts around it, once', async () => {
    const order: string[] = [];
    subscribe(channels.operationStart, (operation) => {
      operation.around = <T>(work: () => T): T => {
        order.push('before');
        const result = work();
        order.push('after');
        // What around gives is what the caller gets, and what the facts are taken from.
        return (typeof result === 'number' ? result + 1 : result) as T;
      };
    });
    const { ends } = told();
    const result = await run(() => {
      order.push('work');
      return 7;
    });
    const isSync = order.indexOf('work') === 1;
    expect([...order].sort()).toEqual(['after', 'before', 'work']);
    expect(order[0]).toBe('before');
    expect(result).toBe(isSync ? 8 : 7);
    expect(ends[0]?.facts).toEqual({ observed: result });
  });

  it('tells of an error from what was put around it', async () => {
    subscribe(channels.operationStart, (operation) => {
      operation.around = () => {
        throw broken;
      };
    });
    const { ends } = told();
    expect(await errorOf(() => run(() => 7))).toEqual({ thrown: broken });
    expect(ends.map(({ error }) => error)).toEqual([broken]);
  });

  it('tells who listens to ends alone, and who listens to starts alone', async () => {
    const ends: Operation[] = [];
    subscribe(channels.operationEnd, (operation) => ends.push(operation));
    await run(() => 7);
    expect(ends).toMatchObject([{ ...described, facts: { observed: 7 } }]);
    for (const stop of stops.splice(0)) stop();
    const starts: Operation[] = [];
    subscribe(channels.operationStart, (operation) => starts.push(operation));
    await run(() => 8);
    expect(starts).toMatchObject([{ ...described, facts: { observed: 8 } }]);
    expect(ends).toHaveLength(1);
  });
});

it('operateAsync keeps what is told apart of works that overlap', async () => {
  const { starts, ends } = told();
  const opened: (() => void)[] = [];
  const works = [1, 2, 3].map((observed) =>
    operateAsync(
      described,
      () => new Promise<number>((resolve) => opened.push(() => resolve(observed))),
      facts,
    ),
  );
  expect([starts.length, ends.length]).toEqual([3, 0]);
  for (const open of [...opened].reverse()) {
    open();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await Promise.all(works)).toEqual([1, 2, 3]);
  expect(ends).toEqual([...starts].reverse());
  expect(ends.map((operation) => operation.facts)).toEqual([3, 2, 1].map(facts));
});

describe('report', () => {
  it('says nothing without subscribers', () => {
    const publish = vi.spyOn(channels.operationEnd, 'publish');
    report(described, 5, { facts: { observed: 1 } });
    expect(publish).not.toHaveBeenCalled();
  });

  it('tells of work that is over now', () => {
    const { starts, ends } = told();
    const traces = ['a', 'b'];
    const before = monotonicMs();
    report({ name: 'epoch', traces }, 250, { error: broken });
    report(described, 0, { facts: { observed: 1 } });
    const after = monotonicMs();
    expect(starts).toEqual([]);
    const [epoch, monitor] = ends;
    const { startedMs, ...rest } = epoch!;
    expect(rest).toEqual({ name: 'epoch', traces, durationMs: 250, error: broken });
    expect(startedMs + 250).toBeGreaterThanOrEqual(before);
    expect(startedMs + 250).toBeLessThanOrEqual(after);
    expect(monitor).toMatchObject({ ...described, durationMs: 0, facts: { observed: 1 } });
  });
});

describe('a batch of shapes', () => {
  const traceOf = (index: number): string => `trace-${index}`;

  /** Sends so many records through a gate and gives what was told of their batch. */
  async function batchOf(
    count: number,
    validateEach: ShapesGate['validateEach'],
    trace: (index: number) => string | undefined = traceOf,
  ) {
    const { ends } = told();
    const gate = { validateEach } as ShapesGate;
    const document = { hash: 'shapes' } as ShapesDocument;
    const queue = new SigmaQueue('example.com/test', gate, () => document, 1);
    const settled = Array.from({ length: count }, (_, index) => {
      return new Promise((resolve) => {
        const settle: Waiting['settle'] = (_shapes, verdict) => resolve(verdict);
        const record = { declaration: 'd', record: `r${index}`, subject: `s${index}` };
        queue.push({ ...record, trace: trace(index), settle });
      });
    });
    return { verdicts: await Promise.all(settled), ends };
  }
  const conforms = { conforms: true } as const;
  const violates = { conforms: false, results: [] } as const;

  it('is told of once, with the traces of its callers, each once', async () => {
    const trace = (index: number) => (index === 3 ? undefined : traceOf(index % 2));
    const validate = async () => [violates, violates, conforms, violates];
    const { ends } = await batchOf(4, validate, trace);
    expect(ends).toMatchObject([
      {
        ...{ name: 'shapes', origin: 'example.com/test', traces: ['trace-0', 'trace-1'] },
        facts: { records: 4, violations: 3 },
      },
    ]);
  });

  it('names 128 callers at most', async () => {
    const { ends } = await batchOf(200, async (_, records) => records.map(() => conforms));
    const expected = Array.from({ length: 128 }, (_, index) => traceOf(index));
    expect(ends.map(({ traces }) => traces)).toEqual([expected]);
  });

  it('is told of once as failed where there are too few verdicts, or none', async () => {
    const few = await batchOf(2, async () => [conforms]);
    const code = 'KNHK_SHAPES_UNAVAILABLE';
    expect(few.verdicts).toMatchObject([{ code }, { code }]);
    expect(few.ends).toMatchObject([{ name: 'shapes', error: { code } }]);
    for (const stop of stops.splice(0)) stop();
    const none = await batchOf(1, async () => {
      throw broken;
    });
    expect(none.verdicts).toEqual([broken]);
    expect(none.ends.map(({ error }) => error)).toEqual([broken]);
  });
});
