import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary } from '../support/runtime.ts';
import { encryptedLog, modulePath, openEncrypted } from './privacy-support.ts';
import { jsonLines, knhk } from './support.ts';

describe('audit list', () => {
  test('shows who did what, erasures too, and takes what is asked for', async () => {
    const data = await encryptedLog();
    const list = async (...words: string[]) =>
      jsonLines((await knhk(['audit', 'list', '--data', data, '--json', ...words])).out);
    const all = await list();
    expect(
      all.map(({ seq, kind, actor, action, outcome, reason }) => [
        ...[seq, kind, actor, action, outcome, reason],
      ]),
    ).toEqual([
      [4, 'access', 'eve', 'export', 'denied', 'no case'],
      [5, 'config', 'eve', 'open', 'success', null],
      [6, 'erase', 'officer', 'erase', 'success', 'article 17'],
    ]);
    expect(await list('--actor', 'eve')).toEqual(all.slice(0, 2));
    expect(await list('--action', 'erase')).toEqual(all.slice(2));
    expect(await list('--limit', '2')).toEqual(all.slice(1));
    expect(await list('--limit', '1', '--actor', 'eve')).toEqual(all.slice(1, 2));
    const { out, code } = await knhk(['audit', 'list', '--data', data]);
    expect(code).toBe(0);
    expect(out.split('\n')[1]).toMatch(/^ *4 .* access +eve +export +receipts +denied +no case$/);
    expect(out).toMatch(/erase +officer +erase +[0-9a-f]{40}\.\.\. +success +article 17/);
  });

  test('has no other leaves', async () => {
    const { out, code } = await knhk(['audit', 'list', '--limit', '0', '--data', 'nowhere']);
    expect([out, code]).toEqual(['', 2]);
  });
});

describe('erase', () => {
  const words = (data: string, module: string, subject = 'ann', reason = 'case 7'): string[] => [
    ...['erase', '--data', data, '--rules', module],
    ...['--subject', subject, '--reason', reason],
  ];

  test('destroys, and receipts show and replay say so', async () => {
    const data = await encryptedLog();
    const state = async (seq: number): Promise<unknown> => {
      const { out } = await knhk(['receipts', 'show', `${seq}`, '--data', data, '--json']);
      return jsonLines(out)[0]?.['payloadState'];
    };
    expect([await state(1), await state(2), await state(3)]).toEqual([
      ...['present', 'present', 'erased'],
    ]);
    const ran = await knhk([...words(data, modulePath), '--json']);
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(jsonLines(ran.out)[0]).toMatchObject({
      ...{ keys: 1, payloads: 1, leaves: 1, receipt: { seq: 7 } },
    });
    expect([await state(1), await state(2), await state(3)]).toEqual([
      ...['erased', 'present', 'erased'],
    ]);
    const replayed = await knhk([
      ...['receipts', 'replay', '--data', data, '--rules', modulePath, '--json'],
    ]);
    const [report] = jsonLines(replayed.out);
    expect(report).toMatchObject({ different: 0, unavailable: { erased: 2 } });
    const again = await knhk([...words(data, modulePath), '--actor', 'officer']);
    expect(again.out).toMatch(/^subject +[0-9a-f]{64}\nkeys +0\npayloads +0\nleaves +1\nseq +7\n/);
    const nobody = await knhk(words(data, modulePath, 'zoe'));
    expect(nobody.out).toMatch(/^subject +[0-9a-f]{64}\nkeys +0\npayloads +0\nleaves +0\n$/);
  });

  test('refuses other definitions, never deploys them, and no reason may name', async () => {
    const data = await encryptedLog();
    const module = join(temporary(), 'other.mjs');
    writeFileSync(module, 'export default { observations: [], rules: [] };');
    const other = await knhk([...words(data, module), '--json']);
    expect([other.code, jsonLines(other.err)[0]?.['code']]).toEqual([2, 'KNHK_RUNTIME_ERASE']);
    const named = await knhk([...words(data, modulePath, 'ann', 'ann asked'), '--json']);
    expect([named.code, jsonLines(named.err)[0]?.['code']]).toEqual([2, 'KNHK_RUNTIME_ERASE']);
    const runtime = await openEncrypted(data);
    expect([runtime.deployed, runtime.health().size]).toEqual([undefined, 7]);
    await runtime.close();
  });
});
