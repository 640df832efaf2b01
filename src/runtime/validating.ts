import { KnhkError } from '../base/errors.ts';
import type { ShapesVerdict } from '../shapes/gate.ts';
import type { RuntimeCore } from './core.ts';
import type { QueueEntry } from './pipeline.ts';
import type { SigmaQueue } from './sigma.ts';

const conforms: ShapesVerdict = Object.freeze({ conforms: true });

/**
 * Finds the verdict on an observation in line: at once where rows accept it; else the engine is
 * asked, for its verdict or its report.
 */
export function validateOn(core: RuntimeCore, queue: SigmaQueue, entry: QueueEntry): void {
  const { observation, data, record, trace } = entry.admitted;
  if (core.routing.accepts(observation, data)) {
    entry.shapes = core.snapshot.document.shapes;
    entry.verdict = conforms;
    return;
  }
  queue.push({
    declaration: observation.hash,
    record,
    subject: data[observation.subject] as string,
    trace,
    settle: (shapes, verdict) => {
      entry.shapes = shapes;
      entry.verdict = verdict;
      if (verdict instanceof KnhkError) core.health.raise('shapes-unavailable', verdict.message);
      else core.health.clear('shapes-unavailable');
      core.pipeline.pump();
    },
  });
}
