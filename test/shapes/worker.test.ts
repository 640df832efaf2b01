import { expect, test, vi } from 'vitest';
import { compileShapes } from '../../src/shapes/index.ts';
import { Flight, flight, flightShapes } from './fixtures.ts';

/** What the pool would hand to a thread. */
const given = vi.hoisted(() => ({ workerData: {} as Record<string, unknown> }));
vi.mock('node:worker_threads', () => given);

test('a thread keeps the shapes that it asked for, and suffers the faults given', async () => {
  given.workerData = { observations: [Flight], faults: { exit: 'DIE' } };
  const { validate } = await import('../../src/shapes/worker.ts');
  const shapes = compileShapes(flightShapes);
  const records = [flight(1), flight(2, { miles: 0 })];
  const task = {
    shapes: shapes.hash,
    local: shapes.local,
    records: `[${records.map(({ record }) => record).join()}]`,
    subjects: records.map(({ subject }) => subject),
  };
  const violations = [
    { index: 1, results: [expect.objectContaining({ path: expect.any(String) })] },
  ];
  expect(await validate(task)).toEqual({ kind: 'need' });
  expect(await validate({ ...task, text: shapes.text })).toEqual({ kind: 'done', violations });
  expect(await validate(task)).toEqual({ kind: 'done', violations });
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('gone');
  });
  const { record, subject } = flight(3, { destination: 'DIE' });
  const deadly = { ...task, records: `[${record}]`, subjects: [subject] };
  expect(() => validate(deadly)).toThrow('gone');
  expect(exit).toHaveBeenCalledWith(9);
  exit.mockRestore();
});

test('a thread without faults never looks for them', async () => {
  vi.resetModules();
  given.workerData = { observations: [Flight] };
  const { validate } = await import('../../src/shapes/worker.ts');
  const shapes = compileShapes(flightShapes);
  const { record, subject } = flight(3, { destination: 'DIE' });
  const task = { shapes: shapes.hash, local: shapes.local, subjects: [subject] };
  const answer = await validate({ ...task, records: `[${record}]`, text: shapes.text });
  expect(answer).toEqual({ kind: 'done', violations: [] });
});
