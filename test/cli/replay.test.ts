import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { editPayloads, flip, framesOf, segmentOf } from '../runtime/replay-support.ts';
import { temporary } from '../support/runtime.ts';
import { jsonLines, knhk, type Ran, spawned } from './support.ts';

const library = new URL('../../dist/index.js', import.meta.url).href;

// Written as text: a hook without a version is known by its source, which the test runner's own
// transformation would change.
const rulesText = (factor: number, version = ''): string => `
  import { action, defineHook, defineObservation, defineWindow, gte, integer, iri, string }
    from ${JSON.stringify(library)};
  export const Sale = defineObservation('sale.made', {
    class: 'https://example.com/test#Sale', subject: 'sale',
    fields: { sale: iri(), shop: string(), amount: integer() },
  });
  const sales = defineWindow({ name: 'sales', on: Sale, key: 'shop', perMs: 60_000, count: true });
  const big = defineHook({ name: 'big', ${version} on: Sale, when: [gte('amount', 3)],
    run: ({ data, context: { windows } }) => data.amount < 6 ? [] :
      [action('call', { target: data.shop, n: windows.sales, sum: data.amount * ${factor} })],
  });
  export const catalogue = { observations: [Sale], rules: [sales, big], unguarded: 'allow' };
`;

const writerText = `
  import { openRuntime } from ${JSON.stringify(library)};
  import { catalogue, Sale } from './rules.mjs';
  const data = process.argv[2];
  const knhk = await openRuntime({ origin: 'example.com/fresh', data, ...catalogue });
  const sales = Array.from({ length: 10 }, (_, amount) =>
    ({ sale: 'https://example.com/sale/' + amount, shop: 'mill', amount }));
  for await (const _ of knhk.applyAll(Sale, sales));
  await knhk.close();
`;

let folder: string;
let data: string;

function write(version?: string): void {
  writeFileSync(join(folder, 'rules.mjs'), rulesText(2, version));
  writeFileSync(join(folder, 'write.mjs'), writerText);
  expect(spawned([data], join(folder, 'write.mjs'))).toMatchObject({ code: 0, err: '' });
}

function replay(module: string, ...more: string[]): Ran {
  const rules = join(folder, module);
  return spawned(['receipts', 'replay', '--data', data, '--rules', rules, '--json', ...more]);
}

beforeEach(() => {
  folder = temporary();
  data = join(folder, 'data');
});

describe('a fresh process, from the directory and the catalogue alone', () => {
  test('recomputes every hash', () => {
    write();
    const { code, out, err } = replay('rules.mjs');
    expect([code, err]).toEqual([0, '']);
    expect(jsonLines(out)[0]).toMatchObject({ ok: true, total: 10, same: 10, findings: [] });
  });

  test('edited code without a version is unavailable where it ran', () => {
    write();
    writeFileSync(join(folder, 'edited.mjs'), rulesText(3));
    const { code, out } = replay('edited.mjs');
    expect(code).toBe(0);
    expect(jsonLines(out)[0]).toMatchObject({
      same: 3,
      different: 0,
      unavailable: { code: 7, payload: 0, erased: 0 },
    });
  });

  test('edited code under the same version is different where an output changed', () => {
    write(`version: '1',`);
    writeFileSync(join(folder, 'edited.mjs'), rulesText(3, `version: '1',`));
    const { code, out } = replay('edited.mjs');
    expect(code).toBe(1);
    expect(jsonLines(out)[0]).toMatchObject({ same: 6, different: 4 });
  });

  test('nothing that is the same is exit code 1', () => {
    write();
    const { code, out } = replay('rules.mjs', '--from', '11');
    expect([code, jsonLines(out)[0]]).toMatchObject([1, { total: 0, same: 0 }]);
  });
});

describe('the report', () => {
  test('names seq, member and both sides of each difference', async () => {
    write();
    editPayloads(data, (content, seq) =>
      seq === 9 ? Buffer.from(content.toString().replace('"amount":8', '"amount":9')) : content,
    );
    const rules = join(folder, 'rules.mjs');
    const words = ['receipts', 'replay', '--data', data, '--rules', rules];
    const { code, out } = await knhk(words);
    expect(code).toBe(1);
    expect(out).toMatch(/^different +1$/m);
    expect(out).toMatch(/^ +9 {2}observation {2}[0-9a-f]{64} {2}[0-9a-f]{64}$/m);
    expect(out.endsWith('\nDIFFERENT\n')).toBe(true);
    const before = await knhk([...words, '--to', '8']);
    expect(before.code).toBe(0);
    expect(before.out.endsWith('\nreplayed\n')).toBe(true);
  });

  test('a flipped byte is found at its seq', () => {
    write();
    const path = segmentOf(data);
    const payload = framesOf(path).filter(({ type }) => type === 1)[4]!;
    flip(path, payload.start + 20);
    const { code, out } = replay('rules.mjs');
    expect(code).toBe(1);
    expect(jsonLines(out)[0]).toMatchObject({
      same: 4,
      different: 1,
      findings: [{ seq: 5, member: 'payload' }],
    });
  });

  test('a module that cannot be loaded is 3, one without a catalogue 2, as is a bad one', () => {
    write();
    expect(replay('missing.mjs').code).toBe(3);
    writeFileSync(join(folder, 'empty.mjs'), 'export default {};');
    expect(replay('empty.mjs').code).toBe(2);
    writeFileSync(join(folder, 'bad.mjs'), 'export default { observations: [], rules: [1] };');
    expect(replay('bad.mjs').code).toBe(2);
    expect(replay('rules.mjs', '--secret', join(folder, 'none')).code).toBe(3);
    expect(replay('rules.mjs', '--secret', join(folder, 'rules.mjs')).code).toBe(3);
  });
});
