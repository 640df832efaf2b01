import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { canonical } from '../../src/base/canonical.ts';
import { FrameReader } from '../../src/receipts/verify/frame-reader.ts';
import {
  decodeEpoch,
  encodeEpoch,
  encodeFrame,
  encodeLeaf,
  frameTypes,
  type Leaf,
  leafHash,
  parseLeaf,
  tableCrc32,
} from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { applyBody, fakeHash } from './support.ts';

const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const code = fc.stringMatching(/^[\x21-\x7e]{1,20}$/);
const seq = fc.nat();
const header = { v: fc.constant(1 as const), seq, time: fc.nat(), prev: hash };
const ascending = (max: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.nat(max)).map((list) => list.sort((left, right) => left - right));
const verdicts = fc
  .array(fc.tuple(fc.integer({ min: -1, max: 1_023 }), code, fc.boolean()), { maxLength: 10 })
  .map((list) => [
    ...list.slice(0, 8).map(([guard, name, isDenied]) => ({
      action: 2,
      guard,
      code: name,
      verdict: isDenied ? ('deny' as const) : ('requires-approval' as const),
    })),
    ...(list.length > 8 ? [{ action: 2, more: list.length - 8 }] : []),
  ]);

const apply = fc
  .record(
    {
      ...header,
      kind: fc.constant('apply' as const),
      type: hash,
      id: hash,
      observation: hash,
      context: hash,
      snapshot: hash,
      fired: ascending(16_383),
      proposed: hash,
      actions: hash,
      verdicts,
      outcome: fc.constantFrom('acted', 'pending', 'denied', 'idle', 'invalid'),
      report: hash,
      sector: text,
      trace: fc.stringMatching(/^[ -~]{1,20}$/),
    },
    {
      noNullPrototype: true,
      requiredKeys: [
        'v',
        'seq',
        'time',
        'prev',
        'kind',
        'type',
        'id',
        'observation',
        'context',
        'snapshot',
        'fired',
        'proposed',
        'actions',
        'verdicts',
        'outcome',
      ],
    },
  )
  .chain((leaf) =>
    fc
      .option(fc.record({ hook: fc.integer({ min: -1, max: 16_383 }), code }))
      .map((failure) =>
        failure === null ? leaf : { ...leaf, outcome: 'failed' as const, failure },
      ),
  ) as fc.Arbitrary<Leaf>;

const others = fc.oneof(
  fc.record({
    ...header,
    kind: fc.constant('count' as const),
    type: hash,
    snapshot: hash,
    observed: fc.integer({ min: 1 }),
    firstAt: fc.integer(),
    lastAt: fc.integer(),
    fired: ascending(16_383).map((list) => list.map((hook) => [hook, hook + 1] as const)),
  }),
  fc.record({
    ...header,
    kind: fc.constant('deploy' as const),
    snapshot: hash,
    parent: fc.option(hash),
    catalogue: hash,
    dropped: fc.array(fc.record({ kind: code, name: text, reason: text }), { maxLength: 3 }),
  }),
  fc.record({
    ...header,
    kind: fc.constantFrom('promote' as const, 'rollback' as const),
    snapshot: hash,
    parent: hash,
    proposal: hash,
    stages: fc.array(fc.constantFrom('pass' as const, 'skip' as const, 'refuse' as const), {
      minLength: 7,
      maxLength: 7,
    }),
  }),
  fc.record({
    ...header,
    kind: fc.constant('approve' as const),
    of: fc.record({ seq, action: fc.nat(15) }),
    approver: text,
    verdict: fc.constantFrom('allow' as const, 'deny' as const),
    expires: fc.nat(),
  }),
) as fc.Arbitrary<Leaf>;

test('the specialised writer gives the bytes of the generic one, and they read back', () => {
  fc.assert(
    fc.property(fc.oneof(apply, others), (leaf) => {
      const encoded = encodeLeaf(leaf);
      expect(encoded).toBe(canonical(leaf));
      expect(parseLeaf(utf8(encoded))).toEqual(leaf);
    }),
    { numRuns: runs(500) },
  );
});

const good: Leaf = { v: 1, seq: 3, time: 5, prev: fakeHash('prev'), ...applyBody('a') };
const problemOf = (value: unknown): string | undefined => {
  const leaf = parseLeaf(typeof value === 'string' ? utf8(value) : utf8(canonical(value)));
  return 'problem' in leaf ? leaf.problem : undefined;
};

describe('a leaf is closed', () => {
  test('each member is needed and no other is allowed', () => {
    expect(problemOf(good)).toBeUndefined();
    for (const name of Object.keys(good)) {
      const { [name as keyof Leaf]: _dropped, ...rest } = good as unknown as Record<
        string,
        unknown
      >;
      expect(problemOf(rest), name).toBeDefined();
    }
    for (const extra of ['kid', '__proto__', 'constructor', 'records']) {
      const value = `${encodeLeaf(good).slice(0, -1)},"${extra}":1}`;
      expect(problemOf(value), extra).toBeDefined();
    }
    expect(problemOf({ ...good, records: fakeHash('r') })).toMatch(/does not have/);
  });

  test.each<[string, Record<string, unknown>]>([
    ['a higher version', { v: 2 }],
    ['a version of 0', { v: 0 }],
    ['a negative seq', { seq: -1 }],
    ['a fractional time', { time: 1.5 }],
    ['a seq beyond 2^53', { seq: 2 ** 53 }],
    ['a short hash', { id: 'ab' }],
    ['an upper-case hash', { id: fakeHash('x').toUpperCase() }],
    ['a hash with a far character', { id: `${'0'.repeat(63)}\u0130` }],
    ['fired in disorder', { fired: [2, 1] }],
    ['fired twice', { fired: [2, 2] }],
    ['fired beyond the hooks', { fired: [16_384] }],
    ['too many fired', { fired: Array.from({ length: 257 }, (_, index) => index) }],
    ['an unknown outcome', { outcome: 'duplicate' }],
    ['a failure without failing', { failure: { hook: 0, code: 'X' } }],
    ['failing without a failure', { outcome: 'failed' }],
    ['an open failure', { outcome: 'failed', failure: { hook: 0, code: 'X', text: 'y' } }],
    ['an unknown kind', { kind: 'note' }],
    ['a kind of later', { kind: 'erase' }],
    ['a verdict of allow', { verdicts: [{ action: 0, guard: 0, verdict: 'allow', code: 'X' }] }],
    ['free text as code', { verdicts: [{ action: 0, guard: 0, verdict: 'deny', code: 'a b' }] }],
    ['more without eight', { verdicts: [{ action: 0, more: 1 }] }],
    [
      'nine verdicts',
      {
        verdicts: Array.from({ length: 9 }, (_, guard) => ({
          action: 0,
          guard,
          verdict: 'deny',
          code: 'X',
        })),
      },
    ],
    [
      'verdicts in disorder',
      { verdicts: [1, 0].map((action) => ({ action, guard: 0, verdict: 'deny', code: 'X' })) },
    ],
    ['an empty trace', { trace: '' }],
  ])('%s is refused', (_name, change) => {
    expect(problemOf({ ...good, ...change })).toBeDefined();
  });

  test('only the canonical spelling is a leaf', () => {
    const encoded = encodeLeaf(good);
    for (const other of [
      `${encoded} `,
      encoded.replace('{"actions"', '{ "actions"'),
      encoded.replace('"time":5', '"time":5.0'),
      encoded.replace('"time":5', '"time":5,"time":5'),
      encoded.replace('"kind":"apply"', '"kind":"\\u0061pply"'),
      JSON.stringify(good),
      `\ufeff${encoded}`,
      encoded.slice(0, -1),
      '[]',
      'null',
      '',
    ]) {
      expect(problemOf(other), other.slice(0, 40)).toBeDefined();
    }
    const notUtf8 = utf8(encoded);
    notUtf8[20] = 0xff;
    expect(parseLeaf(notUtf8)).toEqual({ problem: 'not UTF-8' });
    expect(parseLeaf(new Uint8Array(65_536))).toMatchObject({ problem: /65535/ });
  });

  test('random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseLeaf(bytes)).toHaveProperty('problem');
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(problemOf(JSON.stringify(value))).toBeDefined();
      }),
    );
  });
});

test('the leaf hash is that of RFC 6962', () => {
  // From the RFC 6962 test vectors of the certificate transparency project.
  expect(leafHash(new Uint8Array())).toBe(
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
  expect(leafHash(utf8('L123456'))).toBe(
    '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
  );
});

describe('frames', () => {
  const read = (bytes: Uint8Array, chunk: number): string[] => {
    const reader = new FrameReader(crc32);
    const events: string[] = [];
    const note = (event: {
      kind: string;
      offset: number;
      type?: number;
      intact?: boolean;
    }): void => {
      events.push(
        [event.kind, event.offset, event.type ?? '', event.intact ?? ''].join(' ').trim(),
      );
    };
    for (let at = 0; at < bytes.length; at += chunk) {
      for (const event of reader.push(bytes.slice(at, at + chunk))) note(event);
    }
    for (const event of reader.finish()) note(event);
    return events;
  };

  test('both CRCs agree, and with the check value of CRC-32', () => {
    expect(tableCrc32(utf8('123456789'))).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(tableCrc32(bytes)).toBe(crc32(bytes));
      }),
    );
  });

  test('frames are cut alike whatever the chunks', () => {
    const frames = [1, 2, 2, 4, 3].map((type, at) =>
      encodeFrame(type as 1, new Uint8Array(at * 10).fill(type)),
    );
    const bytes = Buffer.concat(frames);
    const whole = read(bytes, bytes.length);
    expect(whole).toHaveLength(5);
    expect(whole.every((event) => event.endsWith('true'))).toBe(true);
    for (const chunk of [1, 2, 7, 11, 64]) expect(read(bytes, chunk)).toEqual(whole);
    for (let length = 0; length < bytes.length; length++) {
      const events = read(bytes.subarray(0, length), 5);
      expect(events.every((event) => /^frame .* true$|^torn /.test(event))).toBe(true);
    }
  });

  test('one flipped bit loses one frame only, whatever the chunks', () => {
    const bytes = Buffer.concat(
      [2, 2, 2, 2].map((type, at) => encodeFrame(type as 2, utf8(`leaf number ${at}`))),
    );
    const size = bytes.length / 4;
    for (let bit = 0; bit < 2 * size * 8; bit++) {
      const bad = Buffer.from(bytes);
      const at = bit >>> 3;
      bad[at] = (bad[at] as number) ^ (1 << (bit & 7));
      const events = read(bad, bad.length);
      const hit = Math.floor(at / size);
      const intact = [0, 1, 2, 3].filter((frame) =>
        events.includes(`frame ${frame * size} 2 true`),
      );
      expect(intact, `bit ${bit}`).toEqual([0, 1, 2, 3].filter((frame) => frame !== hit));
      expect(read(bad, 3), `bit ${bit}`).toEqual(events);
    }
  });

  test('random bytes end, whatever the chunks', () => {
    const byte = fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 12, 255);
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        (list, chunk) => {
          const bytes = Uint8Array.from(list);
          expect(read(bytes, chunk)).toEqual(read(bytes, 1_000));
        },
      ),
    );
  });

  test('epoch content reads back, and malformed content does not', () => {
    const hashes = new Uint8Array(96).fill(9);
    expect(decodeEpoch(encodeEpoch(hashes, 'note\n'))).toEqual({
      count: 3,
      hashes,
      note: 'note\n',
    });
    for (const bytes of [[], [1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]) {
      expect(decodeEpoch(Uint8Array.from(bytes))).toBeUndefined();
    }
    const notUtf8 = encodeEpoch(hashes, 'note\n');
    notUtf8[101] = 0xff;
    expect(decodeEpoch(notUtf8)).toBeUndefined();
    expect(frameTypes.epoch).toBe(3);
  });
});
