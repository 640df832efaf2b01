// One of several processes that use the same log at once: node hammer-child.mjs <directory> <role>
// `write` appends without end, with rotations, documents, savepoints and reopenings; `read` verifies
// without end and tells what it saw.
import process from 'node:process';
import { nodeSigner, verifyLog } from '../../dist/receipts/log/index.js';
import { bodyOf, firstProblem, generator, open, payloadOf, tell } from './log-support.mjs';

const [directory, role, seed] = process.argv.slice(2);
const random = generator(Number(seed));
const origin = 'example.com/faults';
const { vkey } = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(7) });
const keyring = { origin, keys: [{ vkey, from: 0 }] };

async function write() {
  for (;;) {
    const log = await open(directory, { segmentBytes: 20_000 });
    const problem = firstProblem(log);
    if (problem !== undefined) throw new Error(problem);
    for (let burst = 0; burst < 40; burst++) {
      const count = 1 + random(300);
      for (let index = 0; index < count; index++) {
        const body = bodyOf(`${process.pid} ${log.size}`);
        log.append(body, log.tick(), payloadOf(body));
      }
      await log.flush();
      if (burst % 8 === 0) await log.saveSavepoint(`state ${log.size}`);
      tell('durable', log.durableSize);
    }
    await log.close();
  }
}

async function read() {
  let since;
  let state;
  for (let round = 0; ; round++) {
    // Every second time from where the last one ended.
    const resume = round % 2 === 1 && state !== undefined ? { resume: state } : {};
    const report = await verifyLog(directory, keyring, { ...(since ? { since } : {}), ...resume });
    const fresh = report.findings.filter(({ kind }) => kind !== 'empty');
    tell('seen', report.verified_count, report.total_count, fresh.length);
    for (const { seq, kind, message } of fresh) tell('finding', seq, kind, message);
    since = report.checkpoint ?? since;
    state = report.state ?? state;
  }
}

await (role === 'write' ? write() : read());
