// Opens a log as one of several that want it, says how that went, and keeps what it got:
//   node hold-child.mjs <directory> [wait]
// With `wait` it opens when a line comes in, so that many can be let go at once. It appends a leaf
// with its own name, and closes when its input ends.
import process from 'node:process';
import { bodyOf, open, payloadOf, tell } from './log-support.mjs';

const [directory, wait] = process.argv.slice(2);

const line = () => new Promise((done) => process.stdin.once('data', done));
const ended = new Promise((done) => process.stdin.once('end', done));

if (wait !== undefined) {
  tell('ready');
  await line();
}
process.stdin.resume();
try {
  const log = await open(directory);
  const body = bodyOf(process.pid);
  await log.append(body, log.tick(), payloadOf(body)).durable;
  tell('got', log.durableSize);
  await ended;
  await log.close();
} catch (error) {
  tell('refused', error.code);
}
