import { importInternal } from '../packages.ts';
import { appendLeaves, type LogModule, origin } from './leaves.ts';

// One step over a large log, in a process of its own; its last line is JSON.
const [what, directory, argument] = process.argv.slice(2) as [string, string, string];
const module = (await importInternal<LogModule>('receipts/log/index.js')) as LogModule;
const { openLog, nodeSigner, verifyLog } = module;
const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(7) });
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

const rss = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};
const say = (said: object): void => console.log(JSON.stringify(said));

/** Bytes of an open-addressing table of 12 bytes a slot, three quarters full at most. */
function tableBytes(count: number): number {
  let slots = 1_024;
  while (4 * count > 3 * slots) slots *= 2;
  return 12 * slots;
}

async function write(leaves: number): Promise<void> {
  const log = await openLog({ directory, origin, signer });
  const tenths: number[] = [];
  const start = performance.now();
  for (let part = 1; part <= 10; part++) {
    await appendLeaves(log, log.size, Math.floor((leaves * part) / 10));
    tenths.push(rss());
  }
  const rate = (leaves / (performance.now() - start)) * 1_000;
  const [tenth] = tenths;
  const ids = { ids: tableBytes(leaves), idsTenth: tableBytes(leaves / 10) };
  await log.seal();
  await log.close();
  say({ rate, tenth, rss: tenths.at(-1), ...ids });
}

async function open(end: string): Promise<void> {
  const start = performance.now();
  const log = await openLog({ directory, origin, signer });
  const ms = performance.now() - start;
  if (end === 'close') {
    await log.close();
    say({ ms });
    return;
  }
  // A write, so that the state saved at the last close is no longer that of the log.
  await appendLeaves(log, log.size, log.size + 20_000);
  say({ ms });
  process.kill(process.pid, 'SIGKILL');
}

async function verify(): Promise<void> {
  let tenth = 0;
  let most = 0;
  const start = performance.now();
  const report = await verifyLog(directory, keyring, {
    onProgress: ({ bytes, totalBytes }: { bytes: number; totalBytes: number }) => {
      const now = process.memoryUsage.rss();
      if (bytes <= totalBytes / 10) tenth = Math.max(tenth, now);
      else most = Math.max(most, now);
    },
  });
  if (!report.ok) throw new Error('the log does not verify');
  const rate = (report.verified_count / (performance.now() - start)) * 1_000;
  say({ rate, tenth, rss: most });
}

if (what === 'write') await write(Number(argument));
else if (what === 'open') await open(argument);
else await verify();
