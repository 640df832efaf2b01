import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeSigner, nodeVerify } from '../../src/receipts/log/index.ts';
import {
  type ApprovalPolicy,
  type Approver,
  nobleVerify,
  parseApprovers,
  signApproval,
  verifyApproval,
} from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { approvalVectors } from './approval-vectors.ts';
import { codeOf, origin } from './support.ts';
import { collision } from './vectors.ts';

const { policy: common, cases } = approvalVectors;
const now = Date.UTC(2026, 10, 21, 12);

describe.each([
  ['node:crypto', nodeVerify],
  ['noble', nobleVerify],
])('the vectors by %s', (_name, verify) => {
  test.each(cases)('$name: $answer', ({ note, answer, policy, approvers = ['ann'] }) => {
    const report = verifyApproval(note, { ...common, ...policy, verify });
    expect(report.ok ? report.approval.verdict : report.code).toBe(answer);
    if (!report.ok) return expect(report.message).not.toBe('');
    expect(report.approver).toBe(approvers[0]);
    expect(report.approvers.map(({ name }) => name)).toEqual(approvers);
    for (const approver of report.approvers) expect(common.approvers).toContainEqual(approver);
  });
});

test('the vectors hold every refusal', () => {
  const answers = new Set(cases.map(({ answer }) => answer));
  expect([...answers].sort()).toEqual([
    ...['KNHK_APPROVAL_DUPLICATE', 'KNHK_APPROVAL_EXPIRED', 'KNHK_APPROVAL_HORIZON'],
    ...['KNHK_APPROVAL_KEY', 'KNHK_APPROVAL_KEY_TIME', 'KNHK_APPROVAL_ORIGIN'],
    ...['KNHK_APPROVAL_PROPOSER', 'KNHK_APPROVAL_QUORUM', 'KNHK_APPROVAL_SIGNATURE'],
    ...['KNHK_APPROVAL_SUBJECT', 'KNHK_APPROVAL_TEXT', 'allow', 'deny'],
  ]);
});

test('whatever the note is, there is an answer', () => {
  const foreign = [undefined, null, 7, {}, [], new Uint8Array(9), '\ud800', '\u2014 '.repeat(2e6)];
  for (const note of foreign) {
    const report = verifyApproval(note as string, common);
    expect(report).toMatchObject({ ok: false, code: 'KNHK_APPROVAL_TEXT' });
  }
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (note) => {
    expect(verifyApproval(note, common).ok).toBe(false);
  });
  fc.assert(property, { numRuns: runs(100) });
});

/** Four persons with two keys each; keys 6 and 7 have no line in the list. */
const signers = Array.from({ length: 8 }, (_, index) =>
  nodeSigner({ name: `key-${index >> 2}`, privateKey: new Uint8Array(32).fill(index + 1) }),
);
const personOf = (key: number): string => `person-${key >> 1}`;

interface Signing {
  readonly keys: readonly number[];
  readonly wrong: ReadonlySet<number>;
  readonly to: ReadonlyMap<number, number>;
  readonly proposer: number | undefined;
  readonly required: number;
  readonly verdict: 'allow' | 'deny';
  readonly aheadMs: number;
}

/** The rules in the plainest form, over what was done and not over the note that says so. */
function mayPass({ keys, wrong, to, proposer, required, verdict, aheadMs }: Signing): boolean {
  const persons = keys.map(personOf);
  if (aheadMs <= 0 || aheadMs > 1_000 || new Set(keys).size < keys.length) return false;
  if (keys.some((key) => key >= 6 || wrong.has(key) || (to.get(key) ?? now) < now)) return false;
  if (proposer !== undefined && persons.includes(personOf(proposer))) return false;
  return verdict === 'deny' || new Set(persons).size >= required;
}

const key = fc.nat(7);
const signings: fc.Arbitrary<Signing> = fc.record({
  keys: fc.array(fc.oneof({ weight: 8, arbitrary: fc.nat(5) }, key), {
    ...{ minLength: 1, maxLength: 4 },
  }),
  wrong: fc
    .oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(key, { maxLength: 1 }))
    .map((list) => new Set(list)),
  to: fc
    .array(fc.tuple(key, fc.constantFrom(now - 1, now, now + 1)), { maxLength: 2 })
    .map((list) => new Map(list)),
  proposer: fc.option(key, { nil: undefined, freq: 2 }),
  required: fc.integer({ min: 1, max: 3 }),
  verdict: fc.constantFrom('allow', 'deny'),
  aheadMs: fc.constantFrom(-1, 0, 1, 500, 1_000, 1_001),
});

test('who signed decides, and nothing else', async () => {
  const subject = { seq: 3, action: 1 };
  const approvers = (to: Signing['to']): readonly Approver[] =>
    signers.slice(0, 6).map(({ vkey }, index) => {
      const last = to.get(index);
      return { name: personOf(index), vkey, ...(last === undefined ? {} : { to: last }) };
    });
  const answers = { passed: 0, refused: 0 };
  const property = fc.asyncProperty(signings, async (signing) => {
    const { verdict, aheadMs, proposer, required } = signing;
    const answer = { origin, subject, verdict, expires: now + aheadMs };
    const other = { ...answer, subject: { seq: 3, action: 0 } };
    const linesBy = async (index: number, of: typeof answer): Promise<string> =>
      (await signApproval(of, signers[index]!)).split('\n\n')[1] as string;
    const text = (await signApproval(answer, signers[0]!)).split('\n\n')[0] as string;
    let note = `${text}\n\n`;
    for (const index of signing.keys) {
      note += await linesBy(index, signing.wrong.has(index) ? other : answer);
    }
    const report = verifyApproval(note, {
      ...{ origin, subject, now, required, maxAgeMs: 1_000, verify: nodeVerify },
      approvers: approvers(signing.to),
      // A proposer beyond the list is nobody who may approve; its key is still a key.
      ...(proposer === undefined ? {} : { proposer: { vkey: signers[proposer]!.vkey } }),
    });
    expect(report.ok).toBe(mayPass(signing));
    if (report.ok) expect(report.approver).toBe(personOf(signing.keys[0]!));
    answers[report.ok ? 'passed' : 'refused']++;
  });
  const example = { wrong: new Set<number>(), to: new Map(), proposer: 5, required: 2 };
  const passing: Signing = { ...example, keys: [0, 1, 2], verdict: 'allow', aheadMs: 1 };
  await fc.assert(property, { numRuns: runs(150), examples: [[passing]] });
  expect(answers.passed).toBeGreaterThan(0);
});

test('the order of the lines does not matter', async () => {
  const subject = { proposal: '12'.repeat(32) };
  const answer = { origin, subject, verdict: 'allow', expires: now + 1 } as const;
  const lines = await Promise.all(
    signers.slice(0, 3).map(async (signer) => (await signApproval(answer, signer)).split('\n\n')),
  );
  const policy: ApprovalPolicy = {
    ...{ origin, subject, now, required: 2 },
    approvers: signers.slice(0, 3).map(({ vkey }, index) => ({ name: personOf(index), vkey })),
  };
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [0, 2],
  ]) {
    const note = `${lines[0]![0]}\n\n${order.map((index) => lines[index]![1]).join('')}`;
    expect(verifyApproval(note, policy)).toMatchObject({ ok: true });
  }
  const same = `${lines[0]![0]}\n\n${lines[0]![1]}${lines[1]![1]}`;
  expect(verifyApproval(same, policy)).toMatchObject({ code: 'KNHK_APPROVAL_QUORUM' });
});

describe('a policy that cannot be is a mistake', () => {
  const good = cases[0]!.note;
  const [ann, , bob] = common.approvers as readonly [Approver, Approver, Approver];
  const renamed = nodeSigner({ name: 'renamed', privateKey: new Uint8Array(32).fill(1) }).vkey;
  const original = nodeSigner({ name: 'original', privateKey: new Uint8Array(32).fill(1) }).vkey;
  const lists: readonly [string, unknown][] = [
    ['no approvers', []],
    ['approvers that are no list', { 0: ann, length: 1 }],
    ['approvers that are missing', undefined],
    ['an approver that is none', [null]],
    ['an approver that is a list', [[]]],
    ['an unknown member', [{ ...ann, role: 'chief' }]],
    ['a name with a space', [{ ...ann, name: 'Ann Lee' }]],
    ['no name', [{ ...ann, name: '' }]],
    ['a name that is none', [{ ...ann, name: 7 }]],
    ['no vkey', [{ name: 'ann' }]],
    ['a vkey that is none', [{ name: 'ann', vkey: 'ann+00000000+AQAA' }]],
    ['a range that begins nowhere', [{ ...ann, from: -1 }]],
    ['a range in parts of ms', [{ ...ann, to: 0.5 }]],
    ['a range that ends first', [{ ...ann, from: 2, to: 1 }]],
    ['a range that ends as text', [{ ...ann, to: '2026-11-21' }]],
    ['a key twice', [ann, bob, { ...ann, from: 1 }]],
    ['a key of two persons', [ann, { name: 'bob', vkey: ann.vkey }]],
    [
      'a key under two names',
      [
        { name: 'a', vkey: original },
        { name: 'a', vkey: renamed },
      ],
    ],
    ['two keys of one name and id', collision.map((vkey, index) => ({ name: `n${index}`, vkey }))],
  ];
  test.each(lists)('%s', async (_name, approvers) => {
    const policy = { ...common, approvers } as ApprovalPolicy;
    expect(await codeOf(() => verifyApproval(good, policy))).toBe('KNHK_APPROVAL_POLICY');
    expect(await codeOf(() => parseApprovers(approvers))).toBe('KNHK_APPROVAL_POLICY');
  });

  test.each<[string, object]>([
    ['nobody required', { required: 0 }],
    ['half of one required', { required: 0.5 }],
    ['more required than there are persons', { required: 6 }],
    ['no time', { now: Number.NaN }],
    ['a time that is missing', { now: undefined }],
    ['a part of a ms', { now: 0.5 }],
    ['a time ahead without end', { maxAgeMs: Number.POSITIVE_INFINITY }],
    ['a time ahead that is behind', { maxAgeMs: -1 }],
    ['a proposer without name and key', { proposer: {} }],
    ['a proposer with a key that is none', { proposer: { name: 'ann', vkey: 'ann' } }],
  ])('%s', async (_name, more) => {
    const policy = { ...common, ...more } as ApprovalPolicy;
    expect(await codeOf(() => verifyApproval(good, policy))).toBe('KNHK_APPROVAL_POLICY');
    // Whatever the note is: a mistake shows on the first day.
    expect(await codeOf(() => verifyApproval('', policy))).toBe('KNHK_APPROVAL_POLICY');
  });

  test('as is a subject that cannot be', async () => {
    const policy = { ...common, subject: { proposal: 'ab' } };
    expect(await codeOf(() => verifyApproval('', policy))).toBe('KNHK_APPROVAL_TEXT');
  });

  test('but all persons may be required, and a verifier that throws allows nothing', () => {
    expect(verifyApproval(good, { ...common, required: 5 }).ok).toBe(false);
    const broken = (): never => {
      throw new Error('out of memory');
    };
    expect(() => verifyApproval(good, { ...common, verify: broken })).toThrow('out of memory');
  });
});

test('approvers are read from JSON as from data', async () => {
  const text = JSON.stringify(common.approvers);
  expect(parseApprovers(text)).toEqual(common.approvers);
  expect(parseApprovers(common.approvers)).toEqual(common.approvers);
  expect(await codeOf(() => parseApprovers('['))).toBe('KNHK_APPROVAL_POLICY');
});
