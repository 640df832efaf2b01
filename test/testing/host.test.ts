import { describe, expect, test, vi } from 'vitest';
import {
  action,
  defineAction,
  defineBudget,
  defineGuard,
  defineHook,
  defineObservation,
  exceeds,
  gt,
  gte,
  instant,
  integer,
  iri,
  type LogFs,
  openRuntime,
  type Runtime,
  string,
  verifyLog,
} from '../../src/index.ts';
import {
  failEveryCall,
  failingFs,
  fixedClock,
  memoryFs,
  seededSecret,
  seededSigner,
  type TestRuntime,
  type TestRuntimeOptions,
  testRuntime,
} from '../../src/testing/index.ts';
import { temporary } from '../support/runtime.ts';

// What a service has: its observations, hooks and guards.
const Flight = defineObservation('flight.departed', {
  class: 'https://example.com/ops#Departure',
  subject: 'flight',
  time: 'departed',
  fields: { flight: iri(), departed: instant(), origin: string(), delayMinutes: integer() },
});
const Hold = defineAction('connection.hold', { fields: { minutes: integer() } });
const holds = defineBudget({
  name: 'holdsPerHour',
  on: 'connection.hold',
  key: 'target',
  perMs: 3_600_000,
  max: 2,
});
const holdConnections = (minutes: number) =>
  defineHook({
    name: 'hold-connections',
    version: `${minutes} minutes`,
    on: Flight,
    when: [gte('delayMinutes', 45)],
    run: ({ data }) => [action('connection.hold', { target: data.origin, minutes })],
  });
const holdBudget = defineGuard({ name: 'hold-budget', on: Hold, deny: [exceeds(holds)] });
const holdLength = defineGuard({ name: 'hold-length', on: Hold, deny: [gt('minutes', 60)] });
const rules = (minutes = 20) => [Hold, holds, holdConnections(minutes), holdBudget, holdLength];

const startMs = Date.UTC(2026, 0, 1);
const late = (number: number, departed = startMs) => ({
  flight: `urn:flight:LH${number}`,
  departed: new Date(departed),
  origin: 'FRA',
  delayMinutes: 50,
});
const deskOptions: TestRuntimeOptions = {
  observations: [Flight],
  rules: rules(),
};

/** Runs work on a fresh desk and closes it, whatever happens. */
async function onDesk(
  work: (desk: TestRuntime) => Promise<void>,
  changes: Partial<TestRuntimeOptions> = {},
): Promise<void> {
  const desk = await testRuntime({ ...deskOptions, ...changes });
  try {
    await work(desk);
  } finally {
    await desk.close();
  }
}

/** Applies flights one after the other; gives what became of each. */
async function applied(runtime: Runtime, numbers: readonly number[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const number of numbers) {
    const { outcome } = await runtime.apply(Flight, late(number), { id: `LH${number}` });
    outcomes.push(outcome);
  }
  return outcomes;
}

describe('the rules of a desk', () => {
  test('hold connections for a late flight, and not for one that is on time', () =>
    onDesk(async ({ runtime }) => {
      const outcome = runtime.decide(Flight, late(400));
      expect(outcome).toMatchObject({
        outcome: 'acted',
        actions: [{ type: 'connection.hold', target: 'FRA', data: { minutes: 20 } }],
      });
      expect(runtime.decide(Flight, { ...late(400), delayMinutes: 44 }).outcome).toBe('idle');
    }));
  test('hold twice an hour and airport, and again when the hour is over', () =>
    onDesk(async ({ runtime }) => {
      expect(await applied(runtime, [1, 2, 3])).toEqual(['acted', 'acted', 'denied']);
      const later = late(4, startMs + 3_600_001);
      expect((await runtime.apply(Flight, later, { id: 'LH4' })).outcome).toBe('acted');
    }));
  test('never hold longer than an hour, whatever the hook says', () =>
    onDesk(
      async ({ runtime }) => {
        expect(runtime.decide(Flight, late(400)).outcome).toBe('denied');
      },
      { rules: rules(61) },
    ));
});

describe('a desk that is restarted', () => {
  test('knows what it held, and its budget', () =>
    onDesk(async (desk) => {
      expect(await applied(desk.runtime, [1, 2])).toEqual(['acted', 'acted']);
      await desk.reopen();
      expect(await applied(desk.runtime, [1, 2, 3])).toEqual(['duplicate', 'duplicate', 'denied']);
    }));
  test('deploys changed rules, and says so in its log', () =>
    onDesk(async (desk) => {
      const before = desk.runtime.snapshot.hash;
      const runtime = await desk.reopen({ rules: rules(25) });
      expect(runtime.deployed).toBeDefined();
      expect(runtime.snapshot.hash).not.toBe(before);
      expect(runtime.decide(Flight, late(1))).toMatchObject({
        actions: [{ data: { minutes: 25 } }],
      });
      // What was changed stays so for the next start.
      expect((await desk.reopen()).deployed).toBeUndefined();
    }));
  test('loses nothing to a power cut, and its log verifies', () =>
    onDesk(async (desk) => {
      await applied(desk.runtime, [1, 2]);
      // Under way when the power goes: it may or may not be there afterwards.
      const pending = desk.runtime.apply(Flight, late(3), { id: 'LH3' }).catch(() => {});
      await desk.crash();
      await pending;
      expect(await applied(desk.runtime, [1, 2])).toEqual(['duplicate', 'duplicate']);
      const report = await desk.verify();
      expect(report).toMatchObject({ ok: true, total_count: desk.runtime.health().size });
    }));
  test('stamps its receipts with the time that the test says', () =>
    onDesk(async (desk) => {
      const [first, second] = [late(1), late(2)];
      const one = await desk.runtime.apply(Flight, first);
      desk.clock.advance(1_500);
      const two = await desk.runtime.apply(Flight, second);
      const times = [one, two].map((outcome) => 'receipt' in outcome && outcome.receipt.time);
      expect(times).toEqual([startMs, startMs + 1_500]);
    }));
});

describe('equal seeds', () => {
  const run = async (changes: Partial<TestRuntimeOptions>): Promise<string[]> => {
    const hashes: string[] = [];
    await onDesk(async ({ runtime, clock }) => {
      hashes.push(runtime.deployed?.receipt.hash ?? '');
      for (const number of [1, 2, 3]) {
        const outcome = await runtime.apply(Flight, late(number), { id: `LH${number}` });
        if ('receipt' in outcome) hashes.push(outcome.receipt.hash);
        clock.advance(1_000);
      }
      hashes.push(runtime.checkpoint ?? '');
    }, changes);
    return hashes;
  };
  test('give equal leaves and checkpoints', async () => {
    const hashes = await run({});
    expect(new Set(hashes).size).toBe(5);
    expect(await run({})).toEqual(hashes);
    expect(await run({ epochLeaves: 2, segmentBytes: 4_096 })).toEqual(hashes);
  });
  test('matter, and so do time and origin', async () => {
    const [deploy, first, , , checkpoint] = await run({});
    const others = await Promise.all([
      run({ seed: 2 }),
      run({ startMs: startMs + 1 }),
      run({ origin: 'example.com/other' }),
    ]);
    // The deploy holds neither commitments nor the origin: only its time can differ.
    expect(others.map((other) => other[0] === deploy)).toEqual([true, false, true]);
    expect(others.map((other) => other[1] === first)).toEqual([false, false, true]);
    expect(others.map((other) => other.at(-1) === checkpoint)).toEqual([false, false, false]);
  });
});

describe('a desk on a failing disk', () => {
  test('refuses and says so, and nothing is lost once the disk is well', () =>
    onDesk(async (desk) => {
      expect(await applied(desk.runtime, [1])).toEqual(['acted']);
      await desk.reopen({
        fs: (disk) => failingFs({ fs: disk, operations: ['fdatasync'], call: 1, lasting: true }),
      });
      await expect(applied(desk.runtime, [2])).rejects.toThrow('KNHK_LOG_POISONED');
      expect(desk.runtime.health().status).toBe('failing');
      await desk.reopen({ fs: (disk) => disk });
      expect(await applied(desk.runtime, [1])).toEqual(['duplicate']);
      expect((await desk.verify()).ok).toBe(true);
    }, {}));

  test('keeps what it promised at whichever call the disk dies for good', async () => {
    // A savepoint that cannot be written is a warning, which is expected here.
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const origin = 'example.com/desk';
    const { signer, keyring } = seededSigner({ name: origin, seed: 1 });
    const data = temporary();
    const open = (fs: LogFs): Promise<Runtime> =>
      openRuntime({
        ...deskOptions,
        ...{ origin, data, signer, secret: seededSecret(1), clock: fixedClock(startMs) },
        ...{ fs, shapesThreads: 0 },
      });
    const faults = await failEveryCall({
      fs: () => memoryFs({ directories: [data] }),
      lasting: true,
      errno: 'ENOSPC',
      tornBytes: 100,
      run: async (fs) => {
        const promised: number[] = [];
        const runtime = await open(fs).catch(() => undefined);
        for (const number of [1, 2]) {
          const outcome = await runtime
            ?.apply(Flight, late(number), { id: `LH${number}` })
            .catch(() => undefined);
          if (outcome?.outcome === 'acted') promised.push(number);
        }
        await runtime?.close().catch(() => {});
        return promised;
      },
      check: async ({ result, fs, failed }) => {
        if (failed === undefined) expect(result).toEqual([1, 2]);
        const disk = fs.crash();
        const runtime = await open(disk);
        expect(await applied(runtime, result)).toEqual(result.map(() => 'duplicate'));
        // Whatever became of the others, no more than two ever left in this hour.
        expect((await applied(runtime, [1, 2, 3])).at(-1)).toBe('denied');
        await runtime.close();
        expect((await verifyLog(data, keyring, { fs: disk })).ok).toBe(true);
      },
    });
    expect(faults).toBeGreaterThan(60);
    warned.mockRestore();
  });
});
