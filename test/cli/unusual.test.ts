import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { hashOf } from '../../src/base/canonical.ts';
import { Names } from '../../src/cli/names.ts';
import { openLog } from '../../src/receipts/log/index.ts';
import { encodeFrame, type FrameType, frameTypes } from '../../src/receipts/verify/index.ts';
import type { LeafBody } from '../../src/receipts/verify/leaf-types.ts';
import { editPayloads, flip, framesOf, segmentOf } from '../runtime/replay-support.ts';
import { counterClock, origin, signer, temporary } from '../support/runtime.ts';
import { jsonLines, knhk } from './support.ts';

const hash = (name: string): string => hashOf('test', name);
const type = hash('type');
const snapshot = hash('snapshot');

const applied = (name: string, fired: readonly number[]): LeafBody => ({
  ...{ kind: 'apply', type, snapshot, fired, outcome: 'acted', verdicts: [] },
  ...{ id: hash(name), observation: hash(name), context: hash('context') },
  ...{ proposed: hash('proposed'), actions: hash('actions') },
});

/** A leaf of each kind that names no rules of this log, each in an epoch of its own. */
const leaves: readonly (readonly [LeafBody, string?])[] = [
  [applied('first', [0, 3]), '{"amount":1}'],
  [{ ...{ kind: 'count', type, snapshot }, observed: 5, firstAt: 1, lastAt: 9, fired: [[0, 2]] }],
  [
    {
      ...{ kind: 'approve', approver: 'ann', verdict: 'allow' },
      of: { seq: 0, action: 0 },
      expires: 9,
    },
  ],
  [applied('many', [0, 1, 2, 3, 4]), '{'],
  [applied('idle', [])],
];

async function written(): Promise<string> {
  const directory = join(temporary(), 'data');
  const log = await openLog({ directory, origin, signer, clock: counterClock() });
  for (const [body, payload] of leaves) await log.append(body, log.tick(), payload).durable;
  await log.close();
  return directory;
}

const list = (data: string, ...more: string[]) =>
  knhk(['receipts', 'list', '--data', data, ...more]);
const show = async (data: string, seq: number): Promise<string> =>
  (await knhk(['receipts', 'show', String(seq), '--data', data])).out;
const shown = async (data: string, seq: number): Promise<Readonly<Record<string, unknown>>> =>
  jsonLines((await knhk(['receipts', 'show', String(seq), '--data', data, '--json'])).out)[0]!;

describe('a list of leaves', () => {
  test('shows indices where names are lost, and a dash for what a kind does not have', async () => {
    const { code, out } = await list(await written());
    const rows = out.trimEnd().split('\n').slice(1);
    const cells = rows.map((row) => row.trim().split(/ {2,}/).slice(2, -1));
    const [digits, rules] = [type.slice(0, 12), snapshot.slice(0, 12)];
    expect(cells).toEqual([
      ['apply', 'acted', '-', digits, '#0,#3', rules, '-'],
      ['count', '5 observed', '-', digits, '#0 2', rules, '-'],
      ['approve', '-', '-', '-', '-', '-', '-'],
      ['apply', 'acted', '-', digits, '#0,#1,#2,+2', rules, '-'],
      ['apply', 'acted', '-', digits, '-', rules, '-'],
    ]);
    expect(code).toBe(0);
  });

  test('is the same in JSON, without the members that a kind does not have', async () => {
    const rows = jsonLines((await list(await written(), '--json', '--limit', '4')).out);
    // No keyring lies beside this log.
    const unkeyed = { signature_key_version: null };
    const applied = { kind: 'apply', outcome: 'acted', ...unkeyed };
    const unnamed = { type, typeName: null, fired: null, snapshot };
    expect(rows.map(({ hash: _, time: __, ...row }) => row)).toEqual([
      { seq: 1, kind: 'count', ...unnamed, ...unkeyed },
      { seq: 2, kind: 'approve', ...unkeyed },
      { seq: 3, ...applied, ...unnamed },
      { seq: 4, ...applied, ...unnamed },
    ]);
  });

  test('keeps the newest of a long segment', async () => {
    const seqs = async (limit: string) =>
      jsonLines((await list(await written(), '--json', '--limit', limit)).out).map(
        ({ seq }) => seq,
      );
    expect(await seqs('1')).toEqual([4]);
    expect(await seqs('2')).toEqual([3, 4]);
  });
});

describe('one leaf', () => {
  test('has the lines that its kind has', async () => {
    const data = await written();
    expect((await show(data, 1)).replace(/ +/g, ' ')).toMatch(
      /kind count\ntype unknown [0-9a-f]{64}\nobserved 5\nfrom \S+01Z\nto \S+09Z\n\nleaf\n/,
    );
    expect(await show(data, 2)).toMatch(/kind {2}approve\n\nleaf\n/);
    expect(await show(data, 4)).toMatch(/outcome {2}acted\n\nleaf\n/);
    expect(await shown(data, 0)).toMatchObject({ typeName: null, firedNames: null });
  });

  test('says what became of its payload', async () => {
    const data = await written();
    const state = async (seq: number) => {
      const { payload, payloadState } = await shown(data, seq);
      expect(await show(data, seq)).toContain(
        payload === null ? `\npayload\n${payloadState}\n` : '\npayload\n{\n  "amount": 1\n}\n',
      );
      return [payload, payloadState];
    };
    expect(await state(0)).toEqual([{ amount: 1 }, 'present']);
    expect(await state(3)).toEqual([null, 'damaged']);
    expect(await state(4)).toEqual([null, 'missing']);
    const path = segmentOf(data);
    const payload = framesOf(path)[0]!;
    flip(path, payload.start + 3);
    expect(await state(0)).toEqual([null, 'damaged']);
    flip(path, payload.start + 3);
    editPayloads(data, () => Uint8Array.of(0xff));
    expect(await state(0)).toEqual([null, 'damaged']);
    const encrypted = readFileSync(path);
    const end = framesOf(path)[0]!.start + 1;
    encrypted[5] = 1;
    encrypted.writeUInt32LE(crc32(encrypted.subarray(0, end)), end);
    writeFileSync(path, encrypted);
    expect(await state(0)).toEqual([null, 'encrypted']);
  });

  test('has no checkpoint where the epochs behind it are lost', async () => {
    const data = await written();
    const without = (path: string, lost: FrameType): void => {
      const kept = framesOf(path).filter(({ type: kind }) => kind !== lost);
      writeFileSync(
        path,
        Buffer.concat(kept.map((frame) => encodeFrame(frame.type, frame.content))),
      );
    };
    expect(await shown(data, 4)).toMatchObject({ checkpoint: { size: 5 } });
    without(segmentOf(data), frameTypes.epoch);
    expect(await shown(data, 4)).toMatchObject({ seq: 4, checkpoint: null });
    expect(await show(data, 4)).toMatch(/\n\ncheckpoint\nnone\n$/);
  });

  test('is reported where it is damaged without an epoch that names its hash', async () => {
    const data = await written();
    const path = segmentOf(data);
    const kept = framesOf(path).filter(({ type: kind }) => kind !== frameTypes.epoch);
    const parts = kept.map((frame) => encodeFrame(frame.type, frame.content));
    writeFileSync(path, Buffer.concat(parts));
    const leaf = framesOf(path).filter(({ type: kind }) => kind === frameTypes.leaf)[1]!;
    const intact = readFileSync(path);
    flip(path, leaf.start + leaf.content.indexOf('"observed":5') + 11);
    const crc = await knhk(['receipts', 'show', '1', '--data', data]);
    expect([crc.code, crc.err]).toEqual([
      1,
      'knhk: leaf 1 is damaged: expected a leaf with its CRC, got another CRC\n',
    ]);
    writeFileSync(path, intact);
    const wrong = kept.map(({ type: kind, content }) => {
      const text = content.toString('latin1').replace('"observed":5', '"observed":0');
      return encodeFrame(kind, Buffer.from(text, 'latin1'));
    });
    writeFileSync(path, Buffer.concat(wrong));
    const { code, err } = await knhk(['receipts', 'show', '1', '--data', data]);
    expect(code).toBe(1);
    expect(err).toContain('leaf 1 is damaged: expected a leaf, got member observed');
  });
});

test('names are read once for each snapshot, and 64 of them are kept', () => {
  const asked: string[] = [];
  const names = new Names({
    getBlob: (name) => {
      asked.push(name);
      return undefined;
    },
  });
  const leafOf = (n: number) => ({ ...applied('x', [0]), snapshot: `${n}` }) as never;
  for (let n = 0; n < 64; n++) names.type(leafOf(n));
  names.fired(leafOf(0));
  expect(asked).toHaveLength(64);
  names.type(leafOf(64));
  names.type(leafOf(64));
  expect(asked).toHaveLength(65);
  names.type(leafOf(0));
  expect(asked.slice(-2)).toEqual(['64', '0']);
});

test('a hook that its rules do not have is shown by its index', () => {
  const texts = new Map([
    [snapshot, { kind: 'snapshot', text: `{"rules":"${hash('rules')}"}` }],
    [hash('rules'), { kind: 'rules', text: '{"hooks":[{"name":"one"}],"declarations":{}}' }],
  ]);
  const names = new Names({ getBlob: (name) => texts.get(name) });
  expect(names.fired(applied('x', [0, 7]) as never)).toEqual(['one', '#7']);
  expect(names.type(applied('x', [0]) as never)).toBeUndefined();
});
