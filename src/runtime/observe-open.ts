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
        return ringOf({ plan, windows, context, generate, engine, ticks });
      },
      refusal: () => core.refusal(),
      isClosing: () => core.closing,
    },
    streaming,
    restored.streams,
    catalogue.observations.values(),
  );
}
