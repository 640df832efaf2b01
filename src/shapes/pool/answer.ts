import { describe, KnhkError } from '../../base/errors.ts';
import { unavailable } from './fault.ts';
import type { Outcome } from './item.ts';
import type { Refused } from './task.ts';

/** What was thrown, as it crosses: an error of ours as it is, anything else as the engine's. */
export function refused(error: unknown): Refused {
  const { code, details } =
    error instanceof KnhkError
      ? error
      : unavailable('engine', 'an engine that decides', describe(error));
  return { kind: 'refused', code, details };
}

/** Whether an engine could not decide. */
export function isEngineFault({ code, details }: Refused): boolean {
  return code === 'KNHK_SHAPES_UNAVAILABLE' && details.got.startsWith('engine');
}

/** The error of an outcome, or undefined where it is a verdict. `where` names the record. */
export function errorOf(outcome: Outcome, where: string): unknown {
  switch (outcome.kind) {
    case 'refused':
      return new KnhkError(outcome.code, outcome.details);
    case 'failed':
      return outcome.reason;
    case 'unreadable': {
      const { got } = outcome;
      return new KnhkError('KNHK_SHAPES_RECORD', {
        expected: 'a declared, readable record',
        got,
        where,
      });
    }
    default:
      return undefined;
  }
}
