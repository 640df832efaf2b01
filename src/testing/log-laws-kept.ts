import { equalBytes, fromHex } from '../base/bytes.ts';
import { CompactRange } from '../receipts/verify/tree.ts';
import { expectCode, expectThat } from './case.ts';
import { type LogLaw, storeNamed } from './log-bench.ts';
import { storeRounds } from './log-laws-proofs.ts';

/** Laws about checkpoints that somebody outside has kept. */
export const keptLaws: Readonly<Record<string, LogLaw>> = {
  'each checkpoint signs the tree over the leaves before it': async ({ open }) => {
    const log = await open();
    const told = await storeRounds(log);
    const hashes = [...log.entries()].map(({ hash }) => fromHex(hash) as Uint8Array);
    for (const { size, root } of told) {
      const tree = new CompactRange();
      for (const hash of hashes.slice(0, size)) tree.append(hash);
      expectThat(equalBytes(tree.root(), root), `root at ${size}`, 'that of its leaves', root);
    }
  },
  'what was remembered outside refuses a shorter log and another one': async ({ open }) => {
    const log = await open();
    await storeNamed(log, 'a', 'b', 'c');
    const since = log.checkpoint as string;
    await log.close();
    const again = await open({ since });
    await storeNamed(again, 'd');
    await again.close();
    for (const names of [[], ['a', 'b'], ['a', 'c', 'b']]) {
      const name = `copy-${names.length}`;
      const other = await open({ name });
      await storeNamed(other, ...names);
      await other.close();
      const work = (): unknown => open({ name, since });
      await expectCode(`a log of ${names.join()}`, 'KNHK_LOG_ROLLBACK', work);
    }
  },
};
