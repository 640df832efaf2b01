import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openKeys } from '../../src/receipts/log/index.ts';
import {
  encodeLeaf,
  parseKeyring,
  parseProof,
  verifyReceipt,
} from '../../src/receipts/verify/index.ts';
import { openStored } from '../../src/runtime/replay-source.ts';
import { testWitness } from '../../src/testing/index.ts';
import { flip } from '../runtime/replay-support.ts';
import { origin, temporary } from '../support/runtime.ts';
import { applyOrders, contentsOf, openBeside, segmentsOf, writtenLog } from './logs.ts';
import { jsonLines, knhk, main, spawned } from './support.ts';

const keyringOf = (data: string) =>
  parseKeyring(readFileSync(join(`${data}.keys`, 'keyring.json'), 'utf8'));

async function proved(data: string, seq: number, ...words: string[]): Promise<string> {
  const { code, out, err } = await knhk([
    ...['receipts', 'prove', `${seq}`, '--data', data, ...words],
  ]);
  expect([code, err]).toEqual([0, '']);
  return out;
}

/** A file with this text. */
function fileOf(text: string): string {
  const path = join(temporary(), 'file');
  writeFileSync(path, text);
  return path;
}

const verify = (data: string, ...words: string[]) =>
  knhk(['receipts', 'verify', ...words, '--data', data]);

describe('receipts prove', () => {
  test('prints what verifyReceipt accepts, of every leaf, and writes nothing', async () => {
    const data = await writtenLog();
    const before = contentsOf(data);
    const keyring = keyringOf(data);
    for await (const { entries } of openStored(data).epochs()) {
      for (const { seq, leaf, hash } of entries) {
        const receipt = await proved(data, seq);
        const accepted = { ok: true, seq, size: 33, leaf, leafHash: hash };
        expect(verifyReceipt(receipt, keyring)).toMatchObject(accepted);
      }
    }
    const [document] = jsonLines(await proved(data, 5, '--json'));
    expect(document).toEqual({
      ...{ seq: 5, size: 33, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      receipt: await proved(data, 5),
    });
    expect(contentsOf(data)).toEqual(before);
  });

  test('proves under an earlier checkpoint, beside the writer, without the leaf too', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openBeside(data);
    await applyOrders(runtime, 0, 9);
    const receipt = await proved(data, 2, '--size', '6', '--no-leaf');
    expect(receipt).toBe(runtime.proveInclusion(2, { size: 6, leaf: false }));
    expect(await proved(data, 2)).toBe(runtime.proveInclusion(2));
    expect(parseProof(receipt)?.extra).toBeUndefined();
    await runtime.close();
  });

  test('says what it cannot prove', async () => {
    const data = await writtenLog();
    const failed = async (...words: string[]): Promise<unknown> => {
      const { code, out, err } = await knhk([
        ...['receipts', 'prove', ...words, '--data', data, '--json'],
      ]);
      expect(out).toBe('');
      return [code, jsonLines(err)[0]?.['code']];
    };
    expect(await failed('33')).toEqual([3, 'KNHK_LOG_SEQ']);
    expect(await failed('5', '--size', '5')).toEqual([3, 'KNHK_LOG_SEQ']);
    expect(await failed('5', '--size', '34')).toEqual([3, 'KNHK_LOG_SEQ']);
    expect(await failed('5', '--size', '0')).toEqual([2, 'USAGE']);
    expect(await failed('-1')).toEqual([2, 'USAGE']);
    expect(await failed('x')).toEqual([2, 'USAGE']);
    const path = segmentsOf(data)[0] as string;
    flip(path, readFileSync(path).indexOf('"kind":"deploy"'));
    expect(await failed('0')).toEqual([3, 'KNHK_LOG_CORRUPT']);
    // Its hash stands in the epoch, and that is all that a proof takes.
    expect(parseProof(await proved(data, 0, '--no-leaf'))?.index).toBe(0);
  });
});

describe('receipts verify', () => {
  test('says what a receipt proves, from a file and from stdin', async () => {
    const data = await writtenLog();
    const receipt = await proved(data, 5);
    const { vkey } = openKeys(`${data}.keys`, { origin }).signer;
    const { code, out, err } = await verify(data, fileOf(receipt));
    expect([code, err]).toEqual([0, '']);
    for (const line of [/^seq +5$/, /^size +33$/, /^kind +apply$/, /^outcome +acted$/]) {
      expect(out.split('\n')).toContainEqual(expect.stringMatching(line));
    }
    const signed = new RegExp(`^signed by +${origin}\\+${vkey.split('+')[1]}$`, 'm');
    expect(out).toMatch(signed);
    expect(out).toMatch(/^cosigned by +none$/m);
    expect(out.endsWith('\nverified\n')).toBe(true);
    const words = ['receipts', 'verify', '-', '--data', data, '--json'];
    const piped = spawned(words, main, {}, receipt);
    expect([piped.code, piped.err]).toEqual([0, '']);
    expect(jsonLines(piped.out)[0]).toMatchObject({
      ...{ ok: true, seq: 5, size: 33, leaf: { seq: 5 }, signedBy: [vkey], cosignedBy: [] },
      problem: null,
    });
  });

  test('refuses what is not so, with the cause and exit code 1', async () => {
    const data = await writtenLog();
    const receipt = await proved(data, 5);
    const foreign = await writtenLog();
    const cases = [
      [data, 'not a receipt', 'malformed'],
      [data, receipt.replace('index 5', 'index 6'), 'leaf'],
      [data, receipt.replaceAll('\n', '\r\n'), 'malformed'],
      [data, await proved(data, 5, '--no-leaf'), 'leaf'],
      [foreign, receipt, 'unknown-key'],
    ] as const;
    for (const [where, text, kind] of cases) {
      const { code, out } = await verify(where, fileOf(text));
      expect([code, out]).toEqual([
        1,
        expect.stringMatching(`^cause {2}${kind}: .+\n\nREFUSED\n$`),
      ]);
      const json = await verify(where, fileOf(text), '--json');
      expect(jsonLines(json.out)[0]).toEqual({
        ...{ ok: false, seq: null, size: null, hash: null, leaf: null },
        ...{ signedBy: [], cosignedBy: [], problem: { kind, message: expect.any(String) } },
      });
    }
  });

  test('takes a keyring and a leaf from elsewhere, and needs a keyring', async () => {
    const data = await writtenLog();
    const receipt = fileOf(await proved(data, 5, '--no-leaf'));
    const shown = await knhk(['receipts', 'show', '5', '--data', data, '--json']);
    const [{ leaf }] = jsonLines(shown.out) as unknown as [{ leaf: never }];
    const keyring = join(temporary(), 'keyring.json');
    renameSync(join(`${data}.keys`, 'keyring.json'), keyring);
    const bytes = fileOf(encodeLeaf(leaf));
    const words = [receipt, '--keyring', keyring, '--leaf', bytes];
    expect((await verify(data, ...words)).code).toBe(0);
    appendFileSync(bytes, '\n');
    expect((await verify('nowhere', ...words)).code).toBe(0);
    appendFileSync(bytes, '\n');
    expect((await verify(data, ...words)).code).toBe(1);
    expect((await verify(data, receipt)).code).toBe(3);
    expect((await verify(data, 'nowhere', '--keyring', keyring)).code).toBe(3);
  });

  test('asks for as many witnesses as it is told', async () => {
    const data = await writtenLog();
    const receipt = await proved(data, 5);
    const clock = { now: () => 1_700_000_000_000 };
    const witnesses = ['one', 'two'].map((name, index) =>
      testWitness({
        ...{ name, clock, logs: [keyringOf(data)] },
        privateKey: new Uint8Array(32).fill(index + 1),
      }),
    );
    const { checkpoint } = parseProof(receipt) as { checkpoint: string };
    const answer = await witnesses[0]?.add(`old 0\n\n${checkpoint}`);
    expect(answer?.status).toBe(200);
    const cosigned = fileOf(`${receipt}${answer?.body}`);
    const file = fileOf(`# two\n\n${witnesses.map(({ vkey }) => `${vkey}\n`).join('')}`);
    const of = (...words: string[]) => verify(data, cosigned, ...words);
    const one = await of('--witnesses', file, '--threshold', '1');
    expect(one.code).toBe(0);
    expect(one.out).toMatch(/^cosigned by +one\+[0-9a-f]{8} at 2023-11-14T22:13:20\.000Z$/m);
    const both = await of('--witnesses', file);
    expect([both.code, both.out]).toEqual([1, expect.stringMatching(/^cause +witnesses: 1 of 2 /)]);
    expect((await of('--witnesses', file, '--threshold', '3')).code).toBe(2);
    expect((await of('--threshold', '1')).code).toBe(2);
    expect((await of('--witnesses', fileOf('nonsense\n'))).code).toBe(3);
  });
});
