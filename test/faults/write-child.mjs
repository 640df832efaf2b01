// Writes leaves until something fails, or so many: node write-child.mjs <directory> <leaves> [free]
// Tells each leaf that it was told is durable, how it ended, and what it finds when it opens again;
// before that the file `free` is removed, to make room.
import fs from 'node:fs';
import process from 'node:process';
import { bodyOf, firstProblem, open, payloadOf, tell } from './log-support.mjs';

const [directory, count, ballast] = process.argv.slice(2);

async function write(log) {
  try {
    for (let index = 0; index < Number(count); index++) {
      const body = bodyOf(`${process.pid} ${log.size}`);
      const { seq, hash, durable } = log.append(body, log.tick(), payloadOf(body));
      await durable;
      tell('leaf', seq, hash);
    }
    tell('written', log.lastTime);
  } catch (error) {
    tell('failed', error.code, log.failure?.code);
    try {
      const body = bodyOf('later');
      log.append(body, log.tick());
      tell('taken');
    } catch (later) {
      tell('then', later.code);
    }
  } finally {
    await log.close().catch((error) => tell('close', error.code));
  }
}

async function opened() {
  try {
    return await open(directory);
  } catch (error) {
    tell('refused', error.code);
    return undefined;
  }
}

const log = await opened();
if (log !== undefined) await write(log);
if (ballast !== undefined) fs.rmSync(ballast);
const again = await opened();
if (again !== undefined) {
  tell('again', again.size, firstProblem(again) ?? 'fine');
  const body = bodyOf('last');
  await again.append(body, again.tick(), payloadOf(body)).durable.then(
    () => tell('last', again.durableSize),
    (error) => tell('last', error.code),
  );
  await again.close().catch((error) => tell('close', error.code));
}
