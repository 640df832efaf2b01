import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { faultOf } from '../../src/cli/faults.ts';
import { formatTable, formatTime } from '../../src/cli/io.ts';
import { openLog } from '../../src/receipts/log/index.ts';
import { encodeFrame, frameTypes } from '../../src/receipts/verify/index.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { applyBody } from '../receipts/support.ts';
import { framesOf, segmentOf } from '../runtime/replay-support.ts';
import { Order, order, ship } from '../support/ops.ts';
import { counterClock, openTest, origin, secret, signer, temporary } from '../support/runtime.ts';
import { jsonLines, knhk, writeKeys } from './support.ts';

const keys = { secret, keyring: { origin, keys: [{ vkey: signer.vkey, from: 0 }] } };
const observations = [Order as unknown as Observation];
const rules: readonly Rule[] = [ship];

afterEach(() => void Reflect.deleteProperty(globalThis, 'knhkTestCatalogue'));

/** A log with its keys, and the words that replay it with a module of these definitions. */
async function replayable(
  given: Partial<RuntimeOptions>,
  module: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const folder = temporary();
  const data = join(folder, 'data');
  writeKeys(data, keys);
  const runtime = await openTest({ data, observations, rules, ...given });
  for (const n of [1, 2, 3]) await runtime.apply(Order, order(n));
  await runtime.close();
  // Loaded by Node, which knows nothing of src: it takes what this process holds ready.
  Object.assign(globalThis, { knhkTestCatalogue: module });
  const path = join(folder, 'rules.mjs');
  writeFileSync(path, 'export default globalThis.knhkTestCatalogue;\n');
  return ['receipts', 'replay', '--data', data, '--rules', path];
}

describe('the verdict of a replay', () => {
  test('is good where all is the same, in colour on a terminal', async () => {
    const given = { unguarded: 'allow', slo: { errorPercent: 2 }, protected: {} } as const;
    const words = await replayable(given, { observations, rules, ...given });
    const { code, out } = await knhk(words, { isTTY: true });
    expect([code, out.split('\n').at(-2)]).toEqual([0, '\u001b[32mreplayed\u001b[0m']);
    const json = jsonLines((await knhk([...words, '--from', '2', '--json'])).out)[0];
    expect(json).toMatchObject({ ok: true, total: 2, same: 2 });
  });

  test.each([
    [{ slo: { errorPercent: -1 } }, 'KNHK_RULES_SLO'],
    [{ unguarded: 'maybe' }, 'KNHK_RUNTIME_OPTION'],
    [{ protected: { classes: 'all' } }, 'KNHK_RUNTIME_OPTION'],
    [{ protected: { properties: [7] } }, 'KNHK_RUNTIME_OPTION'],
  ])('is none for definitions with a mistake: %j', async (mistake, expected) => {
    const words = await replayable({}, { observations, rules, ...mistake });
    const { code, out, err } = await knhk([...words, '--json']);
    expect([code, out]).toEqual([2, '']);
    expect(JSON.parse(err)).toMatchObject({ code: expected });
  });

  test('is bad where nothing could be replayed', async () => {
    const words = await replayable({}, { observations, rules });
    const { code, out } = await knhk([...words, '--from', '4']);
    expect([code, out.split('\n').at(-2)]).toEqual([1, 'NOTHING COULD BE REPLAYED']);
  });

  test('counts the findings that it does not list', async () => {
    const words = await replayable({}, { observations, rules });
    const data = words[3] as string;
    // As many leaves as are listed and one more, each without the rules that it names.
    const log = await openLog({ directory: data, origin, signer, clock: counterClock(9_000) });
    for (let n = 0; n < 1_001; n++) log.append(applyBody(n), log.tick(), '{}');
    await log.close();
    const { code, out } = await knhk([...words, '--from', '4']);
    expect(code).toBe(1);
    expect(out).toMatch(/^findings +1001$/m);
    expect(out.endsWith('\nand 1 more\n\nDIFFERENT\n')).toBe(true);
  });
});

describe('the verdict of a verification', () => {
  test('counts the findings that it does not list; none has no checkpoint', async () => {
    const directory = join(temporary(), 'data');
    const log = await openLog({ directory, origin, signer, clock: counterClock() });
    for (let n = 0; n < 1_001; n++) log.append(applyBody(n), log.tick());
    await log.close();
    writeKeys(directory, keys);
    const path = segmentOf(directory);
    const parts = framesOf(path).map(({ type, content }) =>
      encodeFrame(type, type === frameTypes.leaf ? Buffer.from('{}') : content),
    );
    writeFileSync(path, Buffer.concat(parts));
    const words = ['receipts', 'verify-chain', '--data', directory];
    const { code, out } = await knhk(words);
    expect(code).toBe(1);
    expect(out).toMatch(/^findings +10\d\d$/m);
    expect(out).toMatch(/\nand \d+ more\n\nexample\.com\/test\n1001\n/);
    rmSync(path);
    const none = await knhk(words);
    expect(none.code).toBe(1);
    expect(none.out).not.toContain('\u2014 ');
    expect(none.out.endsWith('\n\nNOT VERIFIED\n')).toBe(true);
  });
});

describe('what a command says of a fault', () => {
  test.each([
    ['text', { code: 'ERROR', message: 'text', where: null }],
    [null, { code: 'ERROR', message: 'null', where: null }],
    [new Error('odd'), { code: 'ERROR', message: 'odd', where: null }],
    [
      Object.assign(new Error('gone'), { code: 'ENOENT', path: '/x' }),
      { code: 'ENOENT', message: 'gone', where: '/x' },
    ],
    [Object.assign(new Error('e'), { code: 7, path: 7 }), { code: 'ERROR', where: null }],
  ])('%s', (error, expected) => {
    expect(faultOf(error)).toMatchObject({ expected: null, got: null, ...expected });
  });
});

test('times beyond the calendar are numbers, short rows have empty columns', () => {
  expect(formatTime(8.64e15)).toBe('+275760-09-13T00:00:00.000Z');
  expect(formatTime(8.64e15 + 1)).toBe('8640000000000001');
  expect(formatTable([['A', 'BB'], [1, 2], [10]])).toBe(' A  BB\n 1   2\n10\n');
});
