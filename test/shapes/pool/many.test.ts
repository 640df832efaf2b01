import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { KnhkError } from '../../../src/base/errors.ts';
import type { ValidationReport } from '../../../src/shapes/report/types.ts';
import { flight } from '../fixtures.ts';
import { gateOf, graph, settle, shapes, unavailable } from './support.ts';

vi.mock('piscina', () => import('../../support/threads.ts'));

type Answers = AsyncIterable<ValidationReport | KnhkError>;

async function all(answers: Answers): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const answer of answers) list.push('conforms' in answer ? answer.conforms : answer);
  return list;
}

describe('many graphs', () => {
  it('come back in order under random delays', async () => {
    const { gate, faults } = gateOf({ threads: 2 }, { faults: { delay: 'WAIT' } });
    const delay = fc.constantFrom(0, 0, 0, 0, 1, 5);
    const run = fc.record({
      graphs: fc.array(fc.record({ bad: fc.boolean(), delay }), { maxLength: 150 }),
      pauses: fc.array(fc.nat(20)),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ graphs, pauses }) => {
        async function* source() {
          for (const [index, { bad, delay: ms }] of graphs.entries()) {
            if (pauses.includes(index)) await sleep(1);
            yield graph(bad ? -index - 1 : index, `WAIT${ms}`);
          }
        }
        const answers = await all(gate.validateGraphs(shapes, source()));
        expect(answers).toEqual(graphs.map(({ bad }) => !bad));
      }),
      { numRuns: 20 },
    );
    expect(gate.pending).toBe(0);
    expect(faults).toEqual([]);
  });

  it('wait for room where others would be refused', async () => {
    const { gate, faults } = gateOf({ threads: 1, queueMax: 0 }, { faults: { delay: 'WAIT' } });
    const texts = Array.from({ length: 300 }, (_, index) => graph(index, 'WAIT1'));
    // Somebody else keeps the only thread busy meanwhile.
    const others = Array.from({ length: 20 }, async (_, index) => {
      await sleep(index * 10);
      await gate.validateEach(shapes, [flight(1)]);
    });
    const streams = [texts, texts].map((list) => all(gate.validateGraphs(shapes, list)));
    for (const answers of await Promise.all(streams))
      expect(answers).toEqual(texts.map(() => true));
    await Promise.all(others);
    expect(faults.every((fault) => fault === 'queue')).toBe(true);
  });

  it('are asked for as threads get free', async () => {
    const { gate } = gateOf();
    let asked = 0;
    function* source() {
      for (;;) yield graph(asked++);
    }
    let taken = 0;
    for await (const { conforms } of gate.validateGraphs(shapes, source())) {
      expect(conforms).toBe(true);
      // Two tasks of 64 for the thread.
      expect(asked).toBeLessThanOrEqual(taken + 128);
      if (++taken === 500) break;
    }
    expect(gate.pending).toBe(0);
  });

  it('that cannot be read end the iteration, or stand in their places', async () => {
    const { gate } = gateOf();
    const texts = [graph(1), 'oops', graph(-2), graph(3)];
    const error = expect.objectContaining({ code: 'KNHK_TERMS_RDF' });
    const yielded = gate.validateGraphs(shapes, texts, { errors: 'yield' });
    expect(await all(yielded)).toEqual([true, error, false, true]);
    const answers: boolean[] = [];
    const ended = (async () => {
      for await (const { conforms } of gate.validateGraphs(shapes, texts)) answers.push(conforms);
    })();
    await expect(ended).rejects.toEqual(error);
    expect(answers).toEqual([true]);
    expect(gate.pending).toBe(0);
  });

  it('lose a thread for one of them alone', async () => {
    const { gate } = gateOf({}, { faults: { exit: 'DIE' } });
    const texts = Array.from({ length: 100 }, (_, index) =>
      graph(index, index === 70 ? 'DIE' : ''),
    );
    const answers = await all(gate.validateGraphs(shapes, texts, { errors: 'yield' }));
    const expected = texts.map((_, index) => (index === 70 ? unavailable('crash') : true));
    expect(answers).toEqual(expected);
  });

  it('end what is under way when they are left, aborted or cut off by closing', async () => {
    const { gate, faults } = gateOf({}, { faults: { hang: 'HANG' } });
    const texts = [graph(1), ...Array.from({ length: 200 }, () => graph(2, 'HANG'))];
    // The first has a task of its own.
    async function* slowly() {
      for (const [index, text] of texts.entries()) {
        yield text;
        if (index === 0) await sleep(300);
      }
    }
    for await (const { conforms } of gate.validateGraphs(shapes, slowly())) {
      expect(conforms).toBe(true);
      await sleep(400);
      break;
    }
    expect(gate.pending).toBe(0);
    const stop = new AbortController();
    const reason = new Error('enough');
    const aborted = all(gate.validateGraphs(shapes, texts, { signal: stop.signal }));
    // Not while the threads are still starting: ending one then has ended the whole process once.
    setTimeout(() => stop.abort(reason), 800);
    await expect(aborted).rejects.toBe(reason);
    expect(gate.pending).toBe(0);
    await expect(all(gate.validateGraphs(shapes, texts, { signal: stop.signal }))).rejects.toBe(
      reason,
    );
    const closed = all(gate.validateGraphs(shapes, texts));
    await sleep(800);
    const [answer] = await Promise.all([closed.catch((error: unknown) => error), gate.close()]);
    expect(answer).toEqual(unavailable('closed'));
    expect(faults).toEqual([]);
  });

  it('are none of an empty source', async () => {
    const { gate } = gateOf({ threads: 0 });
    expect(await all(gate.validateGraphs(shapes, []))).toEqual([]);
  });
});

describe('what has ended', () => {
  it('leaves no listener, no timer and, once closed, no thread', async () => {
    const active = (kind: string): number =>
      process.getActiveResourcesInfo().filter((name) => name === kind).length;
    const timers = active('Timeout');
    const ports = active('MessagePort');
    const { gate } = gateOf(
      { threads: 2 },
      { faults: { exit: 'DIE', hang: 'HANG', fail: 'FAIL' } },
    );
    const { signal } = new AbortController();
    const texts = ['', 'DIE', 'FAIL', 'HANG', ''].map((words, index) => graph(index, words));
    const options = { signal, deadlineMs: 3_000 };
    const graphs = [...texts, 'oops'].map((text) => gate.validateGraph(shapes, text, options));
    const each = gate.validateEach(shapes, [flight(1)], { signal });
    const stream = all(
      gate.validateGraphs(shapes, [graph(1), 'oops'], { signal, errors: 'yield' }),
    );
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(2);
    await Promise.all([settle(graphs), each, stream]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    // The test runner's own timer may have ended meanwhile.
    expect(active('Timeout')).toBeLessThanOrEqual(timers);
    await gate.close();
    await sleep(10);
    // Threads of gates before may have ended meanwhile.
    expect(active('MessagePort')).toBeLessThanOrEqual(ports);
  });
});
