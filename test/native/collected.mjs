import { setImmediate as turn } from 'node:timers/promises';
import { addon } from './load.mjs';
import { judge, layoutOf } from './pass.mjs';

/**
 * Bound functions that are dropped let go of their memory; one that is kept holds on to it. Needs
 * --expose-gc. The process ends with a bound function still there.
 */

const views = [];
const kept = [];

function bindOne(isKept) {
  const view = new Uint8Array(new SharedArrayBuffer(layoutOf(8).end));
  const run = addon.bind(view, 8, 1);
  run();
  views.push(new WeakRef(view));
  if (isKept) kept.push(run);
}

for (let i = 0; i < 2000; i++) bindOne(i % 500 === 0);
for (let i = 0; i < 20; i++) {
  globalThis.gc();
  await turn();
}
const alive = views.filter((view) => view.deref() !== undefined);
for (const run of kept) run();
// The memory of a function that is kept is still what it evaluates.
const problems = kept.map((run, index) => judge(views[index * 500].deref(), 8, run));
console.log(JSON.stringify({ alive: alive.length, kept: kept.length, problems }));
