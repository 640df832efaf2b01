import { expect, test, vi } from 'vitest';
import { compileShapes } from '../../src/shapes/index.ts';
import type { Task } from '../../src/shapes/pool/task.ts';
import { Flight, flight, flightShapes } from './fixtures.ts';

/** What the pool would hand to a thread. */
const given = vi.hoisted(() => ({ workerData: {} as Record<string, unknown> }));
vi.mock('node:worker_threads', () => given);

const shapes = compileShapes(flightShapes);

function taskOf(records: readonly { readonly record: string; readonly subject: string }[]): Task {
  return {
    kind: 'records',
    shapes: shapes.hash,
    local: shapes.local,
    texts: records.map(({ record }) => record),
    subjects: records.map(({ subject }) => subject),
    settings: {},
    slot: 1,
    budgetMs: 1_000,
  };
}

test('a thread keeps the shapes that it asked for, and suffers the faults given', async () => {
  const places = new Int32Array(2);
  given.workerData = { observations: [Flight], engine: 'knhk', places, faults: { exit: 'DIE' } };
  const { validate } = await import('../../src/shapes/worker.ts');
  const task = taskOf([flight(1), flight(2, { miles: 0 })]);
  const results = [expect.objectContaining({ path: expect.any(String) })];
  const done = { kind: 'done', upTo: 2, found: [[1, { kind: 'results', results }]] };
  expect(await validate(task)).toEqual({ kind: 'need' });
  // It would have ended at the shapes.
  expect([...places]).toEqual([0, -1]);
  expect(await validate({ ...task, document: shapes.text })).toEqual(done);
  expect(await validate(task)).toEqual(done);
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('gone');
  });
  expect(await validate(taskOf([flight(1), flight(3, { destination: 'DIE' })]))).toMatchObject({
    kind: 'refused',
    details: { got: 'engine: an error (gone)' },
  });
  expect(exit).toHaveBeenCalledWith(9);
  expect([...places]).toEqual([0, 2]);
  exit.mockRestore();
});

test('a thread without faults never looks for them', async () => {
  vi.resetModules();
  const places = new Int32Array(2);
  given.workerData = { observations: [Flight], engine: 'reference', places };
  const { validate } = await import('../../src/shapes/worker.ts');
  const answer = await validate({
    ...taskOf([flight(3, { destination: 'DIE' })]),
    document: shapes.text,
  });
  expect(answer).toEqual({ kind: 'done', upTo: 1, found: [] });
});
