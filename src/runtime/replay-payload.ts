import { canonical } from '../base/canonical.ts';
import type { SaltedCommitments } from '../receipts/log/secrets.ts';
import type { ApplyLeaf } from '../receipts/verify/leaf-types.ts';
import type { ReplayFinding } from './replay-types.ts';
import type { Payload } from './restore.ts';

/** A finding that does not say yet where it was. */
export type Difference = Omit<ReplayFinding, 'seq'>;

/** A stored payload with the canonical text of what its leaf commits to. */
export interface PayloadTexts {
  readonly payload: Payload;
  readonly record: string;
  readonly context: string;
  readonly proposed: string;
  readonly actions: string;
  readonly report?: string;
}

type Members = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isList =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const isMapOf =
  (item: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value as object).every(item);
const isCount: Check = (value) => typeof value === 'number';

/** True if the value has all members of `required`, and beside them only those of `optional`. */
function isClosed(
  value: unknown,
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): boolean {
  if (!isObject(value)) return false;
  const members = value as Members;
  for (const [name, check] of Object.entries(required)) {
    if (!Object.hasOwn(members, name) || !check(members[name])) return false;
  }
  return Object.keys(members).every(
    (name) => Object.hasOwn(required, name) || optional[name]?.(members[name]) === true,
  );
}

const isAction: Check = (value) =>
  isClosed(value, { type: isText, target: isText, data: isObject });
const isContext: Check = (value) =>
  isClosed(value, {}, { windows: isMapOf(isCount), budgets: isMapOf(isMapOf(isCount)) });

const required = {
  actions: isList(isAction),
  at: Number.isSafeInteger as Check,
  context: isContext,
  id: isText,
  proposed: isList(isAction),
  record: (value: unknown) => isClosed(value, { declaration: isText, fields: isObject }),
};
const optional = { principal: isText, report: isList(isObject) };

/** Reads a payload strictly: its members and its canonical spelling; says what is wrong if not. */
export function readPayload(text: string): PayloadTexts | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (canonical(value) !== text) return 'another spelling than the canonical one';
  } catch {
    return 'something that is not canonical JSON';
  }
  if (!isClosed(value, required, optional)) return 'other members than a payload has';
  const payload = value as Payload;
  return {
    payload,
    record: canonical(payload.record),
    context: canonical(payload.context),
    proposed: canonical(payload.proposed),
    actions: canonical(payload.actions),
    ...(payload.report === undefined ? {} : { report: canonical(payload.report) }),
  };
}

/** Where a payload is not what its leaf commits to. */
export function brokenCommitments(
  leaf: ApplyLeaf,
  id: string,
  texts: PayloadTexts,
  salted: SaltedCommitments,
): readonly Difference[] {
  const { report } = texts;
  const computed: readonly (readonly [Difference['member'], string | undefined, string])[] = [
    ['id', leaf.id, id],
    ['observation', leaf.observation, salted.commit('observation', texts.record)],
    ['context', leaf.context, salted.commit('context', texts.context)],
    ['proposed', leaf.proposed, salted.commit('proposed', texts.proposed)],
    ['actions', leaf.actions, salted.commit('actions', texts.actions)],
    ['report', leaf.report, report === undefined ? 'none' : salted.commit('report', report)],
  ];
  return computed.flatMap(([member, expected = 'none', got]) =>
    expected === got ? [] : [{ member, expected, got }],
  );
}
