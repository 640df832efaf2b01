import { equalBytes, utf8 } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import {
  type Approval,
  type ApprovalSubject,
  isWhole,
  parseApproval,
  subjectLine,
} from './approval.ts';
import { type Approver, type RegisteredKey, registered } from './approval-keys.ts';
import { nobleVerify } from './ed25519.ts';
import { type Note, parseVkey, type Verify } from './note.ts';

/** What an approval is checked against. */
export interface ApprovalPolicy {
  /** Name of the log that it must be for. */
  readonly origin: string;
  /** What it must be about. */
  readonly subject: ApprovalSubject;
  /** Who may approve; each key once, at least one. */
  readonly approvers: readonly Approver[];
  /** Who proposed it, by name, by key or both: that person may not approve it. */
  readonly proposer?: { readonly name?: string; readonly vkey?: string };
  /** When it is used, in ms since 1970. */
  readonly now: number;
  /** How far ahead of `now` it may expire, in ms; 7 days unless given. */
  readonly maxAgeMs?: number;
  /** Different approvers that an `allow` needs; 1 unless given. A `deny` needs one. */
  readonly required?: number;
  /** Ed25519 verification; plain JavaScript unless given. */
  readonly verify?: Verify;
}

/** Why an approval is refused: the first defect found, in this order. */
export type ApprovalProblem =
  /** Not the signed note of an approval's five lines. */
  | 'KNHK_APPROVAL_TEXT'
  /** It is for another log. */
  | 'KNHK_APPROVAL_ORIGIN'
  /** It is about another proposal or action. */
  | 'KNHK_APPROVAL_SUBJECT'
  /** It has ceased to hold. */
  | 'KNHK_APPROVAL_EXPIRED'
  /** It would hold for longer than approvals may. */
  | 'KNHK_APPROVAL_HORIZON'
  /** A line is by a key that is nobody's here. */
  | 'KNHK_APPROVAL_KEY'
  /** One key has two lines. */
  | 'KNHK_APPROVAL_DUPLICATE'
  /** A line is by a key that is not valid at this time. */
  | 'KNHK_APPROVAL_KEY_TIME'
  /** A line is by who proposed it. */
  | 'KNHK_APPROVAL_PROPOSER'
  /** A line does not verify. */
  | 'KNHK_APPROVAL_SIGNATURE'
  /** Fewer persons than required allow it. */
  | 'KNHK_APPROVAL_QUORUM';

/** An approval that holds. It may be a `deny`: ask for `approval.verdict`. */
export interface ApprovalAccepted {
  /** Tells it from an {@link ApprovalRefused}; it does not mean `allow`. */
  readonly ok: true;
  readonly approval: Approval;
  /** Name of who signed first. */
  readonly approver: string;
  /** The keys that signed, in the order of their lines. */
  readonly approvers: readonly Approver[];
}

/** An approval that is worth nothing. */
export interface ApprovalRefused {
  /** Tells it from an {@link ApprovalAccepted}. */
  readonly ok: false;
  readonly code: ApprovalProblem;
  /** For people. */
  readonly message: string;
}

/** What an approval is worth; `ok` tells the two apart. */
export type ApprovalReport = ApprovalAccepted | ApprovalRefused;

const week = 7 * 86_400_000;
/** Names that may not approve, because they proposed. */
function proposersOf(
  proposer: NonNullable<ApprovalPolicy['proposer']>,
  keys: readonly RegisteredKey[],
): ReadonlySet<string> {
  const { name, vkey } = proposer;
  const key = vkey === undefined ? undefined : parseVkey(vkey);
  if ((vkey !== undefined && key === undefined) || (name === undefined && vkey === undefined)) {
    fail('KNHK_APPROVAL_POLICY', 'proposer', 'a name, an Ed25519 vkey or both', proposer);
  }
  const names = new Set(name === undefined ? [] : [name]);
  for (const known of keys) {
    const isOwn = key !== undefined && equalBytes(known.key.publicKey, key.publicKey);
    if (isOwn || known.key.name === name) names.add(known.approver.name);
  }
  return names;
}

/** A policy whose parts are read and checked. */
interface Checked {
  readonly origin: string;
  readonly subject: string;
  readonly keys: readonly RegisteredKey[];
  readonly proposers: ReadonlySet<string>;
  readonly now: number;
  readonly maxAgeMs: number;
  readonly required: number;
}

function checkPolicy(policy: ApprovalPolicy): Checked {
  const { origin, now, proposer, maxAgeMs = week, required = 1 } = policy;
  const keys = registered(policy.approvers);
  const persons = new Set(keys.map(({ approver }) => approver.name)).size;
  if (!Number.isInteger(required) || required < 1 || required > persons) {
    fail('KNHK_APPROVAL_POLICY', 'required', `an integer from 1 to ${persons}`, required);
  }
  if (!isWhole(now)) fail('KNHK_APPROVAL_POLICY', 'now', 'whole ms since 1970', now);
  if (!isWhole(maxAgeMs)) fail('KNHK_APPROVAL_POLICY', 'maxAgeMs', 'whole ms from 0', maxAgeMs);
  const proposers = proposer === undefined ? new Set<string>() : proposersOf(proposer, keys);
  return { origin, subject: subjectLine(policy.subject), keys, proposers, now, maxAgeMs, required };
}

const refuse = (code: ApprovalProblem, message: string): ApprovalRefused => ({
  ok: false,
  code,
  message,
});

function refuseText(approval: Approval, policy: Checked): ApprovalRefused | undefined {
  const { origin, expires } = approval;
  if (origin !== policy.origin) {
    return refuse('KNHK_APPROVAL_ORIGIN', `it is for the log ${origin}`);
  }
  const about = subjectLine(approval.subject);
  if (about !== policy.subject) return refuse('KNHK_APPROVAL_SUBJECT', `it is about ${about}`);
  const until = new Date(expires).toISOString();
  if (policy.now >= expires) return refuse('KNHK_APPROVAL_EXPIRED', `it expired at ${until}`);
  if (expires - policy.now > policy.maxAgeMs) {
    const most = `more than ${policy.maxAgeMs} ms ahead`;
    return refuse('KNHK_APPROVAL_HORIZON', `it expires at ${until}, ${most}`);
  }
  return undefined;
}

/** Who signed; every line must count, so that nothing can be hidden beside a good one. */
function readLines(
  note: Note,
  policy: Checked,
  verify: Verify,
): readonly Approver[] | ApprovalRefused {
  const signers = new Set<RegisteredKey>();
  for (const { name, id } of note.signatures) {
    const known = policy.keys.find(({ key }) => key.name === name && key.id === id);
    if (known === undefined) {
      return refuse('KNHK_APPROVAL_KEY', `no approver has a key ${name}+${id}`);
    }
    const { approver } = known;
    if (signers.has(known)) {
      return refuse('KNHK_APPROVAL_DUPLICATE', `${approver.name} signed twice with ${name}+${id}`);
    }
    if (policy.now < (approver.from ?? 0) || policy.now > (approver.to ?? policy.now)) {
      return refuse('KNHK_APPROVAL_KEY_TIME', `the key ${name}+${id} is not valid at this time`);
    }
    if (policy.proposers.has(approver.name)) {
      return refuse('KNHK_APPROVAL_PROPOSER', `${approver.name} proposed it`);
    }
    signers.add(known);
  }
  const message = utf8(note.text);
  for (const [index, { key }] of [...signers].entries()) {
    const { signature } = note.signatures[index] as Note['signatures'][number];
    if (!verify(key.publicKey, message, signature)) {
      return refuse('KNHK_APPROVAL_SIGNATURE', `the line of ${key.name}+${key.id} does not verify`);
    }
  }
  return [...signers].map(({ approver }) => approver);
}

/**
 * Checks a signed approval: one of this log about this subject, not expired, and signed by nobody
 * but registered approvers, none of whom proposed it. Stricter than C2SP signed-note, which ignores
 * lines of unknown keys: here every line must count. Nothing that a note may hold makes it throw.
 *
 * @throws KnhkError KNHK_APPROVAL_POLICY, KNHK_APPROVAL_TEXT for a policy that cannot be
 * @example
 * const policy = { origin, subject: { seq: 7, action: 0 }, now } as const;
 * const approvers = [{ name: 'ann', vkey: signer.vkey }];
 * const answer = { ...policy, verdict: 'allow', expires: now + 60_000 } as const;
 * const note = await signApproval(answer, signer);
 * const report = verifyApproval(note, { ...policy, approvers });
 * report.ok && report.approval.verdict; // => 'allow'
 * const own = verifyApproval(note, { ...policy, approvers, proposer: { name: 'ann' } });
 * own.ok ? '' : own.code; // => 'KNHK_APPROVAL_PROPOSER'
 */
export function verifyApproval(note: string, policy: ApprovalPolicy): ApprovalReport {
  const checked = checkPolicy(policy);
  const signed = parseApproval(note);
  if (signed === undefined) {
    return refuse('KNHK_APPROVAL_TEXT', 'not the signed note of an approval');
  }
  const { note: parsed, ...approval } = signed;
  const refused = refuseText(approval, checked);
  if (refused !== undefined) return refused;
  const approvers = readLines(parsed, checked, policy.verify ?? nobleVerify);
  if ('ok' in approvers) return approvers;
  const persons = new Set(approvers.map(({ name }) => name)).size;
  // Deny wins: a quorum is asked for what lets something happen.
  if (approval.verdict === 'allow' && persons < checked.required) {
    return refuse('KNHK_APPROVAL_QUORUM', `${persons} of ${checked.required} approvers signed it`);
  }
  return { ok: true, approval, approver: (approvers[0] as Approver).name, approvers };
}
