import { catalogueOf } from '../../src/rules/catalogue.ts';
import { ContextState } from '../../src/rules/context.ts';
import type { RulesDocument } from '../../src/rules/document.ts';
import { linkSnapshot } from '../../src/rules/snapshot.ts';
import { Decider } from '../../src/runtime/decide.ts';
import { type Glance, glanceOf } from '../../src/runtime/glance.ts';
import type { Observation } from '../../src/terms/observation.ts';

type Rules = Parameters<typeof catalogueOf>[0]['rules'];

/** Three who decide: by generated code, by rows, and always from the whole reading. */
export function deciders(
  observation: Observation,
  rules: Rules,
  off: readonly string[] = [],
  change: Partial<RulesDocument> = {},
) {
  const catalogue = catalogueOf({ observations: [observation], rules, unguarded: 'allow' });
  const document = { ...catalogue.document, switches: [...off].sort(), ...change };
  const snapshot = linkSnapshot(document, catalogue, { parent: null, version: 1 });
  const plan = snapshot.plans.get(observation.type)!;
  const context = new ContextState();
  context.follow(document, catalogue.observations);
  let now = 1_000_000;
  const clock = { now: () => now, monotonic: () => now };
  const deciderOf = (glance: Glance) =>
    new Decider(observation, snapshot, glance, context, clock as never);
  const portable = glanceOf(plan, document.windows, false);
  return {
    ...{ snapshot, plan, context, document },
    generated: deciderOf(glanceOf(plan, document.windows, true)),
    portable: deciderOf(portable),
    whole: deciderOf({ ...portable, look: () => -1 }),
    setNow: (ms: number) => {
      now = ms;
    },
  };
}
