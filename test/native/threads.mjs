import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { addon, engines } from './load.mjs';
import { guardedPass, judge, passes } from './pass.mjs';

/**
 * Each of two threads loads the addon and judges passes of its own; the second one is ended while
 * its functions are bound. The main thread goes on afterwards.
 */

function judgeAll() {
  const wrong = [];
  const memory = guardedPass(32);
  const runs = engines.map((engine) => addon.bind(memory, 32, engine));
  let compared = 0;
  for (const pass of passes(memory, 32)) {
    for (const run of runs) {
      const problem = judge(memory, 32, run);
      if (problem !== undefined) wrong.push(`${pass}: ${problem}`);
      compared++;
    }
  }
  return { compared, wrong, runs };
}

const textOf = ({ compared, wrong }) => ({ compared, wrong });

if (isMainThread) {
  const workers = [0, 1].map(
    () => new Worker(fileURLToPath(import.meta.url), { argv: [process.argv[2]] }),
  );
  const answers = workers.map(
    (worker) =>
      new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)),
  );
  const threads = [judgeAll(), ...(await Promise.all(answers))].map(textOf);
  await Promise.all(workers.map((worker) => worker.terminate()));
  const again = textOf(judgeAll());
  console.log(JSON.stringify({ threads, again }));
} else {
  const answer = judgeAll();
  // Keeps the functions, and the thread, until it is ended from outside.
  setInterval(() => answer.runs.length, 1000);
  parentPort.postMessage(textOf(answer));
}
