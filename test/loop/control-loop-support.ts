import { controlLoop } from '../../src/loop/control-loop.ts';
import type { ControlLoop, ControlLoopOptions } from '../../src/loop/control-loop-types.ts';
import type { Pattern, PlannedAction } from '../../src/loop/types.ts';
import { action } from '../../src/rules/actions.ts';

export interface Knowledge {
  sum: number;
}
export type Options = ControlLoopOptions<Knowledge, number>;

export const found = (kind: string, recommend: Pattern['recommend'] = 'enforce'): Pattern => ({
  ...{ detector: 'd', kind, subject: 's', confidence: 1, evidence: {}, seqs: [], recommend },
});
export const go = (target: string): PlannedAction => ({
  action: action('team.go', { target }),
  reasoning: `to ${target}`,
});

interface Written {
  readonly calls: readonly string[];
  readonly options: Options;
  readonly loop: ControlLoop<Knowledge>;
}

/** A loop that writes down every call, in order; what is given replaces parts of it. */
export function written(parts: Partial<Options> = {}): Written {
  const calls: string[] = [];
  const say = <Answer>(call: string, answer: Answer): Answer => {
    calls.push(call);
    return answer;
  };
  const options: Options = {
    knowledge: { sum: 0 },
    sensors: [
      { name: 'one', read: ({ cycle }) => say('read one', [cycle]) },
      { name: 'two', read: ({ cycle }) => say('read two', [10 * cycle, 20 * cycle]) },
    ],
    detectors: [
      {
        name: 'adds',
        observe: (reading) => say(`adds ${reading}`, undefined),
        detect: ({ knowledge, readings }) => {
          for (const reading of readings) knowledge.sum += reading;
          return say('detect adds', [found('a'), found('told', 'alert')]);
        },
      },
      { name: 'next', detect: () => say('detect next', [found('b')]) },
    ],
    planners: [
      { name: 'p', plan: ({ kind }) => say(`p ${kind}`, kind === 'a' ? go('a') : undefined) },
      { name: 'q', plan: ({ kind }) => say(`q ${kind}`, go(`q-${kind}`)) },
    ],
    govern: ({ target }) => say(`govern ${target}`, 'allow' as const),
    execute: ({ target }) => say(`execute ${target}`, undefined),
    ...parts,
  };
  return { calls, options, loop: controlLoop(options) };
}
