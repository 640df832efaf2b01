import { KnhkError } from '../../base/errors.ts';

/**
 * Why something got no answer: the queue was full, its deadline passed, threads died of it, the
 * gate was closed, the engine could not decide. `got` of KNHK_SHAPES_UNAVAILABLE begins with it.
 */
export type ShapesFault = 'queue' | 'deadline' | 'crash' | 'closed' | 'engine';

/** The error of a fault: nothing was decided. */
export function unavailable(fault: ShapesFault, expected: string, detail = ''): KnhkError {
  const got = detail === '' ? fault : `${fault}: ${detail}`;
  return new KnhkError('KNHK_SHAPES_UNAVAILABLE', { expected, got, where: 'shapes gate' });
}
