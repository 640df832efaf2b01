import { types } from 'node:util';

const ignore = (): void => {};

/**
 * Takes the rejection of a promise that was given as an answer: the answer is refused anyway, and
 * a rejection that nobody hears would end the host's process.
 */
export function disarm(answer: unknown): void {
  if (!types.isPromise(answer)) return;
  try {
    Promise.prototype.then.call(answer, ignore, ignore);
  } catch {
    // A promise of a foreign class may refuse; then it is its class's affair.
  }
}
