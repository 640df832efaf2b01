import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openKeys, openLog } from '../../src/receipts/log/index.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { Purchase, purchase } from '../runtime/erase-support.ts';
import { flip } from '../runtime/replay-support.ts';
import { runs } from '../support/effort.ts';
import { openTest, origin, temporary } from '../support/runtime.ts';
import { catalogue, modulePath } from './privacy-support.ts';
import { jsonLines, knhk } from './support.ts';

const people = ['ann', 'bob', 'cid'] as const;

interface Bought {
  readonly customer: string;
  /** A shop may have a customer's name, which is no subject then. */
  readonly shop: string;
  /** True where the segment in hand is sealed behind it. */
  readonly seals: boolean;
}

function openShop(data: string, options: Partial<RuntimeOptions>): Promise<Runtime> {
  const { secret, signer } = openKeys(`${data}.keys`, { origin, clock: { now: () => 1_000 } });
  return openTest({ ...catalogue, secret, signer, data, ...options });
}

const logOf = (runtime: Runtime) => (controlOf(runtime) as Control).log;

/** Applies purchases, each in an epoch of its own. */
async function buy(runtime: Runtime, bought: readonly Bought[]): Promise<void> {
  for (const [index, { customer, shop, seals }] of bought.entries()) {
    await runtime.apply(Purchase, purchase(index, customer, shop));
    if (seals) await logOf(runtime).seal();
  }
}

async function seqsOf(data: string, ...words: string[]): Promise<unknown[]> {
  const { code, out, err } = await knhk(['receipts', 'list', '--data', data, '--json', ...words]);
  expect([code, err]).toEqual([0, '']);
  return out === '' ? [] : jsonLines(out).map(({ seq }) => seq);
}

const boughtArbitrary = fc.record({
  customer: fc.constantFrom(...people),
  shop: fc.constantFrom('north', 'ann'),
  seals: fc.boolean(),
});

describe('receipts list finds', () => {
  test.each([
    ['plain', {}],
    ['encrypted', { encryption: {} }],
  ] as const)('subjects and hooks of a %s log, by index or without', async (kind, options) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(boughtArbitrary, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (bought, from, limit) => {
          const data = join(temporary(), 'data');
          const runtime = await openShop(data, options);
          await buy(runtime, bought);
          const hooks = ['often', 'crowd'].map((hook) => ({
            hook,
            wanted: runtime.findReceipts({ hook }).toReversed(),
          }));
          // Beside the writer, and again without any index.
          for (const isIndexed of [true, false]) {
            if (!isIndexed) {
              await runtime.close();
              rmSync(join(data, 'index'), { recursive: true });
            }
            for (const who of people) {
              // Seq 0 is the deploy.
              const about = (isOf: (one: Bought) => boolean): number[] =>
                bought.flatMap((one, index) => (isOf(one) ? [index + 1] : []));
              const exact = about(({ customer }) => customer === who);
              const loose =
                kind === 'plain'
                  ? about(({ customer, shop }) => customer === who || shop === who)
                  : exact;
              const ask = (...words: string[]) => seqsOf(data, '--subject', who, ...words);
              const rules = ['--rules', modulePath];
              expect(await ask(...rules)).toEqual(exact);
              expect(await ask()).toEqual(loose);
              expect(await ask('--limit', `${limit}`)).toEqual(loose.slice(-limit));
              expect(await ask('--from', `${from}`, '--limit', `${limit}`)).toEqual(
                loose.filter((seq) => seq >= from).slice(0, limit),
              );
              const [often] = hooks as [{ wanted: number[] }, unknown];
              expect(await ask(...rules, '--hook', 'often')).toEqual(
                exact.filter((seq) => often.wanted.includes(seq)),
              );
            }
            for (const { hook, wanted } of hooks) {
              expect(await seqsOf(data, '--hook', hook)).toEqual(wanted);
              expect(await seqsOf(data, '--hook', hook, '--limit', `${limit}`)).toEqual(
                wanted.slice(-limit),
              );
            }
          }
        },
      ),
      { numRuns: runs(5) },
    );
  });

  const twelve = Array.from({ length: 12 }, (_, index) => ({
    customer: index === 8 ? 'ann' : 'bob',
    shop: 'north',
    seals: index === 11,
  }));

  test('without reading what the index of a sealed segment leaves out', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openShop(data, { encryption: {} });
    await buy(runtime, twelve);
    await runtime.close();
    const path = join(data, 'seg', '000000000000.seg');
    flip(path, readFileSync(path).indexOf('"seq":3,') + 1);
    expect(await seqsOf(data, '--subject', 'ann')).toEqual([9]);
    const walked = ['receipts', 'list', '--data', data, '--json', '--subject', 'ann'];
    rmSync(join(data, 'index', '000000000000.idx'));
    const { code, out, err } = await knhk(walked);
    expect([code, jsonLines(out).map(({ seq }) => seq)]).toEqual([1, [9]]);
    expect(err).toContain('KNHK_LOG_CORRUPT');
  });

  test('by an index of this segment alone, that knows every subject', async () => {
    const data = join(temporary(), 'data');
    const plain = await openShop(data, {});
    await buy(
      plain,
      twelve.map((one) => ({ ...one, seals: false })),
    );
    await plain.close();
    const rules = ['--rules', modulePath];
    const index = join('index', '000000000000.idx');
    // Whoever seals without declarations names no subjects.
    const unnamed = await openLog({
      directory: data,
      ...openKeys(`${data}.keys`, { origin }),
      origin,
    });
    await unnamed.seal();
    await unnamed.close();
    expect(existsSync(join(data, index))).toBe(true);
    expect(await seqsOf(data, '--subject', 'ann', ...rules)).toEqual([9]);
    // One of another log.
    const other = join(temporary(), 'other');
    const runtime = await openShop(other, {});
    await buy(runtime, twelve.slice(0, 5));
    await logOf(runtime).seal();
    await runtime.close();
    renameSync(join(other, index), join(data, index));
    expect(await seqsOf(data, '--subject', 'ann', ...rules)).toEqual([9]);
    expect(await seqsOf(data, '--hook', 'often', '--limit', '2')).toEqual([11, 12]);
  });

  test('nobody behind payloads that are gone, and needs the secret of encrypted ones', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openShop(data, { encryption: {} });
    await buy(runtime, twelve);
    await runtime.apply(Purchase, purchase(12, 'ann'));
    await runtime.close();
    const secret = join(temporary(), 'secret');
    renameSync(join(`${data}.keys`, 'secret'), secret);
    const blind = await knhk(['receipts', 'list', '--data', data, '--subject', 'ann']);
    expect([blind.code, blind.out]).toEqual([2, '']);
    expect(blind.err).toContain('--subject needs --secret FILE');
    const ask = (): Promise<unknown[]> => seqsOf(data, '--subject', 'ann', '--secret', secret);
    expect(await ask()).toEqual([9, 13]);
    rmSync(join(data, 'payload', '000000000000.pay'));
    // Where nothing can be confirmed nothing is read either.
    const path = join(data, 'seg', '000000000000.seg');
    flip(path, readFileSync(path).indexOf('"seq":3,') + 1);
    expect(await ask()).toEqual([13]);
  });
});
