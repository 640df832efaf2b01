import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { openGate, type ShapesGate } from '../../src/shapes/gate.ts';
import { compileShapes, openShapesGate } from '../../src/shapes/index.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Flight, flight, flightShapes, prefixes, violating } from './fixtures.ts';

vi.mock('piscina', () => import('../support/threads.ts'));

const shapes = compileShapes(flightShapes);
const observations = [Flight];
const open: ShapesGate[] = [];

function gateOf(
  options: Partial<Parameters<typeof openGate>[0]>,
  internal: Parameters<typeof openGate>[1] = {},
): { gate: ShapesGate; faults: string[] } {
  const faults: string[] = [];
  const onFault = (fault: string): void => void faults.push(fault);
  const gate = openGate({ observations, onFault, ...options }, internal);
  open.push(gate);
  return { gate, faults };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((gate) => gate.close()));
});

function batch(start: number, size = 256, bad = -1, marker?: string) {
  return Array.from({ length: size }, (_, index) => {
    const change = index === bad ? { miles: 0 } : {};
    const marked = index === 0 && marker !== undefined ? { destination: marker } : {};
    return flight(start + index, { ...change, ...marked });
  });
}

const unavailable = (got: string) =>
  expect.objectContaining({
    code: 'KNHK_SHAPES_UNAVAILABLE',
    details: expect.objectContaining({ got }),
  });

describe('the pool', () => {
  it('reports exactly the one bad record of each of 20 concurrent batches', async () => {
    const { gate, faults } = gateOf({ threads: 2 });
    const batches = Array.from({ length: 20 }, (_, index) => batch(index * 256, 256, index * 7));
    const verdicts = await Promise.all(batches.map((records) => gate.validate(shapes, records)));
    expect(verdicts.map(violating)).toEqual(batches.map((_, index) => [index * 7]));
    for (const [index, records] of batches.entries()) {
      const verdict = verdicts[index]?.[index * 7];
      const focus = records[index * 7]?.subject;
      expect(verdict).toMatchObject({ conforms: false, results: [{ focus }] });
    }
    expect(faults).toEqual([]);
    expect(gate.pending).toBe(0);
  });

  it('gives the verdicts of the calling thread, byte for byte', async () => {
    const { gate } = gateOf({ threads: 1 });
    const inline = openShapesGate({ observations, threads: 0 });
    open.push(inline);
    const records = [flight(1), flight(2, { miles: -1, origin: 'x' }), flight(2, { miles: 0 })];
    const [left, right] = await Promise.all(
      [gate, inline].map((one) => one.validate(shapes, records)),
    );
    expect(JSON.stringify(left)).toBe(JSON.stringify(right));
  });

  it('serves several documents in turn, more than a thread keeps', async () => {
    const { gate } = gateOf({ threads: 2 });
    const documents = Array.from({ length: 7 }, (_, index) =>
      compileShapes(`${prefixes} ops:S sh:targetClass ops:Departure ;
        sh:property [ sh:path ops:miles ; sh:maxExclusive ${100 + index} ] .`),
    );
    const records = Array.from({ length: 7 }, (_, index) => flight(index));
    for (let round = 0; round < 3; round++) {
      const verdicts = await Promise.all(documents.map((one) => gate.validate(one, records)));
      expect(verdicts.map((one) => violating(one).length)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    }
  });
});

test('code of a declaration stays here: it was asked when the record was read', async () => {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({}) } };
  const observed = [{ ...Flight, schema }] as unknown as readonly Observation[];
  const { gate } = gateOf({ observations: observed, threads: 1, deadlineMs: 30_000 });
  expect(violating(await gate.validate(shapes, batch(0, 8, 3)))).toEqual([3]);
});

describe('a worker that is lost', () => {
  it('costs only the task that killed it, after one more try', async () => {
    const { gate, faults } = gateOf(
      { threads: 2, deadlineMs: 30_000 },
      { faults: { exit: 'DIE' } },
    );
    const tasks = Array.from({ length: 9 }, (_, index) =>
      gate.validate(shapes, batch(index * 64, 64, index, index === 4 ? 'DIE' : undefined)),
    );
    const settled = await Promise.allSettled(tasks);
    for (const [index, result] of settled.entries()) {
      if (index === 4) expect(result).toMatchObject({ reason: unavailable('crash') });
      else if (result.status === 'fulfilled') expect(violating(result.value)).toEqual([index]);
      else throw result.reason;
    }
    expect(faults).toEqual(['crash', 'crash']);
    expect(violating(await gate.validate(shapes, batch(0, 8, 3)))).toEqual([3]);
  });

  it('is not noticed where the second try succeeds', async () => {
    const flag = new SharedArrayBuffer(4);
    const exitOnce = { marker: 'DIE', flag };
    const { gate, faults } = gateOf({ threads: 1 }, { faults: { exitOnce } });
    expect(violating(await gate.validate(shapes, batch(0, 8, 3, 'DIE')))).toEqual([3]);
    expect(faults).toEqual(['crash']);
  });

  it('may have run out of memory', async () => {
    const { gate } = gateOf(
      { threads: 1, deadlineMs: 30_000, memoryMb: 32 },
      { faults: { memory: 'EAT' } },
    );
    const eaten = gate.validate(shapes, batch(0, 8, 3, 'EAT'));
    const after = gate.validate(shapes, batch(0, 8, 3));
    await expect(eaten).rejects.toEqual(unavailable('crash'));
    expect(violating(await after)).toEqual([3]);
  });

  it('may be lost again and again', async () => {
    const { gate } = gateOf({ threads: 1 }, { faults: { exit: 'DIE' } });
    for (let round = 0; round < 5; round++) {
      await expect(gate.validate(shapes, batch(0, 2, -1, 'DIE'))).rejects.toEqual(
        unavailable('crash'),
      );
      expect(violating(await gate.validate(shapes, batch(0, 2, 1)))).toEqual([1]);
    }
  });
});

describe('a deadline', () => {
  it('ends a task that runs, and its thread', async () => {
    const { gate, faults } = gateOf(
      { threads: 1, deadlineMs: 3_000 },
      { faults: { hang: 'HANG' } },
    );
    await gate.validate(shapes, batch(0, 2));
    await expect(gate.validate(shapes, batch(0, 2, -1, 'HANG'))).rejects.toEqual(
      unavailable('deadline'),
    );
    expect(faults).toEqual(['deadline']);
    // The only thread would still be busy if it had not been stopped.
    expect(violating(await gate.validate(shapes, batch(0, 8, 3)))).toEqual([3]);
  });

  it('ends a pattern that backtracks for ever', async () => {
    const evil = compileShapes(`${prefixes} ops:S sh:targetClass ops:Departure ;
      sh:property [ sh:path ops:destination ; sh:pattern "^(a+)+$" ] .`);
    const { gate } = gateOf({ threads: 1, deadlineMs: 3_000 });
    const records = [flight(1, { destination: `${'a'.repeat(60)}!` })];
    await expect(gate.validate(evil, records)).rejects.toEqual(unavailable('deadline'));
    expect(violating(await gate.validate(shapes, batch(0, 8, 3)))).toEqual([3]);
  });

  it('counts the time of waiting', async () => {
    const { gate } = gateOf({ threads: 1, deadlineMs: 800 }, { faults: { hang: 'HANG' } });
    const tasks = ['HANG', 'HANG', 'HANG'].map((marker) =>
      gate.validate(shapes, batch(0, 2, -1, marker)),
    );
    const settled = await Promise.allSettled(tasks);
    for (const result of settled) expect(result).toMatchObject({ reason: unavailable('deadline') });
    expect(gate.pending).toBe(0);
  });
});

describe('the queue', () => {
  it('refuses what exceeds it at once, and only that', async () => {
    const { gate, faults } = gateOf({ threads: 1, queueMax: 3 });
    const tasks = Array.from({ length: 6 }, (_, index) =>
      gate.validate(shapes, batch(index, 8, 3)),
    );
    expect(gate.pending).toBe(4);
    const settled = await Promise.allSettled(tasks);
    expect(settled.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 4 }, () => 'fulfilled'),
      ...Array.from({ length: 2 }, () => 'rejected'),
    ]);
    expect(settled[5]).toMatchObject({ reason: unavailable('queue') });
    expect(faults).toEqual(['queue', 'queue']);
    expect(violating(await gate.validate(shapes, batch(0, 8, 3)))).toEqual([3]);
  });
});

describe('an abort', () => {
  it('ends waiting and running tasks with its reason and spares the others', async () => {
    const { gate, faults } = gateOf({ threads: 1 }, { faults: { hang: 'HANG' } });
    await gate.validate(shapes, batch(0, 2));
    const reason = new Error('enough');
    const stop = new AbortController();
    const { signal } = stop;
    const running = gate.validate(shapes, batch(0, 2, -1, 'HANG'), { signal });
    const waiting = gate.validate(shapes, batch(0, 2), { signal });
    const other = gate.validate(shapes, batch(0, 8, 3));
    setTimeout(() => stop.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(violating(await other)).toEqual([3]);
    expect(faults).toEqual([]);
  });
});

describe('closing', () => {
  it('rejects what waits or runs, quickly, and what comes later', async () => {
    const { gate } = gateOf({ threads: 2 }, { faults: { hang: 'HANG' } });
    const tasks = ['HANG', 'HANG', 'x00'].map((marker) =>
      gate.validate(shapes, batch(0, 2, -1, marker)),
    );
    const settled = Promise.allSettled(tasks);
    await gate.close();
    for (const result of await settled)
      expect(result).toMatchObject({ reason: unavailable('closed') });
    await expect(gate.validate(shapes, batch(0, 2))).rejects.toEqual(unavailable('closed'));
    expect(gate.pending).toBe(0);
    await gate.close();
  });

  it('leaves no handle, and an idle gate that is not closed keeps no process alive', () => {
    const index = fileURLToPath(new URL('../../dist/shapes/index.js', import.meta.url));
    const script = `
      import { compileShapes, openShapesGate } from ${JSON.stringify(index)};
      const document = compileShapes(${JSON.stringify(flightShapes)});
      const [observation, record] = JSON.parse(process.argv[1]);
      const gate = openShapesGate({ observations: [observation], threads: 2 });
      const [verdict] = await gate.validate(document, [record]);
      if (process.argv[2] === 'close') await gate.close();
      console.log(JSON.stringify(verdict));
    `;
    const data = JSON.stringify([Flight, flight(1, { miles: 0 })]);
    for (const end of ['close', 'idle']) {
      const given = ['--input-type=module', '-e', script, data, end];
      const text = execFileSync(process.execPath, given, { timeout: 20_000, encoding: 'utf8' });
      expect(JSON.parse(text)).toMatchObject({ conforms: false });
    }
  });
});
