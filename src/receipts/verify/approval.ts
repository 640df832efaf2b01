import { utf8 } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { nobleVerify } from './ed25519.ts';
import { isKeyName, type Note, parseNote, parseVkey, signatureLine } from './note.ts';
import { parseDecimal } from './proof.ts';
import type { Signer } from './signer.ts';

/**
 * What an approval is about: a proposal by its content hash (64 hexadecimal digits), or an action
 * that waits, by the leaf of its observation and its index among the actions proposed there.
 */
export type ApprovalSubject =
  | { readonly proposal: string }
  | { readonly seq: number; readonly action: number };

/** A person's answer about one proposal or action of one log. */
export interface Approval {
  /** Name of the log, like `example.com/ops`. */
  readonly origin: string;
  readonly subject: ApprovalSubject;
  readonly verdict: 'allow' | 'deny';
  /** When the answer ceases to hold, in ms since 1970, up to the year 9999. */
  readonly expires: number;
}

/** An approval together with the note that carries it. */
export interface SignedApproval extends Approval {
  /** Text and signature lines as they were read; nothing is verified yet. */
  readonly note: Note;
}

const header = 'knhk/1/approval';
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** An integer from 0: a place in a log, or whole ms since 1970. */
export const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/**
 * The line of an approval that says what it is about.
 *
 * @throws KnhkError KNHK_APPROVAL_TEXT
 */
export function subjectLine(subject: ApprovalSubject): string {
  const given = subject as Partial<Record<'proposal' | 'seq' | 'action', unknown>>;
  const { proposal, seq, action } = given ?? {};
  const isProposal = typeof proposal === 'string' && /^[0-9a-f]{64}$/.test(proposal);
  if (isProposal && seq === undefined && action === undefined) return `proposal ${proposal}`;
  if (proposal === undefined && isWhole(seq) && isWhole(action)) return `action ${seq} ${action}`;
  return fail('KNHK_APPROVAL_TEXT', 'subject', '{proposal: 64 hex} or {seq, action}', given);
}

/**
 * The text that signatures of an approval cover. Five lines and nothing else: `knhk/1/approval`,
 * the log's origin, `proposal <64 hex>` or `action <seq> <index>`, `allow` or `deny`, and the
 * expiry as `YYYY-MM-DDTHH:mm:ss.sssZ`.
 *
 * @throws KnhkError KNHK_APPROVAL_TEXT
 * @example
 * const subject = { seq: 7, action: 0 };
 * const text = approvalText({ origin, subject, verdict: 'allow', expires: now });
 * text.split('\n')[2]; // => 'action 7 0'
 * text.split('\n')[4]; // => '2026-11-21T12:00:00.000Z'
 * approvalText({ origin, subject, verdict: 'deny', expires: 0.5 }); // => throws KNHK_APPROVAL_TEXT
 */
export function approvalText({ origin, subject, verdict, expires }: Approval): string {
  if (typeof origin !== 'string' || !isKeyName(origin)) {
    fail('KNHK_APPROVAL_TEXT', 'origin', 'a name without spaces, plus and controls', origin);
  }
  if (verdict !== 'allow' && verdict !== 'deny') {
    fail('KNHK_APPROVAL_TEXT', 'verdict', 'allow or deny', verdict);
  }
  if (!isWhole(expires) || expires > latest) {
    fail('KNHK_APPROVAL_TEXT', 'expires', 'whole ms since 1970, up to the year 9999', expires);
  }
  const until = new Date(expires).toISOString();
  return `${header}\n${origin}\n${subjectLine(subject)}\n${verdict}\n${until}\n`;
}

function readSubject(line: string): ApprovalSubject | undefined {
  const [word, first = '', second] = line.split(' ');
  if (word === 'proposal' && second === undefined) return { proposal: first };
  const [seq, action] = [parseDecimal(first), parseDecimal(second ?? '')];
  const isAction = word === 'action' && seq !== undefined && action !== undefined;
  return isAction ? { seq, action } : undefined;
}

function readText(text: string): Approval | undefined {
  const [, origin, about, verdict, until] = text.split('\n');
  if (origin === undefined || about === undefined || until === undefined) return undefined;
  const subject = readSubject(about);
  if (subject === undefined) return undefined;
  const approval = {
    ...{ origin, subject, expires: Date.parse(until) },
    verdict: verdict as Approval['verdict'],
  };
  try {
    // Each approval has one spelling: what would be written otherwise is none.
    return approvalText(approval) === text ? approval : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a signed approval strictly; undefined where the note or any of its five lines is not
 * exactly as {@link approvalText} writes it. Signatures are not checked here.
 *
 * @example
 * const subject = { seq: 7, action: 0 };
 * const approval = { origin, subject, verdict: 'allow', expires: now } as const;
 * const note = await signApproval(approval, signer);
 * parseApproval(note)?.subject; // => { seq: 7, action: 0 }
 * parseApproval(note.replace('allow', 'Allow')); // => undefined
 */
export function parseApproval(text: string): SignedApproval | undefined {
  const note = typeof text === 'string' ? parseNote(text) : undefined;
  if (note === undefined) return undefined;
  const approval = readText(note.text);
  return approval === undefined ? undefined : { ...approval, note };
}

/**
 * Signs an approval: a C2SP signed note over {@link approvalText}. Given a note instead, it adds
 * a signature line of one more approver to it.
 *
 * @param approval The answer to be signed, or the signed note that another approver has made of it.
 * @param signer The approver's key; what it signs is verified before it is returned.
 * @throws KnhkError KNHK_APPROVAL_TEXT, KNHK_APPROVAL_DUPLICATE for a key that has signed the note
 * already, KNHK_APPROVAL_SIGNATURE for a signer whose signature does not verify, KNHK_RECEIPTS_KEY
 * for one whose vkey is none
 * @example
 * const subject = { seq: 7, action: 0 };
 * const approval = { origin, subject, verdict: 'allow', expires: now } as const;
 * const note = await signApproval(approval, signer);
 * parseNote(note)?.signatures.length; // => 1
 * const second = nobleSigner({ name: 'example.com/ann', privateKey: new Uint8Array(32).fill(1) });
 * parseNote(await signApproval(note, second))?.signatures.length; // => 2
 * await signApproval(note, signer); // => throws KNHK_APPROVAL_DUPLICATE
 */
export async function signApproval(approval: Approval | string, signer: Signer): Promise<string> {
  const key = parseVkey(signer.vkey);
  if (key === undefined) {
    return fail('KNHK_RECEIPTS_KEY', 'signer', 'an Ed25519 vkey', signer.vkey);
  }
  const isNote = typeof approval === 'string';
  const read = isNote ? parseApproval(approval) : undefined;
  if (isNote && read === undefined) {
    return fail('KNHK_APPROVAL_TEXT', 'note', 'a signed approval', approval);
  }
  if (read?.note.signatures.some(({ name, id }) => name === key.name && id === key.id)) {
    fail('KNHK_APPROVAL_DUPLICATE', key.name, 'a key that has not signed yet', key.vkey);
  }
  const text = isNote ? (read as SignedApproval).note.text : approvalText(approval);
  const signature = await signer.sign(utf8(text));
  if (!nobleVerify(key.publicKey, utf8(text), signature)) {
    fail('KNHK_APPROVAL_SIGNATURE', key.name, 'a signature that its vkey verifies', 'another one');
  }
  return `${isNote ? approval : `${text}\n`}${signatureLine(key, signature)}`;
}
