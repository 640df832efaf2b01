import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sums, Totals } from '../../src/otel/totals.ts';
import { channels } from '../../src/runtime/channels.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { TallyRequest } from '../../src/runtime/reports.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { Fixed, open, Plain, Task, task, wishes } from '../runtime/tally-support.ts';

const opened: Totals[] = [];
afterEach(() => {
  for (const totals of opened.splice(0)) totals.close();
});

function totalsNow(): Totals {
  const totals = new Totals();
  opened.push(totals);
  return totals;
}

/** Every count by a name of its own; what never falls, if counters never run backwards. */
function flat({ observations, ingestMs, ticks: _, ...sums }: Sums) {
  const counts = new Map<string, number>();
  const addAll = (where: string, from: ReadonlyMap<string, number>): void => {
    for (const [name, count] of from) counts.set(`${where} ${name}`, count);
  };
  for (const [name, from] of Object.entries(sums)) addAll(name, from);
  for (const [sector, outcomes] of observations) addAll(`observations ${sector}`, outcomes);
  for (const [sector, { counts: buckets, count, sum }] of ingestMs) {
    buckets.forEach((bucket, index) => {
      counts.set(`ingest ${sector} ${index}`, bucket);
    });
    counts.set(`ingest ${sector} count`, count);
    counts.set(`ingest ${sector} sum`, sum);
  }
  return counts;
}

const wish = fc.constantFrom(...Object.keys(wishes), 'nothing');
const slot = fc.nat(1);
const waits = fc.boolean();
const command = fc.oneof(
  fc.record({ kind: fc.constant('open' as const), slot }),
  fc.record({ kind: fc.constant('apply' as const), slot, wish, waits, id: fc.nat(9) }),
  fc.record({ kind: fc.constant('decide' as const), slot, wish }),
  fc.record({ kind: fc.constant('close' as const), slot, waits }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Runtimes that come and go, and what they should have counted together. */
class Fleet {
  readonly runtimes: (Runtime | undefined)[] = [];
  readonly origins: (string | undefined)[] = [];
  readonly pending: Promise<unknown>[] = [];
  readonly expected = new Map<string, number>();
  #made = 0;

  async run(given: Command): Promise<void> {
    const runtime = this.runtimes[given.slot];
    if (given.kind === 'open') {
      if (runtime !== undefined) return;
      const origin = `example.com/fleet-${this.#made++}`;
      this.runtimes[given.slot] = await open({ origin });
      this.origins[given.slot] = origin;
    } else if (runtime === undefined) return;
    else if (given.kind === 'decide') {
      this.#count(`decisions ${runtime.decide(Task, task(1, given.wish)).outcome}`);
    } else if (given.kind === 'apply') {
      const counted = runtime
        .apply(Fixed, task(given.id, given.wish), { id: `${given.id}` })
        .then(({ outcome }) => {
          this.#count(`observations power ${outcome}`);
          if (outcome !== 'duplicate' && outcome !== 'conflict') this.#count('ingest power count');
        });
      await this.#wait(counted, given.waits);
    } else {
      this.runtimes[given.slot] = undefined;
      this.origins[given.slot] = undefined;
      await this.#wait(runtime.close(), given.waits);
    }
  }

  async #wait(work: Promise<unknown>, isAwaited: boolean): Promise<void> {
    this.pending.push(work);
    if (isAwaited) await work;
  }

  #count(name: string): void {
    this.expected.set(name, (this.expected.get(name) ?? 0) + 1);
  }
}

describe('the sums over all runtimes', () => {
  it('never run backwards, and are what was answered, whatever opens and closes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
        const totals = totalsNow();
        const fleet = new Fleet();
        let before = flat(totals.now().sums);
        const check = (): void => {
          const { sums, statuses } = totals.now();
          const now = flat(sums);
          for (const [name, count] of before) {
            expect(now.get(name), name).toBeGreaterThanOrEqual(count);
          }
          before = now;
          const isOpen = fleet.origins.filter((origin) => origin !== undefined);
          expect([...statuses.keys()]).toEqual(expect.arrayContaining(isOpen));
          expect(isOpen.every((origin) => statuses.get(origin) === 1)).toBe(true);
        };
        for (const given of commands) {
          await fleet.run(given);
          check();
        }
        await Promise.all(fleet.pending);
        check();
        for (const at of [0, 1]) await fleet.run({ kind: 'close', slot: at, waits: true });
        check();
        expect(totals.now().statuses.size).toBe(0);
        const counted = [...before].filter(
          ([name, count]) => count > 0 && /^(decisions|observations|ingest power count)/.test(name),
        );
        expect(new Map(counted)).toEqual(fleet.expected);
        totals.close();
      }),
      { numRuns: 40 },
    );
  });

  it('hold what two open ones and a closed one counted, in every part', async () => {
    const totals = totalsNow();
    const one = await open({ origin: 'example.com/one' });
    await using two = await open({ origin: 'example.com/two' });
    await using three = await open({ origin: 'example.com/three' });
    for (const runtime of [one, two, three]) {
      await runtime.apply(Fixed, task(1, 'risk'));
      await runtime.apply(Task, task(2, 'throws', 'rail'));
      runtime.decide(Task, task(3, 'act'));
    }
    const names = [
      ...['observations power denied', 'observations rail failed', 'decisions acted'],
      ...['violations no-risk', 'errors KNHK_HOOK_THREW', 'ingest power count'],
    ];
    const counts = () => {
      const all = flat(totals.now().sums);
      return names.map((name) => all.get(name));
    };
    expect(counts()).toEqual([3, 3, 3, 6, 3, 3]);
    await one.close();
    expect(counts()).toEqual([3, 3, 3, 6, 3, 3]);
    expect([...totals.now().statuses]).toEqual([
      ['example.com/two', 1],
      ['example.com/three', 1],
    ]);
  });

  it('begin with zero for each decision, and with nothing else', () => {
    const { sums, statuses, roundAges } = totalsNow().now();
    expect(sums).toEqual({
      observations: new Map(),
      ingestMs: new Map(),
      streamed: new Map(),
      decisions: new Map(
        ['acted', 'pending', 'denied', 'idle', 'failed', 'invalid'].map((name) => [name, 0]),
      ),
      violations: new Map(),
      errors: new Map(),
      ticks: new Map(),
      batches: new Map(['within', 'over', 'unmeasurable'].map((name) => [name, 0])),
      operations: new Map(['R1', 'W1', 'C1'].map((name) => [name, 0])),
      parked: new Map(['windows', 'groups', 'passes'].map((reason) => [reason, 0])),
      verified: new Map(['leaves', 'findings'].map((name) => [name, 0])),
    });
    expect([statuses.size, roundAges.size]).toEqual([0, 0]);
  });

  it('of ticks are those of every runtime, open or closed', async () => {
    const totals = totalsNow();
    const tasks = Array.from({ length: 64 }, (_, index) => task(index, 'nothing'));
    const stream = async (runtime: Runtime, batches: number): Promise<void> => {
      for (let batch = 0; batch < batches; batch++) runtime.observeMany(Plain, tasks);
      runtime.decide(Plain, tasks[0]!);
      await runtime.flush();
    };
    // The portable engine measures nothing, and says so.
    const one = await open({ origin: 'example.com/one', engine: 'portable' });
    await using two = await open({ origin: 'example.com/two', engine: 'portable' });
    await stream(one, 2);
    await one.close();
    await stream(two, 3);
    const { ticks, batches, operations, parked, streamed } = totals.now().sums;
    expect(Object.fromEntries(batches)).toEqual({ within: 0, over: 0, unmeasurable: 5 });
    expect(Object.fromEntries(operations)).toEqual({ R1: 5 * 64 + 2, W1: 0, C1: 0 });
    expect(Object.fromEntries(parked)).toEqual({ windows: 0, groups: 0, passes: 0 });
    expect(streamed.get('plain.seen')).toBe(5 * 64);
    expect([...ticks].map(([name, { count }]) => [name, count])).toEqual([
      ['evaluated', 0],
      ['appended', 0],
    ]);
  });

  it('of ticks are added bucket by bucket', () => {
    const totals = totalsNow();
    const bounds = [1, 8];
    const histogram = (counts: number[], min: number, max: number) => {
      const count = counts.reduce((sum, each) => sum + each, 0);
      return { bounds, counts, count, sum: 3 * count, min, max };
    };
    const sample = (evaluated: unknown, measurable: number, within: number) => {
      const classes = { R1: 10, W1: 2, C1: 1 };
      const parked = { groups: 4, weather: 1 };
      const ticks = { evaluated, appended: evaluated, measurable, within, unmeasurable: 6 };
      const nothing = { decisions: {}, streamed: {}, violations: {}, errors: {} };
      const about = { origin: 'example.com/scripted', status: 'ok', observations: [] };
      return { ...about, ...nothing, ticks: { ...ticks, classes, parked } };
    };
    const samples = [
      sample(histogram([1, 2, 0], 0.5, 7), 3, 3),
      sample(histogram([0, 0, 4], 9, 11), 4, 1),
    ];
    const answer = (request: unknown): void => {
      for (const each of samples) (request as TallyRequest).add(each as never);
    };
    channels.collect.subscribe(answer);
    try {
      const { ticks, batches, operations, parked } = totals.now().sums;
      const all = { bounds, counts: [1, 2, 4], count: 7, sum: 21, min: 0.5, max: 11 };
      expect(Object.fromEntries(ticks)).toEqual({ evaluated: all, appended: all });
      expect(Object.fromEntries(batches)).toEqual({ within: 4, over: 3, unmeasurable: 12 });
      expect(Object.fromEntries(operations)).toEqual({ R1: 20, W1: 4, C1: 2 });
      // A reason that nobody foresaw is counted as well.
      expect(Object.fromEntries(parked)).toEqual({ windows: 0, groups: 8, passes: 0, weather: 2 });
    } finally {
      channels.collect.unsubscribe(answer);
    }
  });

  it('are of their caller alone: what it does to them changes nothing', async () => {
    const totals = totalsNow();
    await using runtime = await open({ origin: 'example.com/open' });
    const closed = await open({ origin: 'example.com/closed' });
    await closed.apply(Fixed, task(1, 'risk'));
    await closed.close();
    const spoil = async (): Promise<void> => {
      // Ages grow between two looks.
      const { roundAges: _, ...before } = structuredClone(totals.now());
      const { sums, statuses, roundAges } = totals.now();
      sums.decisions.set('acted', 99);
      sums.violations.clear();
      sums.errors.set('KNHK_HOOK_THREW', -1);
      sums.observations.get('power')?.set('denied', 99);
      (sums.ingestMs.get('power')?.counts as number[])[0] = 99;
      sums.ingestMs.clear();
      (statuses as Map<string, number>).clear();
      (roundAges as Map<string, number>).clear();
      const { roundAges: ages, ...now } = totals.now();
      expect(now).toEqual(before);
      expect([...ages.keys()]).toEqual(['example.com/open']);
    };
    await spoil();
    await runtime.apply(Fixed, task(1, 'risk'));
    await spoil();
  });

  it('remember what closes until they are closed themselves', async () => {
    const totals = totalsNow();
    const first = await open();
    first.decide(Task, task(1, 'act'));
    await first.close();
    const second = await open();
    second.decide(Task, task(1, 'act'));
    expect(totals.now().sums.decisions.get('acted')).toBe(2);
    totals.close();
    expect(channels.closed.hasSubscribers).toBe(false);
    await second.close();
    expect(totals.now().sums.decisions.get('acted')).toBe(1);
  });
});

it('a status is 1 where a runtime is well, 0.5 degraded, 0 failing or closing', async () => {
  const totals = totalsNow();
  const runtime = await open({ origin: 'example.com/status' });
  const status = () => totals.now().statuses.get('example.com/status');
  expect(status()).toBe(1);
  const control = controlOf(runtime) as Control;
  const release = control.tap(() => {
    throw new Error('a tap of this test throws');
  });
  await runtime.apply(Fixed, task(1, 'nothing'));
  release();
  expect(runtime.health().status).toBe('degraded');
  expect(status()).toBe(0.5);
  runtime.freeze();
  expect(status()).toBe(0);
  runtime.unfreeze();
  expect(status()).toBe(0.5);
  const closing = runtime.close();
  expect(status()).toBe(0);
  await closing;
  expect(status()).toBeUndefined();
});
