import { describe, expect, test } from 'vitest';
import { memoryFs } from '../../src/testing/index.ts';
import { codeOf, openTest, temporary } from '../support/runtime.ts';
import {
  filesOf,
  observations,
  openDesk,
  Purchase,
  purchase,
  replay,
  rules,
  shop,
} from './erase-support.ts';

describe('an encrypted log', () => {
  test('is not opened without its keys, or with others', async () => {
    const { data, fs, desk } = await shop();
    await desk.close();
    const plain = { observations, rules, unguarded: 'allow', data, fs } as const;
    expect(await codeOf(() => openTest(plain))).toBe('KNHK_RUNTIME_ENCRYPTION');
    const lost = { encryption: { store: `${data}.keys/lost` } };
    expect(await codeOf(() => openDesk(data, fs, lost))).toBe('KNHK_RUNTIME_ENCRYPTION');
    const kek = { id: 'other', wrap: (key: Uint8Array) => key, unwrap: (key: Uint8Array) => key };
    expect(await codeOf(() => openDesk(data, fs, { encryption: { kek } }))).toBe('KNHK_LOG_KEK');
    fs.unlinkSync(`${data}.keys/kek`);
    expect(await codeOf(() => openDesk(data, fs))).toBe('KNHK_LOG_KEK');
    expect(await codeOf(() => replay(data, fs))).toBe('KNHK_LOG_KEK');
  });

  test('is encrypted from its first observation on, and its streams are only counted', async () => {
    const data = temporary();
    const fs = memoryFs({ directories: [data] });
    const plain = await openTest({ observations, rules, unguarded: 'allow', data, fs });
    await plain.close();
    // A deploy alone says nothing about anybody.
    const desk = await openDesk(data, fs);
    await desk.close();
    const other = temporary();
    const begun = { observations, rules, unguarded: 'allow', data: other } as const;
    const first = await openTest(begun);
    await first.apply(Purchase, purchase(0));
    await first.close();
    const late = () => openTest({ ...begun, encryption: {} });
    expect(await codeOf(late)).toBe('KNHK_RUNTIME_ENCRYPTION');
    const records = { streaming: { evidence: 'records' } } as const;
    expect(await codeOf(() => openDesk(data, fs, records))).toBe('KNHK_RUNTIME_OPTION');
  });

  test('asks a key management service once, at opening', async () => {
    const data = temporary();
    const fs = memoryFs({ directories: [data] });
    let asked = 0;
    const flip = async (key: Uint8Array): Promise<Uint8Array> => {
      asked++;
      return key.map((byte) => byte ^ 0x55);
    };
    const encryption = { kek: { id: 'kms/1', wrap: flip, unwrap: flip }, store: `${data}.far` };
    const desk = await openDesk(data, fs, { encryption });
    const made = asked;
    for (let index = 0; index < 9; index++) await desk.apply(Purchase, purchase(index, `${index}`));
    expect(asked).toBe(made);
    await desk.close();
    await (await openDesk(data, fs, { encryption })).close();
    expect(asked).toBe(made + 1);
    expect([...filesOf(fs, `${data}.keys`).keys()]).toEqual([]);
  });
});
