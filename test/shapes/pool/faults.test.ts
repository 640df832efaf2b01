import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { KnhkError } from '../../../src/base/errors.ts';
import type { ShapesGate } from '../../../src/shapes/gate.ts';
import { compileShapes } from '../../../src/shapes/index.ts';
import { flight, flightShapes, prefixes } from '../fixtures.ts';
import { gateOf, graph, settle, shapes, unavailable } from './support.ts';

vi.mock('piscina', () => import('../../support/threads.ts'));

const local = compileShapes(flightShapes);
// A shape that looks at other nodes: each record has a graph of its own.
const apart = compileShapes(`${prefixes} ops:S sh:targetClass ops:Departure ;
  sh:property [ sh:path ops:previous ; sh:class ops:Departure ] ;
  sh:property [ sh:path ops:miles ; sh:minExclusive 0 ] .`);

/** Verdicts of records of which the marked ones suffer a fault, and the third violates. */
async function records(
  gate: ShapesGate,
  document: typeof local,
  size: number,
  marks: Readonly<Record<number, string>>,
): Promise<unknown[]> {
  const list = Array.from({ length: size }, (_, index) => {
    const mark = marks[index];
    const destination = mark === undefined ? {} : { destination: mark };
    return flight(index, { ...destination, ...(index === 2 ? { miles: 0 } : {}) });
  });
  const each = await gate.validateEach(document, list);
  return each.map((one) => ('conforms' in one ? one.conforms : one));
}

const verdicts = (size: number, marks: Readonly<Record<number, unknown>>): unknown[] =>
  Array.from({ length: size }, (_, index) => marks[index] ?? index !== 2);

const graphs = (gate: ShapesGate, size: number, marks: Readonly<Record<number, string>>) =>
  settle(
    Array.from({ length: size }, (_, index) =>
      gate.validateGraph(shapes, graph(index === 2 ? -2 : index, marks[index])),
    ),
  );

describe('a thread that dies', () => {
  const crash = unavailable('crash');

  it.each([0, 1, 2, 3, 4])(
    'at graph %i of five leaves the other four their reports',
    async (at) => {
      const { gate, faults } = gateOf({}, { faults: { exit: 'DIE' } });
      expect(await graphs(gate, 5, { [at]: 'DIE' })).toEqual(verdicts(5, { [at]: crash }));
      // Once among others and once alone.
      expect(faults).toEqual(['crash', 'crash']);
    },
  );

  it.each([0, 1, 2, 3, 4])(
    'at record %i of five leaves the other four their verdicts',
    async (at) => {
      const { gate, faults } = gateOf({}, { faults: { exit: 'DIE' } });
      for (const document of [local, apart]) {
        const expected = verdicts(5, { [at]: crash });
        expect(await records(gate, document, 5, { [at]: 'DIE' })).toEqual(expected);
      }
      expect(faults).toEqual(['crash', 'crash', 'crash', 'crash']);
    },
  );

  it('without a word where it was is searched for by halves', async () => {
    const { gate, faults } = gateOf({}, { faults: { exit: 'DIE', blind: true } });
    expect(await graphs(gate, 8, { 5: 'DIE' })).toEqual(verdicts(8, { 5: crash }));
    // 8, 4, 2 and 1; the last one had died before, so it is not tried again.
    expect(faults).toHaveLength(4);
    expect(await records(gate, local, 6, { 3: 'DIE' })).toEqual(verdicts(6, { 3: crash }));
  });

  it('may die of several', async () => {
    const { gate } = gateOf({ threads: 2 }, { faults: { exit: 'DIE' } });
    const marks = { 0: 'DIE', 3: 'DIE', 6: 'DIE' };
    const expected = verdicts(7, { 0: crash, 3: crash, 6: crash });
    const work = [graphs(gate, 7, marks), records(gate, apart, 7, marks)];
    expect(await Promise.all(work)).toEqual([expected, expected]);
    expect(gate.pending).toBe(0);
  });

  it('once is not noticed', async () => {
    const exitOnce = { marker: 'DIE', flag: new SharedArrayBuffer(4) };
    const { gate, faults } = gateOf({}, { faults: { exitOnce } });
    expect(await graphs(gate, 4, { 1: 'DIE' })).toEqual(verdicts(4, {}));
    expect(faults).toEqual(['crash']);
  });

  it('of its memory fails only the graph that took it', async () => {
    const { gate } = gateOf({ memoryMb: 32 }, { faults: { memory: 'EAT' } });
    expect(await graphs(gate, 4, { 1: 'EAT' })).toEqual(verdicts(4, { 1: crash }));
    expect(await graphs(gate, 3, {})).toEqual(verdicts(3, {}));
  });

  it('of the shapes fails all, after one more try', async () => {
    const { gate, faults } = gateOf({}, { faults: { exit: 'DIE' } });
    const deadly = compileShapes(`${prefixes} ops:DIE sh:targetClass ops:Item .`);
    const work = [1, 2, 3].map((count) => gate.validateGraph(deadly, graph(count)));
    expect(await settle(work)).toEqual([crash, crash, crash]);
    expect(faults).toEqual(['crash', 'crash']);
    expect(await graphs(gate, 3, {})).toEqual(verdicts(3, {}));
  });

  it('makes a whole call fail where the caller wants all or nothing', async () => {
    const { gate } = gateOf({}, { faults: { exit: 'DIE' } });
    const list = [flight(1), flight(2, { destination: 'DIE' })];
    await expect(gate.validate(local, list)).rejects.toEqual(crash);
  });
});

describe('a thread that hangs', () => {
  const deadline = unavailable('deadline');

  it('takes no other graph along', async () => {
    const { gate, faults } = gateOf({}, { faults: { hang: 'HANG' } });
    const work = [1, -2, 3].map((count) => gate.validateGraph(shapes, graph(count)));
    const hanging = gate.validateGraph(shapes, graph(4, 'HANG'), { deadlineMs: 2_000 });
    const more = [-5, 6].map((count) => gate.validateGraph(shapes, graph(count)));
    const expected = [true, false, true, deadline, false, true];
    expect(await settle([...work, hanging, ...more])).toEqual(expected);
    expect(faults).toEqual(['deadline']);
    expect(await graphs(gate, 3, {})).toEqual(verdicts(3, {}));
  });

  it('takes no other record along', async () => {
    const { gate, faults } = gateOf({ deadlineMs: 10_000 }, { faults: { hang: 'HANG' } });
    const expected = verdicts(4, { 1: deadline });
    expect(await records(gate, local, 4, { 1: 'HANG' })).toEqual(expected);
    expect(faults).toEqual(['deadline']);
  });

  it('at the shapes fails all at their deadline', async () => {
    const { gate, faults } = gateOf({ deadlineMs: 1_500 }, { faults: { hang: 'HANG' } });
    const hanging = compileShapes(`${prefixes} ops:HANG sh:targetClass ops:Item .`);
    const work = [1, 2].map((count) => gate.validateGraph(hanging, graph(count)));
    expect(await settle(work)).toEqual([deadline, deadline]);
    expect(faults).toEqual(['deadline', 'deadline']);
    expect(await graphs(gate, 3, {})).toEqual(verdicts(3, {}));
  });
});

describe('slow graphs', () => {
  it('come back in parts, without losing the work that is done', async () => {
    const { gate, faults } = gateOf({ deadlineMs: 6_000 }, { faults: { delay: 'WAIT' } });
    await gate.validateGraph(shapes, graph(1));
    // Two and a half seconds: the thread stops at one and a half, a quarter of the deadline.
    const marks = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [index, 'WAIT160']));
    expect(await graphs(gate, 16, marks)).toEqual(verdicts(16, {}));
    expect(faults).toEqual([]);
  });
});

describe('a deadline', () => {
  it('is each call’s own, and counts the time of waiting', async () => {
    const { gate, faults } = gateOf({}, { faults: { hang: 'HANG' } });
    await gate.validateGraph(shapes, graph(1));
    const stop = new AbortController();
    const running = gate.validateGraph(shapes, graph(1, 'HANG'), { signal: stop.signal });
    await sleep(20);
    const waiting = gate.validateGraph(shapes, graph(2), { deadlineMs: 50 });
    const patient = gate.validateGraph(shapes, graph(-3));
    await expect(waiting).rejects.toEqual(unavailable('deadline'));
    expect(faults).toEqual(['deadline']);
    stop.abort();
    await expect(running).rejects.toBe(stop.signal.reason);
    expect((await patient).conforms).toBe(false);
  });
});

describe('the queue', () => {
  it('refuses what exceeds it and only that', async () => {
    const { gate, faults } = gateOf({ queueMax: 1 }, { faults: { delay: 'WAIT' } });
    await gate.validateGraph(shapes, graph(1));
    // 200 graphs are four tasks of 64: one runs, one waits, and two find no room.
    const work = Array.from({ length: 200 }, (_, index) =>
      gate.validateGraph(shapes, graph(index + 1, index === 0 ? 'WAIT100' : '')),
    );
    expect(gate.pending).toBe(128);
    const settled = await settle(work);
    expect(settled.slice(0, 128)).toEqual(Array.from({ length: 128 }, () => true));
    const queue = unavailable('queue');
    expect(settled.slice(128)).toEqual(Array.from({ length: 72 }, () => queue));
    expect(faults).toHaveLength(72);
    expect(await graphs(gate, 3, {})).toEqual(verdicts(3, {}));
  });
});

describe('an abort', () => {
  it('before, while and after', async () => {
    const { gate, faults } = gateOf({ deadlineMs: 600_000 }, { faults: { hang: 'HANG' } });
    const reason = new Error('enough');
    const options = { signal: AbortSignal.abort(reason) };
    await expect(gate.validateGraph(shapes, graph(1), options)).rejects.toBe(reason);
    await expect(gate.validateEach(local, [flight(1)], options)).rejects.toBe(reason);
    const stop = new AbortController();
    const { signal } = stop;
    // All share a task, which would go on for half of ten minutes if somebody waited for it.
    const aborted = ['HANG', ''].map((words) =>
      gate.validateGraph(shapes, graph(1, words), { signal }),
    );
    const others = [graph(2), graph(-3)].map((text) => gate.validateGraph(shapes, text));
    await sleep(300);
    const each = gate.validateEach(local, [flight(1)], { signal });
    setTimeout(() => stop.abort(reason), 20);
    for (const one of [...aborted, each]) await expect(one).rejects.toBe(reason);
    expect(await settle(others)).toEqual([true, false]);
    const late = new AbortController();
    await gate.validateGraph(shapes, graph(1), { signal: late.signal });
    late.abort(reason);
    expect(await graphs(gate, 3, {})).toEqual(verdicts(3, {}));
    expect(faults).toEqual([]);
  }, 30_000);

  it('with an error of ours is no verdict on a record', async () => {
    const { gate } = gateOf();
    const reason = (await settle([gateOf().gate.validateGraph(shapes, 'oops')]))[0] as KnhkError;
    const stop = new AbortController();
    const each = gate.validateEach(local, [flight(1)], { signal: stop.signal });
    stop.abort(reason);
    await expect(each).rejects.toBe(reason);
  });
});

describe('closing', () => {
  it('rejects what is collected, prepared, waits or runs, and what comes later', async () => {
    for (const threads of [0, 1]) {
      const { gate } = gateOf({ threads }, { faults: { delay: 'WAIT' } });
      await gate.validateGraph(shapes, graph(1));
      const running = gate.validateGraph(shapes, graph(1, 'WAIT200'));
      await sleep(10);
      const work = [graph(2), graph(3).repeat(3_000)].map((text) =>
        gate.validateGraph(shapes, text),
      );
      const settled = settle([running, ...work]);
      await gate.close();
      const closed = unavailable('closed');
      const [first, ...others] = await settled;
      // The calling thread has finished what it was at.
      expect(first).toEqual(threads === 0 ? true : closed);
      expect(others).toEqual([closed, closed]);
      const later = [gate.validateGraph(shapes, ''), gate.validateEach(local, [flight(1)])];
      for (const one of later) await expect(one).rejects.toEqual(closed);
      expect(gate.pending).toBe(0);
    }
  });
});
