import { parentPort, workerData } from 'node:worker_threads';
import { type Keyring, trustKeys } from '../verify/keyring.ts';
import { nodeFs } from './fs.ts';
import type { SegmentAnswer, SegmentTask } from './verify-pool.ts';
import { readSegment } from './verify-segment.ts';

// One thread of verifyLog: it reads whole segments, one for each message.
const trusted = trustKeys(workerData as Keyring);

parentPort?.on('message', ({ first, path }: SegmentTask) => {
  const read = readSegment(nodeFs, path, first, trusted);
  const answer: SegmentAnswer = { first, ...(read === undefined ? {} : { read }) };
  parentPort?.postMessage(answer, read === undefined ? [] : [read.hashes.buffer as ArrayBuffer]);
});
