import { parentPort, workerData } from 'node:worker_threads';
import { nodeFs } from './fs.ts';
import { type SealJob, sealSegment } from './sealing.ts';

// The thread of one segment: it ends when the segment is split, or with the error that stopped it.
const steps = sealSegment(nodeFs, workerData as SealJob);
let step = steps.next();
while (step.done !== true) step = steps.next();
parentPort?.postMessage(step.value);
