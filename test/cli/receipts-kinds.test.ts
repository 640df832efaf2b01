import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyOf, writtenLog } from './logs.ts';
import { auditedLog } from './receipts-support.ts';
import { jsonLines, knhk } from './support.ts';

const keyringOf = (data: string) =>
  JSON.parse(readFileSync(join(`${data}.keys`, 'keyring.json'), 'utf8')) as {
    keys: { vkey: string }[];
  };

describe('leaves about keys, people and erasures', () => {
  test('are listed with what they are about', async () => {
    const data = await auditedLog();
    const { out, code } = await knhk(['receipts', 'list', '--data', data]);
    expect(code).toBe(0);
    const [old, young] = keyringOf(data).keys.map(({ vkey }) => vkey.split('+')[1]);
    const column = out.indexOf('ABOUT');
    const about = (kind: string): string[] =>
      out
        .split('\n')
        .filter((line) => line.includes(` ${kind} `))
        .map((line) => line.slice(column));
    expect(about('access')).toEqual(['eve: export receipts, no case']);
    expect(about('config')).toEqual(['eve: open receipts']);
    expect(about('erase')).toEqual([
      expect.stringMatching(/^officer: erase [0-9a-f]{12}, 1 payloads, article 17$/),
    ]);
    expect(about('key')).toEqual([
      `rotate to ${young} from ${old}, both to seq 7`,
      `revoke ${old} from seq 5, lost`,
    ]);
    expect(about('apply')).toEqual(['', '', '']);
    const rows = jsonLines((await knhk(['receipts', 'list', '--data', data, '--json'])).out);
    const bare = rows.map(
      ({ seq: _s, time: _t, hash: _h, signature_key_version: _k, ...row }) => row,
    );
    expect(bare.slice(4)).toEqual([
      {
        ...{ kind: 'access', outcome: 'denied', actor: 'eve', resource: 'receipts' },
        ...{ action: 'export', reason: 'no case' },
      },
      {
        ...{ kind: 'config', outcome: 'success', actor: 'eve', resource: 'receipts' },
        action: 'open',
      },
      {
        ...{ kind: 'erase', actor: 'officer', subject: expect.stringMatching(/^[0-9a-f]{64}$/) },
        ...{ payloads: 1, reason: 'article 17' },
      },
      { kind: 'key', change: 'rotate', key: young, replaces: old, until: 7 },
      { kind: 'key', change: 'revoke', key: old, from: 5, reason: 'lost' },
    ]);
    const outcomes = async (outcome: string): Promise<unknown[]> =>
      jsonLines(
        (await knhk(['receipts', 'list', '--data', data, '--json', '--outcome', outcome])).out,
      ).map(({ seq }) => seq);
    expect([await outcomes('success'), await outcomes('denied')]).toEqual([[5], [4]]);
  });

  test('are shown with what they are about, and have no payload', async () => {
    const data = await auditedLog();
    const { out } = await knhk(['receipts', 'show', '4', '--data', data]);
    expect(out).toMatch(/^about +eve: export receipts, no case$/m);
    expect(out).toContain('\npayload\nnone\n');
  });
});

describe('receipts show says of a payload', () => {
  const stateOf = async (data: string, seq: number): Promise<unknown> => {
    const { out } = await knhk(['receipts', 'show', `${seq}`, '--data', data, '--json']);
    const [{ payload, payloadState }] = jsonLines(out) as [Record<string, unknown>];
    expect(payload === null).toBe(payloadState !== 'present');
    return payloadState;
  };

  test('that its file was removed, or that nobody knows where it is', async () => {
    const data = await writtenLog();
    expect([await stateOf(data, 0), await stateOf(data, 1)]).toEqual(['none', 'present']);
    rmSync(join(data, 'payload', '000000000000.pay'));
    expect(await stateOf(data, 1)).toBe('removed');
    rmSync(join(data, 'index', '000000000000.idx'));
    expect(await stateOf(data, 1)).toBe('missing');
  });

  test('what it says, or that it is encrypted where its keys are elsewhere', async () => {
    const data = await auditedLog();
    const { out } = await knhk(['receipts', 'show', '1', '--data', data]);
    expect(out).toContain('"customer": "ann"');
    expect([await stateOf(data, 1), await stateOf(data, 3)]).toEqual(['present', 'erased']);
    for (const name of ['kek', 'subjects']) {
      const copy = copyOf(data);
      rmSync(join(`${copy}.keys`, name), { recursive: true });
      expect(await stateOf(copy, 1)).toBe('encrypted');
    }
  });

  test('and of a leaf that there is not, how many there are', async () => {
    const data = await auditedLog();
    const { code, err } = await knhk(['receipts', 'show', '9', '--data', data, '--json']);
    expect([code, jsonLines(err)[0]?.['expected']]).toEqual([3, 'a seq below 9']);
  });
});
