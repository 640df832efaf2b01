import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atShapes, takeApart, unknownPlace } from '../../../src/shapes/pool/split.ts';

describe('what a thread died of', () => {
  it('is the item that it was at, and comes last', () => {
    expect(takeApart(['a', 'b', 'c'], 2)).toEqual({ next: ['a', 'c'], last: [['b']] });
    expect(takeApart(['a', 'b'], 1)).toEqual({ next: ['b'], last: [['a']] });
  });

  it('is in one of two halves where nobody knows', () => {
    const halves = { next: [], last: [['a'], ['b', 'c']] };
    expect(takeApart(['a', 'b', 'c'], unknownPlace)).toEqual(halves);
    // A place that no item has says nothing.
    expect(takeApart(['a', 'b', 'c'], 4)).toEqual(halves);
  });

  it('stays together where it is one, or where the shapes were at work', () => {
    expect(takeApart(['a'], 1)).toEqual({ next: ['a'], last: [] });
    expect(takeApart(['a', 'b'], atShapes)).toEqual({ next: ['a', 'b'], last: [] });
  });

  it('is found, whatever threads say of their place, and costs the others nothing', () => {
    const run = fc.record({
      size: fc.integer({ min: 1, max: 64 }),
      guilty: fc.uniqueArray(fc.nat(63), { maxLength: 4 }),
      // 0 says nothing, others say where it was, or something wrong.
      told: fc.infiniteStream(fc.constantFrom('nothing', 'right', 'wrong')),
    });
    fc.assert(
      fc.property(run, ({ size, guilty, told }) => {
        const items = Array.from({ length: size }, (_, index) => index);
        const answered: number[] = [];
        const alone: number[] = [];
        const queue: (readonly number[])[] = [items];
        for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
          const at = task.findIndex((item) => guilty.includes(item));
          if (at < 0) answered.push(...task);
          else if (task.length === 1) alone.push(...task);
          else {
            const how = told.next().value;
            const place = how === 'right' ? at + 1 : how === 'wrong' ? 1 : unknownPlace;
            const { next, last } = takeApart(task, place);
            expect([...next, ...last.flat()].sort()).toEqual([...task].sort());
            if (next.length > 0) queue.unshift(next);
            queue.push(...last);
          }
        }
        expect(alone.sort()).toEqual(guilty.filter((item) => item < size).sort());
        expect(answered).toHaveLength(size - alone.length);
      }),
    );
  });
});
