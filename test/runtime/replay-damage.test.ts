import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameTypes } from '../../src/receipts/verify/index.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import type { ReplayReport } from '../../src/runtime/replay-types.ts';
import type { Payload } from '../../src/runtime/restore.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, order, ship } from '../support/ops.ts';
import { openTest, secret, temporary } from '../support/runtime.ts';
import { editPayloads, flip, forge, framesOf, segmentOf } from './replay-support.ts';

const observations = [Order] as unknown as Observation[];
const counted = defineWindow({
  name: 'orders',
  on: Order,
  key: 'customer',
  perMs: 60_000,
  count: true,
});
const rules = [ship, counted];
const count = 12;

const replay = (data: string): Promise<ReplayReport> =>
  replayLog({ data, secret, observations, rules, unguarded: 'allow' });

/** Three epochs of four orders each, behind the deploy. */
async function written(): Promise<string> {
  const data = join(temporary(), 'data');
  const runtime = await openTest({ data, observations, rules, unguarded: 'allow' });
  for (let first = 0; first < count; first += 4) {
    const four = [0, 1, 2, 3].map((step) => runtime.apply(Order, order(first + step)));
    await Promise.all(four);
  }
  await runtime.close();
  return data;
}

function copyOf(data: string): string {
  const copy = join(temporary(), 'data');
  cpSync(data, copy, { recursive: true });
  return copy;
}

const changed = (content: Uint8Array, at: number, bit: number): Uint8Array =>
  content.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte));

describe('one flipped bit', () => {
  test('of a payload, its CRC made right again, is one difference at its seq', async () => {
    const data = await written();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: count }),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        async (wanted, place, bit) => {
          const copy = copyOf(data);
          editPayloads(copy, (content, seq) =>
            seq === wanted ? changed(content, place % content.length, bit) : content,
          );
          const report = await replay(copy);
          expect(report.ok).toBe(false);
          // A time that is not the record's own is found, and what was observed is still known:
          // the windows of later leaves do not rest on it.
          const known = report.findings.every(({ member }) => member === 'at');
          const same = known ? count - 1 : wanted - 1;
          expect(report).toMatchObject({ total: count, different: 1, same });
          expect(new Set(report.findings.map(({ seq }) => seq))).toEqual(new Set([wanted]));
          // The windows of the type rest on the rest of the payload.
          expect(report.unavailable.payload).toBe(known ? 0 : count - wanted);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('anywhere in payload, leaf or epoch is found, and nothing throws', async () => {
    const data = await written();
    const frames = framesOf(segmentOf(data));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...frames),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        async ({ type, start, content }, place, bit) => {
          const copy = copyOf(data);
          flip(segmentOf(copy), start + (place % content.length), bit);
          const report = await replay(copy);
          expect(report.ok).toBe(false);
          expect(report.findings.length).toBeGreaterThan(0);
          if (type === frameTypes.leaf) expect(report.findings[0]?.member).toBe('leaf');
          if (type === frameTypes.payload) expect(report.findings[0]?.member).toBe('payload');
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of any byte, headers too: nothing throws, everything is accounted for', async () => {
    const data = await written();
    const size = framesOf(segmentOf(data)).reduce(
      (sum, { content }) => sum + content.length + 12,
      0,
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(size - 1), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const copy = copyOf(data);
        flip(segmentOf(copy), at, bit);
        const { total, same, different, unavailable } = await replay(copy);
        const { code, payload, erased } = unavailable;
        expect(same + different + code + payload + erased).toBe(total);
        expect(total).toBeLessThanOrEqual(count + 1);
      }),
      { numRuns: 60 },
    );
  });
});

describe('missing epochs', () => {
  /** Cuts whole epochs out of the segment; 0 is the deploy's own. */
  async function without(...cut: readonly number[]): Promise<ReplayReport> {
    const data = await written();
    const path = segmentOf(data);
    const bytes = readFileSync(path);
    const ends = framesOf(path)
      .filter(({ type }) => type === frameTypes.epoch)
      .map(({ start, content }) => start + content.length + 4);
    const parts = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
    writeFileSync(path, Buffer.concat(parts.filter((_, index) => !cut.includes(index))));
    return replay(data);
  }

  test('at the end, which head knows, in the middle and at the beginning are found', async () => {
    const end = await without(3);
    expect(end).toMatchObject({ ok: false, same: 8, findings: [{ seq: 9, member: 'epoch' }] });
    const middle = await without(2);
    expect(middle).toMatchObject({ ok: false, same: 4, unavailable: { payload: 4 } });
    expect(middle.findings).toMatchObject([{ seq: 5, member: 'epoch' }]);
    const beginning = await without(0);
    expect(beginning).toMatchObject({ ok: false, findings: [{ seq: 0, member: 'epoch' }] });
  });

  test('of an interrupted writer, which nobody was told of, are no finding', async () => {
    const data = await written();
    const path = segmentOf(data);
    const bytes = readFileSync(path);
    const [, , payload, leaf] = framesOf(path);
    const tail = bytes.subarray(payload!.start - 8, leaf!.start + leaf!.content.length - 9);
    writeFileSync(path, Buffer.concat([bytes, tail]));
    expect(await replay(data)).toMatchObject({ ok: true, same: count });
  });
});

describe('a log forged with all its keys', () => {
  test('as it was written is the same', async () => {
    const data = await written();
    const forged = join(temporary(), 'data');
    await forge(data, forged, (payload) => payload);
    expect(await replay(forged)).toMatchObject({ ok: true, same: count });
  });

  const forgeries: readonly [string, string, (payload: Payload) => Payload][] = [
    [
      'a window value',
      'context',
      (payload) => ({ ...payload, context: { windows: { orders: 99 } } }),
    ],
    ['a window left out', 'context', (payload) => ({ ...payload, context: {} })],
    ['its time', 'at', (payload) => ({ ...payload, at: payload.at + 1 })],
    ['the actions', 'actions', (payload) => ({ ...payload, actions: [] })],
    ['the proposal', 'proposed', (payload) => ({ ...payload, proposed: [] })],
  ];

  test.each(forgeries)('and %s changed in one payload differs there', async (_, member, change) => {
    const data = await written();
    const forged = join(temporary(), 'data');
    await forge(data, forged, (payload, seq) => (seq === 6 ? change(payload) : payload));
    const report = await replay(forged);
    expect(report.ok).toBe(false);
    expect(report.findings[0]).toMatchObject({ seq: 6, member });
    expect(report.different).toBeLessThanOrEqual(2);
  });

  test('and another record differs where the rules see it', async () => {
    const data = await written();
    const forged = join(temporary(), 'data');
    await forge(data, forged, (payload, seq) =>
      seq === 6
        ? {
            ...payload,
            record: {
              ...payload.record,
              fields: { ...(payload.record.fields as object), amount: 11 },
            },
          }
        : payload,
    );
    const report = await replay(forged);
    expect(report).toMatchObject({ different: 1, same: count - 1 });
    expect(report.findings.map(({ member }) => member)).toEqual(['actions', 'proposed']);
  });
});
