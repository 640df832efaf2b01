import { parentPort } from 'node:worker_threads';
import { nodeFs } from './fs.ts';
import { type SealJob, sealSegment } from './sealing.ts';

// The thread of one log's sealing: it takes a segment at a time, and ends with what stops it.
parentPort?.on('message', (job: SealJob) => {
  const steps = sealSegment(nodeFs, job);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  parentPort?.postMessage(step.value);
});
