import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, utf8 } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import { matchApply } from '../../src/receipts/verify/apply-match.ts';
import { encodeBody, parseLeaf } from '../../src/receipts/verify/leaf.ts';
import type { ApplyBody, LeafVerdict } from '../../src/receipts/verify/leaf-types.ts';
import { runs } from '../support/effort.ts';
import { applyBody, fakeHash } from './support.ts';

const hash = fc.integer({ min: 0, max: 99 }).map((name) => fakeHash(String(name)));
const printable = (lowest: number): fc.Arbitrary<string> =>
  fc
    .integer({ min: lowest, max: 0x7e })
    .filter((unit) => unit !== 0x22 && unit !== 0x5c)
    .map((unit) => String.fromCharCode(unit));
const textOf = (lowest: number, minLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: printable(lowest), minLength, maxLength: 20 });
const fired = fc
  .uniqueArray(fc.integer({ min: 0, max: limits.hooks - 1 }), { maxLength: 12 })
  .map((hooks) => hooks.sort((left, right) => left - right));
const verdict: fc.Arbitrary<LeafVerdict> = fc.record({
  action: fc.integer({ min: 0, max: limits.actionsPerObservation - 1 }),
  guard: fc.integer({ min: -1, max: limits.guards - 1 }),
  verdict: fc.constantFrom('deny', 'requires-approval'),
  code: textOf(0x21, 1),
});
const verdicts = fc
  .array(verdict, { maxLength: limits.verdictsPerAction })
  .map((list) => list.sort((left, right) => left.action - right.action));
/** A body that the short way takes. */
const ordinary: fc.Arbitrary<ApplyBody> = fc.record(
  {
    kind: fc.constant('apply'),
    ...{ type: hash, id: hash, observation: hash, context: hash, snapshot: hash },
    ...{ proposed: hash, actions: hash, report: hash },
    ...{ fired, verdicts },
    outcome: fc.constantFrom('acted', 'pending', 'denied', 'idle', 'invalid'),
    sector: textOf(0x20, 0),
    trace: textOf(0x20, 1),
  },
  {
    requiredKeys: [
      ...(['kind', 'type', 'id', 'observation', 'context', 'snapshot'] as const),
      ...(['proposed', 'actions', 'fired', 'verdicts', 'outcome'] as const),
    ],
  },
) as fc.Arbitrary<ApplyBody>;
const place = fc.record({
  seq: fc.nat({ max: 999_999_999_999_999 }),
  time: fc.nat({ max: 999_999_999_999_999 }),
  prev: hash,
});

const bytesOf = (body: ApplyBody, seq = 7, time = 1_700_000_000_000): Uint8Array =>
  utf8(encodeBody(body, seq, time, fakeHash('prev')));

/** What both ways must agree on: nothing is taken that the long way refuses or reads otherwise. */
function expectSame(bytes: Uint8Array): boolean {
  const short = matchApply(bytes);
  if (short === undefined) return false;
  const leaf = parseLeaf(bytes);
  if ('problem' in leaf) throw new Error(`taken, but ${leaf.problem}`);
  expect(leaf.kind).toBe('apply');
  expect(short).toEqual({ seq: leaf.seq, time: leaf.time, prev: fromHex(leaf.prev) });
  return true;
}

describe('the short way to an apply leaf', () => {
  test('takes every ordinary one, and reads what the long way reads', () => {
    fc.assert(
      fc.property(ordinary, place, (body, { seq, time, prev }) => {
        expect(expectSame(utf8(encodeBody(body, seq, time, prev)))).toBe(true);
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('takes nothing that the long way refuses: a byte changed, inserted or left out', () => {
    const byte = fc.oneof(
      fc.nat({ max: 255 }),
      fc.constantFrom(...utf8('"\\,:[]{}-0123456789abcdef ')),
    );
    fc.assert(
      fc.property(
        ordinary,
        fc.nat(),
        byte,
        fc.constantFrom('change', 'insert', 'leave out'),
        (body, at, value, how) => {
          const bytes = bytesOf(body);
          const place = at % bytes.length;
          const behind = bytes.subarray(how === 'insert' ? place : place + 1);
          const put = how === 'leave out' ? [] : [value];
          expectSame(Uint8Array.from([...bytes.subarray(0, place), ...put, ...behind]));
        },
      ),
      { numRuns: runs(4_000) },
    );
  });

  test('takes no beginning of one, and nothing behind one', () => {
    const bytes = bytesOf({ ...applyBody('a'), sector: 'air', trace: 't' });
    expect(expectSame(bytes)).toBe(true);
    for (let end = 0; end < bytes.length; end++) {
      expect(matchApply(bytes.slice(0, end))).toBeUndefined();
    }
    expect(matchApply(Uint8Array.from([...bytes, 0x20]))).toBeUndefined();
  });
});

const more = (change: Partial<ApplyBody>): ApplyBody => ({ ...applyBody('a'), ...change });
const eight = Array.from({ length: 8 }, (_, guard) => ({
  ...{ action: 0, guard, verdict: 'deny', code: 'c' },
})) as LeafVerdict[];

describe('leaves that go the long way', () => {
  test.each<[string, ApplyBody]>([
    ['a failure', more({ outcome: 'failed', failure: { hook: 0, code: 'X' } })],
    ['verdicts left out', more({ verdicts: [...eight, { action: 0, more: 1 }] })],
    ['an escape', more({ sector: 'a"b' })],
    ['a letter beyond ASCII', more({ sector: 'Köln' })],
    ['a control', more({ sector: 'a\u007fb' })],
    ['an escape in a trace', more({ trace: '\\' })],
  ])('%s is right, and not taken', (_name, body) => {
    const bytes = bytesOf(body);
    expect(parseLeaf(bytes)).toMatchObject({ kind: 'apply' });
    expect(matchApply(bytes)).toBeUndefined();
  });

  test.each<[string, ApplyBody]>([
    ['hooks out of order', more({ fired: [3, 2] })],
    ['a hook twice', more({ fired: [3, 3] })],
    ['a hook beyond the limit', more({ fired: [limits.hooks] })],
    ['too many hooks', more({ fired: Array.from({ length: 257 }, (_, hook) => hook) })],
    ['nine verdicts', more({ verdicts: [...eight, eight[0] as LeafVerdict] })],
    [
      'actions out of order',
      more({ verdicts: [{ ...(eight[0] as LeafVerdict), action: 1 }, eight[1] as LeafVerdict] }),
    ],
    ['an action beyond', more({ verdicts: [{ ...(eight[0] as LeafVerdict), action: 16 }] })],
    ['a guard beyond', more({ verdicts: [{ ...(eight[0] as LeafVerdict), guard: 1_024 }] })],
    ['a guard below', more({ verdicts: [{ ...(eight[0] as LeafVerdict), guard: -2 }] })],
    ['a code of nothing', more({ verdicts: [{ ...(eight[0] as LeafVerdict), code: '' }] })],
    ['a code with a space', more({ verdicts: [{ ...(eight[0] as LeafVerdict), code: 'a b' }] })],
    ['a long code', more({ verdicts: [{ ...(eight[0] as LeafVerdict), code: 'c'.repeat(129) }] })],
    ['an empty trace', more({ trace: '' })],
    ['a long trace', more({ trace: 't'.repeat(257) })],
    ['a long sector', more({ sector: 's'.repeat(8_193) })],
    ['an outcome that there is not', more({ outcome: 'lost' as 'idle' })],
    ['a failure that is not told', more({ outcome: 'failed' })],
    ['a hash in capitals', more({ report: 'A'.repeat(64) })],
  ])('%s is wrong, and not taken', (_name, body) => {
    const bytes = bytesOf(body);
    expect(parseLeaf(bytes)).toHaveProperty('problem');
    expect(matchApply(bytes)).toBeUndefined();
  });

  test('numbers as JSON would not write them, and those of 16 digits', () => {
    const text = encodeBody(applyBody('a'), 70, 80, fakeHash('prev'));
    const seq = (value: string): Uint8Array => utf8(text.replace('"seq":70', `"seq":${value}`));
    expect(matchApply(seq('71'))?.seq).toBe(71);
    expect(matchApply(seq('0'))?.seq).toBe(0);
    for (const value of ['', '070', '-1', '7.0', '7e1', '9007199254740993']) {
      expect(matchApply(seq(value))).toBeUndefined();
    }
    expect(matchApply(seq('1000000000000000'))).toBeUndefined();
    expect(parseLeaf(seq('1000000000000000'))).toMatchObject({ seq: 1e15 });
  });

  test('more bytes than a leaf may have', () => {
    expect(matchApply(new Uint8Array(limits.entryBytes + 1))).toBeUndefined();
  });
});
