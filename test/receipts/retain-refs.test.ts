import { join } from 'node:path';
import { expect, it } from 'vitest';
import { canonical } from '../../src/base/canonical.ts';
import { putBlob } from '../../src/receipts/log/blobs.ts';
import { nodeFs } from '../../src/receipts/log/index.ts';
import { reachable } from '../../src/receipts/log/retain-refs.ts';
import { temporary } from '../support/runtime.ts';

it('what comes before a snapshot or an entry of the journal is not held by it', () => {
  const directory = join(temporary(), 'data');
  nodeFs.mkdirSync(directory);
  nodeFs.mkdirSync(join(directory, 'blob'));
  const put = (kind: string, value: Parameters<typeof canonical>[0]): string =>
    putBlob(nodeFs, directory, kind, canonical(value));
  const rules = put('rules', { hooks: [] });
  const proposal = put('proposal', { change: 'so' });
  for (const [kind, past, names] of [
    ['snapshot', 'parent', { rules }],
    ['loop', 'previous', { proposal }],
  ] as const) {
    const before = put(kind, { [past]: null, of: kind });
    const last = put(kind, { [past]: before, ...names });
    const found = reachable(nodeFs, directory, [last]);
    expect(found).toEqual(new Set([last, ...Object.values(names)]));
  }
  // Of any other document everything counts that looks like a hash.
  const other = put('verdict', { previous: proposal });
  expect(reachable(nodeFs, directory, [other])).toEqual(new Set([other, proposal]));
});
