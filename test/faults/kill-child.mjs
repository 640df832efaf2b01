// Uses a log in every way, without end, and tells what it was told is durable:
//   node kill-child.mjs <directory> <seed> <call> <before | after | during>
// At that call of the file system the process kills itself; with call 0 somebody else has to.
import process from 'node:process';
import { nodeFs } from '../../dist/receipts/log/index.js';
import { bodyOf, firstProblem, generator, open, payloadOf, sha256, tell } from './log-support.mjs';

const [directory, seedText, callText, when] = process.argv.slice(2);
const random = generator(Number(seedText));
const killAt = Number(callText);

let calls = 0;
const die = () => process.kill(process.pid, 'SIGKILL');

/** File operations of which one is the last. */
const fs = Object.fromEntries(
  Object.entries(nodeFs).map(([name, work]) => [
    name,
    (...args) => {
      calls++;
      if (calls !== killAt) return work(...args);
      if (when === 'before') die();
      const done = args.at(-1);
      if (when === 'after' && typeof done === 'function') args[args.length - 1] = die;
      const result = work(...args);
      // An operation without an answer of its own is over now; one with an answer is under way.
      if (when === 'during' || typeof done !== 'function') die();
      return result;
    },
  ]),
);

// As POSIX allows, a write may take only a part: so a kill between two leaves a torn frame.
const { writeSync } = fs;
fs.writeSync = (fd, bytes, offset, length, at) =>
  writeSync(fd, bytes, offset, Math.min(length, 1 + random(1_500)), at);

let log;
const reopen = async () => {
  log = await open(directory, { fs });
  const problem = firstProblem(log);
  if (problem !== undefined) {
    tell('problem', problem);
    process.exit(1);
  }
  tell('opened', log.size, log.recovery.trimmedBytes);
};

const appendSome = async () => {
  const count = 1 + random(8);
  const appended = [];
  for (let index = 0; index < count; index++) {
    const body = bodyOf(`${log.size} ${random(1_000_000)}`);
    appended.push(log.append(body, log.tick(), payloadOf(body)));
  }
  for (const { seq, hash, durable } of appended) {
    durable.then(() => tell('leaf', seq, hash));
  }
  await log.flush();
};

await reopen();
for (;;) {
  const choice = random(20);
  if (choice === 0) {
    await log.close();
    await reopen();
  } else if (choice <= 2) {
    tell('blob', log.putBlob('test', `{"text":"${sha256(String(random(12)))}"}`));
  } else if (choice === 3) {
    await log.saveSavepoint(`state ${log.size}`);
    tell('savepoint', log.size);
  } else {
    await appendSome();
  }
}
