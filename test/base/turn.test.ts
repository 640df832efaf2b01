import { expect, test } from 'vitest';
import { nextTurn } from '../../src/base/turn.ts';

test('what waits in the event loop is done first', async () => {
  const done: string[] = [];
  setImmediate(() => done.push('immediate'));
  void Promise.resolve().then(() => done.push('promise'));
  await nextTurn();
  expect(done).toEqual(['promise', 'immediate']);
});
