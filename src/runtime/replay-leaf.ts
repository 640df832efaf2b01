import type { HmacKey } from '#sha256';
import { canonical } from '../base/canonical.ts';
import { describe } from '../base/errors.ts';
import type { OpenedPayload, SubjectCipher } from '../receipts/log/payload-cipher.ts';
import type { Commitments } from '../receipts/log/secrets.ts';
import { encodeBody, encodeLeaf } from '../receipts/verify/leaf.ts';
import type { ApplyBody, ApplyLeaf } from '../receipts/verify/leaf-types.ts';
import { storedView } from '../rules/context.ts';
import type { RulesDocument } from '../rules/document.ts';
import { type Evaluation, evaluate } from '../rules/evaluate.ts';
import type { ShapesResult } from '../shapes/gate.ts';
import type { Observation } from '../terms/observation.ts';
import { type Data, readRecord } from '../terms/read.ts';
import {
  brokenCommitments,
  type Difference,
  type PayloadTexts,
  readPayload,
} from './replay-payload.ts';
import type { StoredPayload } from './replay-sealed.ts';
import type { Linked } from './replay-snapshots.ts';
import type { Payload } from './restore.ts';
import { type Sealed, seal, sealInvalid } from './seal.ts';

/** What became of one apply leaf. */
export type LeafVerdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'unavailable'; readonly why: 'code' | 'payload' | 'erased' }
  | { readonly kind: 'different'; readonly differences: readonly Difference[] };

/** A verdict, and the payload where it is what the leaf commits to. */
export interface Judged {
  readonly verdict: LeafVerdict;
  readonly trusted?: {
    readonly type: string;
    /** Absent where the definitions cannot read the record. */
    readonly data?: Data;
    readonly payload: Payload;
    readonly context: string;
  };
}

const same: LeafVerdict = { kind: 'same' };
const unavailable = (why: 'code' | 'payload' | 'erased'): LeafVerdict => ({
  kind: 'unavailable',
  why,
});
const different = (differences: readonly Difference[]): LeafVerdict => ({
  kind: 'different',
  differences,
});
const differs = (member: Difference['member'], expected: string, got: string): LeafVerdict =>
  different([{ member, expected, got }]);

/** Recomputes apply leaves from their payloads, with the function that sealed them. */
export class LeafReplay {
  readonly #commitments: Commitments;
  /** By hash. */
  readonly #declarations: ReadonlyMap<string, Observation>;

  readonly #cipher: SubjectCipher | undefined;

  constructor(
    commitments: Commitments,
    declarations: ReadonlyMap<string, Observation>,
    cipher: SubjectCipher | undefined,
  ) {
    this.#commitments = commitments;
    this.#declarations = declarations;
    this.#cipher = cipher;
  }

  /** Never throws: whatever bad data brings about is a difference. */
  judge(leaf: ApplyLeaf, stored: StoredPayload | undefined, linked: Linked): Judged {
    if (linked.kind === 'unreadable') {
      return { verdict: differs('snapshot', leaf.snapshot, linked.problem) };
    }
    const type = typeName(linked.document, leaf.type);
    if (type === undefined) {
      return { verdict: differs('type', 'a type that its snapshot declares', leaf.type) };
    }
    if (stored === undefined) return { verdict: unavailable('payload') };
    const opened = this.#open(stored, leaf.id);
    if (opened === 'erased') return { verdict: unavailable('erased') };
    if (opened === 'unknown-key') return { verdict: unavailable('payload') };
    const texts = 'got' in opened ? opened.got : readPayload(opened.text);
    if (typeof texts === 'string') {
      return { verdict: differs('payload', 'the payload that was sealed', texts) };
    }
    const salt = 'keys' in opened ? opened.keys.salt : undefined;
    try {
      return this.#recompute(leaf, type, { texts, salt }, linked);
    } catch (error) {
      return { verdict: differs('payload', 'a payload that can be evaluated', describe(error)) };
    }
  }

  #open(
    stored: StoredPayload,
    leafId: string,
  ):
    | Exclude<StoredPayload, { kind: 'encrypted' | 'erased' }>
    | OpenedPayload
    | 'erased'
    | 'unknown-key' {
    if (stored.kind === 'erased') return 'erased';
    if (stored.kind !== 'encrypted') return stored;
    return this.#cipher?.openWith(stored.content, leafId) ?? 'unknown-key';
  }

  #recompute(
    leaf: ApplyLeaf,
    type: string,
    { texts, salt }: { readonly texts: PayloadTexts; readonly salt: HmacKey | undefined },
    linked: Exclude<Linked, { kind: 'unreadable' }>,
  ): Judged {
    const { payload, record, context } = texts;
    const { id } = payload;
    const idHash = this.#commitments.id(type, id);
    const salted = this.#commitments.salted(id, salt);
    const broken = brokenCommitments(leaf, idHash, texts, salted);
    if (broken.length > 0) return { verdict: different(broken) };
    const observation = this.#declarations.get(leaf.type);
    if (observation === undefined) {
      return { verdict: unavailable('code'), trusted: { type, payload, context } };
    }
    const read = readRecord(observation, payload.record.fields);
    if (!read.ok || read.record !== record) {
      return { verdict: differs('record', `a record of ${type}`, 'what does not read back') };
    }
    const { data } = read;
    const trusted = { type, data, payload, context };
    const at = observation.time === undefined ? payload.at : data[observation.time];
    if (at !== payload.at) {
      return { verdict: differs('at', String(payload.at), String(at)), trusted };
    }
    if (linked.kind === 'unlinkable') return { verdict: unavailable('code'), trusted };
    const sealed: Sealed = {
      observation,
      data,
      record,
      id,
      idHash,
      salted,
      observationHash: leaf.observation,
      principal: payload.principal,
      trace: leaf.trace,
    };
    const verdict =
      leaf.outcome === 'invalid'
        ? judgeInvalid(leaf, sealed, texts, linked.document)
        : judgeEvaluation(leaf, sealed, texts, linked);
    return { verdict, trusted };
  }
}

/** A declaration's name by its hash, as a snapshot knows it. */
export function typeName(document: RulesDocument, hash: string): string | undefined {
  return Object.keys(document.declarations).find((type) => document.declarations[type] === hash);
}

function judgeInvalid(
  leaf: ApplyLeaf,
  sealed: Sealed,
  { payload }: PayloadTexts,
  document: RulesDocument,
): LeafVerdict {
  if (document.shapes === null || payload.report === undefined) {
    return differs('outcome', 'invalid', 'no shapes, or no report of what violates them');
  }
  const results = payload.report as readonly ShapesResult[];
  const { body } = sealInvalid(sealed, payload.at, leaf.snapshot, results);
  const differences = compare(leaf, body);
  return differences.length === 0 ? same : different(differences);
}

function judgeEvaluation(
  leaf: ApplyLeaf,
  sealed: Sealed,
  texts: PayloadTexts,
  { snapshot, changedActions }: Extract<Linked, { kind: 'linked' }>,
): LeafVerdict {
  const { payload } = texts;
  const { at, principal } = payload;
  const { type } = sealed.observation;
  const evaluation = evaluate(snapshot, storedView(payload.context), {
    type,
    data: sealed.data,
    at,
    id: payload.id,
    ...(principal === undefined ? {} : { principal }),
  });
  const { body } = seal(sealed, at, leaf.snapshot, payload.context, evaluation);
  const differences = compare(leaf, body).map((item) => quoteActions(item, texts, evaluation));
  if (differences.length === 0) return same;
  if (!lacksCode(leaf, payload, evaluation, changedActions)) return different(differences);
  // Conditions and sector are data: without the code they can still be compared.
  const provable = differences.filter(({ member }) => member === 'fired' || member === 'sector');
  return provable.length > 0 ? different(provable) : unavailable('code');
}

/** What the leaf says beside what sealing it again says. */
function compare(leaf: ApplyLeaf, body: ApplyBody): readonly Difference[] {
  const { seq, time, prev } = leaf;
  if (encodeBody(body, seq, time, prev) === encodeLeaf(leaf)) return [];
  const before = leaf as unknown as Readonly<Record<string, unknown>>;
  const now = { ...body, v: 1, seq, time, prev } as Readonly<Record<string, unknown>>;
  const names = new Set([...Object.keys(before), ...Object.keys(now)]) as Set<Difference['member']>;
  const text = (value: unknown): string => (value === undefined ? 'none' : canonical(value));
  return [...names].flatMap((member) => {
    const expected = text(before[member]);
    const got = text(now[member]);
    return expected === got ? [] : [{ member, expected: shorten(expected), got: shorten(got) }];
  });
}

/** Commitments say that actions differ; the actions themselves say how. */
function quoteActions(
  difference: Difference,
  texts: PayloadTexts,
  { proposedText, actionsText }: Evaluation,
): Difference {
  const { member } = difference;
  if (member !== 'proposed' && member !== 'actions') return difference;
  const got = member === 'proposed' ? proposedText : actionsText;
  return { member, expected: shorten(texts[member]), got: shorten(got) };
}

const textMax = 400;

function shorten(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax)}...`;
}

/** True if code or a declaration that took part, then or now, is not the one of the leaf. */
function lacksCode(
  { failure, verdicts }: ApplyLeaf,
  payload: Payload,
  evaluation: Evaluation,
  changedActions: ReadonlySet<string>,
): boolean {
  const codes = [failure?.code, evaluation.failure?.code];
  if (codes.includes('KNHK_HOOK_MISSING')) return true;
  const answers = [...verdicts, ...evaluation.verdicts];
  if (answers.some((item) => 'code' in item && item.code === 'KNHK_GUARD_MISSING')) return true;
  if (changedActions.size === 0) return false;
  if (codes.includes('KNHK_HOOK_ACTION')) return true;
  const proposed = [...payload.proposed, ...evaluation.proposed];
  return proposed.some(({ type }) => changedActions.has(type));
}
