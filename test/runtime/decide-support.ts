import { catalogueOf } from '../../src/rules/catalogue.ts';
import { ContextState } from '../../src/rules/context.ts';
import type { RulesDocument } from '../../src/rules/document.ts';
import type { SigmaRoute } from '../../src/rules/sigma.ts';
import { linkSnapshot } from '../../src/rules/snapshot.ts';
import { Decider } from '../../src/runtime/decide.ts';
import { type Glance, glanceOf } from '../../src/runtime/glance.ts';
import { type SigmaGlance, sigmaOf } from '../../src/runtime/sigma-look.ts';
import type { Observation } from '../../src/terms/observation.ts';

type Rules = Parameters<typeof catalogueOf>[0]['rules'];

/**
 * Three who decide: by generated code, by rows, and always from the whole reading.
 *
 * @param route where the type's records are validated; undefined without shapes
 */
export function deciders(
  observation: Observation,
  rules: Rules,
  off: readonly string[] = [],
  change: Partial<RulesDocument> = {},
  route?: SigmaRoute,
) {
  const catalogue = catalogueOf({ observations: [observation], rules, unguarded: 'allow' });
  const document = { ...catalogue.document, switches: [...off].sort(), ...change };
  const snapshot = linkSnapshot(document, catalogue, { parent: null, version: 1 });
  const plan = snapshot.plans.get(observation.type)!;
  const context = new ContextState();
  context.follow(document, catalogue.observations);
  let now = 1_000_000;
  const clock = { now: () => now, monotonic: () => now };
  const deciderOf = (glance: Glance, shapes: SigmaGlance) =>
    new Decider(observation, snapshot, glance, shapes, context, clock as never);
  const byRows = sigmaOf(route, observation, false);
  const portable = glanceOf(plan, document.windows, false);
  return {
    ...{ snapshot, plan, context, document },
    generated: deciderOf(glanceOf(plan, document.windows, true), sigmaOf(route, observation, true)),
    portable: deciderOf(portable, byRows),
    whole: deciderOf({ ...portable, look: () => -1 }, { ...byRows, look: undefined }),
    setNow: (ms: number) => {
      now = ms;
    },
  };
}
