import { compileProgram } from '../kernel/program.ts';
import type { SigmaRoute } from '../rules/sigma.ts';
import type { TypePlan } from '../rules/snapshot.ts';
import type { RuntimeCore } from './core.ts';
import { Streams } from './observe.ts';
import type { Counted } from './observe-stream.ts';
import { ringOf } from './ring.ts';

/** The streams of a runtime. */
export function openStreams(core: RuntimeCore, counted: (event: Counted) => void): Streams {
  const { parts, context, tally, admittance, pipeline } = core;
  const { log, clock, catalogue, streaming, restored } = parts;
  return new Streams(
    {
      ...{ log, context, clock, tally, admittance, pipeline, counted },
      snapshot: () => core.current.snapshot,
      plan: (observation) => core.plan(observation),
      ring: (plan) => {
        const { windows } = core.current.snapshot.document;
        const { engine, ticks, generate } = parts.kernel;
        const shaped = withShapes(plan, core.routing.of(plan.observation));
        return ringOf({ plan: shaped, windows, context, generate, engine, ticks });
      },
      refuses: (observation, data) => core.routing.refuses(observation, data),
      accepted: (observation, count) => core.routing.countIdle(observation, count),
      refusal: () => core.refusal(),
      isClosing: () => core.closing,
    },
    streaming,
    restored.streams,
    catalogue.observations.values(),
  );
}

/** A plan in whose program lanes of shapes fire too: what violates takes the way of what fires. */
function withShapes(plan: TypePlan, route: SigmaRoute | undefined): TypePlan {
  if (route?.kind !== 'hot' || route.lanes.length === 0) return plan;
  const lanes = [...plan.lanes, ...route.lanes];
  return { ...plan, lanes, program: compileProgram(lanes, plan.program) };
}
