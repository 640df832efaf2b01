import { chooseEngine, type Engine } from '../kernel/engine.ts';
import { TickMeter } from '../kernel/ticks.ts';
import type { RuntimeCore } from './core.ts';
import { Streams } from './observe.ts';
import type { Counted } from './observe-stream.ts';
import { ringOf } from './ring.ts';

/** The streams of a runtime. */
export function openStreams(core: RuntimeCore, counted: (event: Counted) => void): Streams {
  const { parts, context, tally, admittance, pipeline } = core;
  const { log, clock, catalogue, streaming, restored } = parts;
  // Loaded by the first stream: who only applies needs no kernel.
  let kernel: { readonly engine: Engine; readonly ticks: TickMeter } | undefined;
  const kernelOf = (): { readonly engine: Engine; readonly ticks: TickMeter } => {
    const engine = chooseEngine();
    return { engine, ticks: new TickMeter(engine) };
  };
  return new Streams(
    {
      ...{ log, context, clock, tally, admittance, pipeline, counted },
      snapshot: () => core.current.snapshot,
      plan: (observation) => core.plan(observation),
      ring: (plan) => {
        kernel ??= kernelOf();
        const { windows } = core.current.snapshot.document;
        return ringOf({ plan, windows, context, generate: true, ...kernel });
      },
      refusal: () => core.refusal(),
      isClosing: () => core.closing,
    },
    streaming,
    restored.streams,
    catalogue.observations.values(),
  );
}
