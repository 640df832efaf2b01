import { Worker } from 'node:worker_threads';
import { addon, engines } from './load.mjs';
import { guardedPass, numbers } from './pass.mjs';

/**
 * Garbage in every byte of a pass, the count included, while another thread writes more of it.
 * The passes end where their memory ends, so a step beyond them ends the process; the bytes before
 * them are watched. Prints how many runs there were.
 */

const scribble = `
const { workerData } = require('node:worker_threads');
const words = workerData.map(({ buffer, byteOffset, byteLength }) =>
  new Uint32Array(buffer, byteOffset, byteLength >> 2));
let state = 1;
for (;;) for (const target of words) for (let i = 0; i < 4096; i++) {
  state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
  target[i % 8 === 0 ? i % 64 : (state >>> 0) % target.length] = state;
}`;

const widths = [8, 32, 64];
const targets = widths.map(guardedPass);
const next = numbers(7);
for (const memory of targets) {
  for (let i = 0; i < memory.length; i++) memory[i] = next();
}
const before = targets.map(({ buffer, byteOffset }) => new Uint8Array(buffer, 0, byteOffset));
for (const bytes of before) bytes.fill(0x5a);

const worker = new Worker(scribble, { eval: true, workerData: targets });
await new Promise((resolve) => worker.once('online', resolve));
const runs = engines.flatMap((engine) =>
  targets.map((memory, index) => addon.bind(memory, widths[index], engine)),
);
let count = 0;
for (let round = 0; round < 300; round++) {
  for (const run of runs) {
    run();
    count++;
  }
}
await worker.terminate();
const untouched = before.every((bytes) => bytes.every((byte) => byte === 0x5a));
console.log(JSON.stringify({ count, untouched }));
