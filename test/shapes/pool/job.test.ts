import { expect, it, vi } from 'vitest';
import { nextTurn } from '../../../src/base/turn.ts';
import { Item } from '../../../src/shapes/pool/item.ts';
import { Job } from '../../../src/shapes/pool/job.ts';
import type { Work } from '../../../src/shapes/pool/work.ts';
import { gateOf, graph, settle, shapes } from './support.ts';

vi.mock('piscina', () => import('../../support/threads.ts'));

const work: Work = { kind: 'graphs', document: shapes, settings: {}, key: 'k' };
const items = (count: number, size: number): Item[] =>
  Array.from({ length: count }, () => new Item('x'.repeat(size), '', 0, () => {}));

it('a task that waits takes up to 64 graphs and 262,144 characters', () => {
  const many = items(70, 10);
  const job = new Job(work, many.slice(0, 60), () => {});
  expect(job.topUp(many.slice(60))).toEqual(many.slice(64));
  expect(job.topUp(many.slice(64))).toHaveLength(6);
  const large = items(4, 100_000);
  const other = new Job(work, large.slice(0, 1), () => {});
  expect(other.topUp(large.slice(1))).toEqual(large.slice(2));
  expect(other.open).toEqual(large.slice(0, 2));
});

it('a job tells how many of its items still need an answer', () => {
  const left: number[] = [];
  const [first, second] = items(2, 1) as [Item, Item];
  const job = new Job(work, [first, second], (_, count) => left.push(count));
  first.settle();
  first.fail('twice');
  expect(job.open).toEqual([second]);
  second.fail('gone');
  expect(left).toEqual([1, 0]);
});

it('graphs of many turns fill the task that waits, so that batches grow under load', async () => {
  const { gate, faults } = gateOf({ queueMax: 1 }, { faults: { delay: 'WAIT' } });
  await gate.validateGraph(shapes, graph(1));
  const all = [gate.validateGraph(shapes, graph(1, 'WAIT400'))];
  for (let turn = 0; turn < 12; turn++) {
    await nextTurn();
    for (const count of [1, 2, 3, 4, 5]) all.push(gate.validateGraph(shapes, graph(count)));
  }
  await nextTurn();
  // The one that runs, and one that waits with all others.
  expect(gate.pending).toBe(2);
  expect(await settle(all)).toEqual(all.map(() => true));
  expect(faults).toEqual([]);
});
