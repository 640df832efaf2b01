import { canonical } from '../base/canonical.ts';
import { action } from '../rules/actions.ts';
import { defineHook, type Hook } from '../rules/hooks.ts';
import { integer, iri, string } from '../terms/fields.ts';
import { defineObservation, type Observation } from '../terms/observation.ts';
import type { LoopCore } from './core.ts';
import { problemOf } from './problems.ts';
import type { PlannedAction } from './types.ts';

const declared = defineObservation('loop.action', {
  class: 'urn:knhk:loop#Action',
  subject: 'planned',
  fields: {
    planned: iri(),
    cycle: integer(),
    action: string(),
    target: string(),
    data: string(),
    reasoning: string(),
  },
});

/**
 * An action that a planner of the loop wants taken. Declare it and {@link loopActions} with the
 * host's own: planned actions are then observations like any other, so that guards decide whether
 * they leave and receipts say so.
 *
 * @example
 * [LoopAction.type, loopActions.name]; // => ['loop.action', 'loop-actions']
 */
export const LoopAction: Observation = declared as unknown as Observation;

/**
 * The hook that proposes what planners want; see {@link LoopAction}.
 *
 * @example
 * loopActions.on; // => 'loop.action'
 */
export const loopActions: Hook = defineHook({
  name: 'loop-actions',
  version: '1',
  on: declared,
  when: [],
  run: ({ data }) => [action(data.action, { ...JSON.parse(data.data), target: data.target })],
});

/**
 * Hands planned actions to the runtime, one observation each, in order; a cycle that is taken again
 * after a crash hands over the same ids. Guards decide about them behind whatever is in line.
 */
export function carryOut(core: LoopCore, cycle: number, actions: readonly PlannedAction[]): void {
  const { runtime } = core.options;
  const declaration = core.control.catalogue.observations.get(LoopAction.type);
  if (declaration?.hash !== LoopAction.hash && actions.length > 0) {
    core.state.trouble(problemOf('execute', new Error('LoopAction is not among observations')));
    return;
  }
  for (const [index, one] of actions.entries()) {
    const { type, target, data } = one.action;
    const planned = `urn:knhk:loop:cycle:${cycle}:action:${index}`;
    const text = canonical(data, 'planned action');
    const input = { planned, cycle, action: type, target, data: text, reasoning: one.reasoning };
    // Not awaited: a cycle that sequencing waits for would wait for itself.
    runtime
      .apply(declared, input, { id: planned })
      .then((outcome) => {
        if (outcome.outcome === 'invalid' || outcome.outcome === 'failed') {
          const message = `planned action ${type} of cycle ${cycle}: ${outcome.outcome}`;
          core.state.trouble(problemOf('execute', new Error(message)));
        }
        core.options.onAction?.(one, outcome);
      })
      .catch((error: unknown) => core.state.trouble(problemOf('execute', error)));
  }
}
