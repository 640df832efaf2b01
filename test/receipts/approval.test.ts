import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeSigner, nodeVerify } from '../../src/receipts/log/index.ts';
import {
  type Approval,
  type ApprovalSubject,
  approvalText,
  nobleSigner,
  parseApproval,
  parseNote,
  parseVkey,
  type Signer,
  signApproval,
  type VerifierKey,
  verifyApproval,
} from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { approvalVectors } from './approval-vectors.ts';
import { codeOf, origin } from './support.ts';

const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const ann = nodeSigner({ name: 'example.com/ann', privateKey: seed(1) });
const bob = nobleSigner({ name: 'bob', privateKey: seed(2) });
const later: Signer = {
  vkey: nodeSigner({ name: 'later', privateKey: seed(3) }).vkey,
  sign: async (bytes) => nodeSigner({ name: 'later', privateKey: seed(3) }).sign(bytes),
};
const now = Date.UTC(2026, 10, 21, 12);
const hour = 3_600_000;
const proposal = 'ab'.repeat(32);
const approval: Approval = {
  ...{ origin, subject: { proposal }, verdict: 'allow', expires: now + hour },
};

/** What OpenSSL says of each line of a note, without any of our code. */
function openssl(note: string, vkeys: readonly string[]): readonly boolean[] {
  const text = note.slice(0, note.indexOf('\n\n') + 1);
  const lines = note.slice(text.length + 1, -1).split('\n');
  return lines.map((line, index) => {
    const typed = Buffer.from((vkeys[index] as string).split('+').slice(2).join('+'), 'base64');
    const prefix = Buffer.from('302a300506032b6570032100', 'hex');
    const der = Buffer.concat([prefix, typed.subarray(1)]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const signature = Buffer.from(line.split(' ')[2] as string, 'base64').subarray(4);
    return verify(null, Buffer.from(text), key, signature);
  });
}

const subjects: fc.Arbitrary<ApprovalSubject> = fc.oneof(
  fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => ({ proposal: Buffer.from(bytes).toString('hex') })),
  fc.record({ seq: fc.maxSafeNat(), action: fc.nat(15) }),
);
const approvals: fc.Arbitrary<Approval> = fc.record({
  origin: fc.constantFrom('a', origin, 'log.example/\u03bb'),
  subject: subjects,
  verdict: fc.constantFrom('allow', 'deny'),
  expires: fc.oneof(fc.nat(4e12), fc.constantFrom(0, Date.UTC(9999, 11, 31, 23, 59, 59, 999))),
});

test('the text is five lines', () => {
  const about = { ...approval, subject: { seq: 7, action: 0 }, verdict: 'deny' } as const;
  expect(approvalText(about)).toBe(
    `knhk/1/approval\n${origin}\naction 7 0\ndeny\n2026-11-21T13:00:00.000Z\n`,
  );
  expect(approvalText(approval)).toBe(
    `knhk/1/approval\n${origin}\nproposal ${proposal}\nallow\n2026-11-21T13:00:00.000Z\n`,
  );
});

describe('a signed approval', () => {
  test('reads as it was, and OpenSSL verifies every line', async () => {
    const property = fc.asyncProperty(approvals, async (one) => {
      let note = await signApproval(one, ann);
      for (const signer of [bob, later]) note = await signApproval(note, signer);
      const { note: parsed, ...read } = parseApproval(note)!;
      expect(read).toEqual(one);
      expect(parsed).toEqual(parseNote(note));
      expect(parsed.text).toBe(approvalText(one));
      expect(openssl(note, [ann.vkey, bob.vkey, later.vkey])).toEqual([true, true, true]);
    });
    await fc.assert(property, { numRuns: runs(40) });
  });

  test('is the same whoever holds the key', async () => {
    const noble = nobleSigner({ name: 'example.com/ann', privateKey: seed(1) });
    expect(await signApproval(approval, noble)).toBe(await signApproval(approval, ann));
  });

  test('is refused with any bit of it changed', async () => {
    const note = await signApproval(await signApproval(approval, ann), bob);
    const policy = {
      ...{ origin, subject: { proposal }, now, verify: nodeVerify },
      approvers: [ann, bob].map(({ vkey }, index) => ({ name: `${index}`, vkey })),
    };
    expect(verifyApproval(note, policy).ok).toBe(true);
    const bytes = utf8(note);
    const accepted: number[] = [];
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const bent = bytes.slice();
      bent[bit >>> 3] = (bent[bit >>> 3] as number) ^ (1 << (bit & 7));
      if (verifyApproval(Buffer.from(bent).toString(), policy).ok) accepted.push(bit);
    }
    expect(accepted).toEqual([]);
  });

  test('is refused with a byte replaced, left out or added', async () => {
    const notes = await Promise.all([ann, bob].map((signer) => signApproval(approval, signer)));
    const policy = {
      ...{ origin, subject: { proposal }, now, verify: nodeVerify },
      approvers: [ann, bob].map(({ vkey }, index) => ({ name: `${index}`, vkey })),
    };
    const changes = fc.record({
      note: fc.constantFrom(...notes.map(utf8)),
      at: fc.nat(),
      byte: fc.nat(255),
      how: fc.constantFrom('replace', 'leave out', 'add'),
    });
    const property = fc.property(changes, ({ note, at: place, byte, how }) => {
      const at = place % note.length;
      const other = how === 'replace' && note[at] === byte ? byte ^ 1 : byte;
      const put = how === 'leave out' ? [] : [other];
      const rest = note.subarray(how === 'add' ? at : at + 1);
      const bent = Buffer.from([...note.subarray(0, at), ...put, ...rest]);
      expect(verifyApproval(bent.toString(), policy).ok).toBe(false);
    });
    fc.assert(property, { numRuns: runs(400) });
  });

  test('has no signature of another text or kind of note', async () => {
    const note = await signApproval(approval, ann);
    expect(parseApproval(note.replace('approval', 'Approval'))).toBeUndefined();
    for (const foreign of [undefined, null, 7, {}, []]) {
      expect(parseApproval(foreign as unknown as string)).toBeUndefined();
    }
  });

  test('of any text is an approval or nothing, without a throw', () => {
    const words = fc.constantFrom(
      ...['knhk/1/approval\n', `${origin}\n`, `proposal ${proposal}\n`, 'action 7 0\n', 'allow\n'],
      ...['2026-11-21T13:00:00.000Z\n', '\n', '\u2014 a AAAAAAA=\n', '\ud800', 'toString\n'],
    );
    const texts = fc.array(words, { maxLength: 9 }).map((parts) => parts.join(''));
    const property = fc.property(texts, (text) => {
      const read = parseApproval(text);
      if (read !== undefined) expect(approvalText(read)).toBe(read.note.text);
    });
    fc.assert(property, { numRuns: runs(300) });
  });
});

test.each(approvalVectors.cases)('reads or not: $name', ({ note, answer }) => {
  expect(parseApproval(note) === undefined).toBe(answer === 'KNHK_APPROVAL_TEXT');
});

describe('what cannot be is refused', () => {
  const changed = (more: object) => () => approvalText({ ...approval, ...more } as Approval);
  test.each<[string, () => unknown]>([
    ['an origin with a space', changed({ origin: 'a b' })],
    ['an origin with a newline', changed({ origin: 'a\nb' })],
    ['an origin that is no text', changed({ origin: 7 })],
    ['another verdict', changed({ verdict: 'perhaps' })],
    ['no verdict', changed({ verdict: undefined })],
    ['a part of a ms', changed({ expires: 0.5 })],
    ['1969', changed({ expires: -1 })],
    ['the year 10000', changed({ expires: Date.UTC(9999, 11, 31, 23, 59, 59, 999) + 1 })],
    ['no time', changed({ expires: Number.NaN })],
    ['a time as text', changed({ expires: '2026-11-21T13:00:00.000Z' })],
    ['no subject', changed({ subject: undefined })],
    ['an empty subject', changed({ subject: {} })],
    ['half a subject', changed({ subject: { seq: 7 } })],
    ['two subjects', changed({ subject: { proposal, seq: 7, action: 0 } })],
    ['a proposal and half an action', changed({ subject: { proposal, action: 0 } })],
    ['a short hash', changed({ subject: { proposal: 'ab' } })],
    ['a hash with a newline', changed({ subject: { proposal: `${proposal}\n` } })],
    ['a negative seq', changed({ subject: { seq: -1, action: 0 } })],
    ['a seq as text', changed({ subject: { seq: '7', action: 0 } })],
    ['half an index', changed({ subject: { seq: 7, action: 0.5 } })],
    ['another note to sign', () => signApproval('text\n\n\u2014 a AAAAAAA=\n', ann)],
    ['a text without signatures to sign', () => signApproval(approvalText(approval), ann)],
  ])('%s', async (_name, work) => {
    expect(await codeOf(work)).toBe('KNHK_APPROVAL_TEXT');
  });

  test('a second line of one key', async () => {
    const note = await signApproval(await signApproval(approval, ann), bob);
    expect(await codeOf(() => signApproval(note, ann))).toBe('KNHK_APPROVAL_DUPLICATE');
    // Another name or another key of that name is another line.
    for (const [name, fill] of [['bob', 1] as const, ['example.com/ann', 9] as const]) {
      const other = nodeSigner({ name, privateKey: seed(fill) });
      const three = parseNote(await signApproval(note, other));
      expect(three?.signatures.length).toBe(3);
      expect(three?.signatures[2]?.id).toBe((parseVkey(other.vkey) as VerifierKey).id);
    }
  });

  test('a signer that does not hold its key', async () => {
    const signers: readonly Signer[] = [
      { vkey: ann.vkey, sign: bob.sign },
      { vkey: ann.vkey, sign: () => new Uint8Array(63) },
      { vkey: ann.vkey, sign: async () => new Uint8Array(64) },
    ];
    for (const signer of signers) {
      expect(await codeOf(() => signApproval(approval, signer))).toBe('KNHK_APPROVAL_SIGNATURE');
    }
    const nobody = { vkey: 'nobody', sign: ann.sign };
    expect(await codeOf(() => signApproval(approval, nobody))).toBe('KNHK_RECEIPTS_KEY');
    const broken = { vkey: ann.vkey, sign: () => Promise.reject(new Error('the vault is sealed')) };
    await expect(signApproval(approval, broken)).rejects.toThrow('the vault is sealed');
  });
});
