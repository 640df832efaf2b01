import { limits } from '../../base/limits.ts';
import { parseVkey } from './note.ts';

// The shape of each kind is checked as data: the same rules serve what is about to be appended
// and what was read back, so neither side can accept what the other refuses.
type Members = Record<string, unknown>;
type Check = (value: unknown) => boolean;

const codePattern = /^[\x21-\x7e]{1,128}$/;
const tracePattern = /^[\x20-\x7e]{1,256}$/;

// 1 for every UTF-16 unit that is no lower-case hexadecimal digit. A leaf has seven hashes or more:
// looking units up takes 92 ns a hash, a regular expression 250 ns (measured, Node 20).
const notHex = new Uint8Array(65_536).fill(1);
for (const digit of '0123456789abcdef') notHex[digit.charCodeAt(0)] = 0;

const isHash: Check = (value) => {
  if (typeof value !== 'string' || value.length !== 64) return false;
  let bad = 0;
  for (let at = 0; at < 64; at += 4) {
    bad |= (notHex[value.charCodeAt(at)] as number) | (notHex[value.charCodeAt(at + 1)] as number);
    bad |= notHex[value.charCodeAt(at + 2)] as number;
    bad |= notHex[value.charCodeAt(at + 3)] as number;
  }
  return bad === 0;
};

/** A hash that most leaves share with the one before: the same string is looked through once. */
const repeatedHash = (): Check => {
  let known: unknown;
  return (value) => {
    if (value === known) return true;
    if (!isHash(value)) return false;
    known = value;
    return true;
  };
};

const isCode: Check = (value) => typeof value === 'string' && codePattern.test(value);
const isTrace: Check = (value) => typeof value === 'string' && tracePattern.test(value);
const isText: Check = (value) =>
  typeof value === 'string' && value.length <= limits.stringBytes && value.isWellFormed();
const isVkey: Check = (value) => typeof value === 'string' && parseVkey(value) !== undefined;
const isName: Check = (value) => isText(value) && value !== '';
const isTime: Check = (value) => Number.isSafeInteger(value) && !Object.is(value, -0);
const isCount: Check = (value) => isTime(value) && (value as number) >= 0;
const isPositive: Check = (value) => isTime(value) && (value as number) >= 1;
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

const isIndex = (value: unknown, count: number): value is number =>
  isCount(value) && (value as number) < count;

const isHook: Check = (value) => value === -1 || isIndex(value, limits.hooks);
const isGuard: Check = (value) => value === -1 || isIndex(value, limits.guards);
const isAction: Check = (value) => isIndex(value, limits.actionsPerObservation);

/** True if the value is an object with exactly these members. */
function isClosed(value: unknown, shape: Readonly<Record<string, Check>>): value is Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(shape);
  if (Object.keys(value).length !== names.length) return false;
  return names.every((name) => shape[name]?.((value as Members)[name]) === true);
}

const isFired: Check = (value) => {
  if (!Array.isArray(value) || value.length > limits.firedPerObservation) return false;
  let last = -1;
  for (const index of value as readonly unknown[]) {
    if (!isIndex(index, limits.hooks) || index <= last) return false;
    last = index;
  }
  return true;
};

const verdictShape = {
  action: isAction,
  guard: isGuard,
  verdict: oneOf('deny', 'requires-approval'),
  code: isCode,
};
const moreShape = { action: isAction, more: isPositive };

// Per action, in ascending order: the first eight answers, then how many were left out.
const isVerdicts: Check = (value) => {
  if (!Array.isArray(value)) return false;
  let action = -1;
  let listed = 0;
  for (const item of value as readonly unknown[]) {
    const isMore = isClosed(item, moreShape);
    if (!isMore && !isClosed(item, verdictShape)) return false;
    const members: Members = item;
    const next = members['action'] as number;
    if (next < action) return false;
    listed = next === action ? listed : 0;
    action = next;
    if (isMore ? listed !== limits.verdictsPerAction : listed >= limits.verdictsPerAction) {
      return false;
    }
    listed = isMore ? limits.verdictsPerAction + 1 : listed + 1;
  }
  return true;
};

const isFiredCounts: Check = (value) => {
  if (!Array.isArray(value)) return false;
  let last = -1;
  for (const pair of value as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return false;
    const [hook, count] = pair as readonly unknown[];
    if (!isIndex(hook, limits.hooks) || hook <= last || !isPositive(count)) return false;
    last = hook;
  }
  return true;
};

const droppedShape = { kind: isCode, name: isText, reason: isText };
const isDropped: Check = (value) =>
  Array.isArray(value) && value.every((item) => isClosed(item, droppedShape));

const stageCount = 7;
const isStage = oneOf('pass', 'skip', 'refuse');
const isStages: Check = (value) =>
  Array.isArray(value) && value.length === stageCount && value.every(isStage);

interface Shape {
  readonly required: readonly (readonly [string, Check])[];
  readonly optional: readonly (readonly [string, Check])[];
}

const shape = (required: Record<string, Check>, optional: Record<string, Check> = {}): Shape => ({
  required: Object.entries(required),
  optional: Object.entries({ ...optional, trace: isTrace }),
});

const promotion = shape({ snapshot: isHash, parent: isHash, proposal: isHash, stages: isStages });

const audit = shape(
  {
    actor: isName,
    resource: isName,
    action: isCode,
    outcome: oneOf('success', 'failure', 'denied'),
  },
  { reason: isText, detail: isHash },
);

const shapes: ReadonlyMap<unknown, Shape> = new Map([
  [
    'apply',
    shape(
      {
        type: repeatedHash(),
        id: isHash,
        observation: isHash,
        context: isHash,
        snapshot: repeatedHash(),
        fired: isFired,
        proposed: isHash,
        actions: isHash,
        verdicts: isVerdicts,
        outcome: oneOf('acted', 'pending', 'denied', 'idle', 'invalid', 'failed'),
      },
      {
        report: isHash,
        failure: (value) => isClosed(value, { hook: isHook, code: isCode }),
        sector: isText,
      },
    ),
  ],
  [
    'count',
    shape(
      {
        type: isHash,
        snapshot: isHash,
        observed: isPositive,
        firstAt: isTime,
        lastAt: isTime,
        fired: isFiredCounts,
      },
      { records: isHash },
    ),
  ],
  [
    'deploy',
    shape({
      snapshot: isHash,
      parent: (value) => value === null || isHash(value),
      catalogue: isHash,
      dropped: isDropped,
    }),
  ],
  ['promote', promotion],
  ['rollback', promotion],
  [
    'approve',
    shape({
      of: (value) => isClosed(value, { seq: isCount, action: isAction }),
      approver: isText,
      verdict: oneOf('allow', 'deny'),
      expires: isTime,
    }),
  ],
  ['access', audit],
  ['config', audit],
  ['erase', shape({ subject: isHash, reason: isName, payloads: isCount }, { actor: isName })],
]);

// A key leaf has the members of what it changes.
const keyShapes: ReadonlyMap<unknown, Shape> = new Map([
  ['rotate', shape({ change: oneOf('rotate'), vkey: isVkey, replaces: isVkey, until: isCount })],
  ['revoke', shape({ change: oneOf('revoke'), vkey: isVkey, from: isCount }, { reason: isText })],
]);

/**
 * What is wrong with the members of a leaf that its kind defines, undefined if nothing.
 * `headerMembers` says how many further members (v, seq, time, prev) the object holds.
 */
export function bodyProblem(body: object, headerMembers: number): string | undefined {
  const members = body as Members;
  const kind = members['kind'];
  const rules = kind === 'key' ? keyShapes.get(members['change']) : shapes.get(kind);
  if (rules === undefined) return kind === 'key' ? 'member change' : 'unknown kind';
  let expected = headerMembers + 1 + rules.required.length;
  for (const [name, check] of rules.required) {
    if (!check(members[name])) return `member ${name}`;
  }
  for (const [name, check] of rules.optional) {
    if (!Object.hasOwn(members, name)) continue;
    if (!check(members[name])) return `member ${name}`;
    expected++;
  }
  // Own members only are counted, so a member this kind does not know cannot hide.
  if (Object.keys(members).length !== expected) return 'a member that its kind does not have';
  if (kind === 'apply') {
    if ((members['outcome'] === 'failed') !== Object.hasOwn(members, 'failure')) {
      return 'member failure without outcome failed, or the reverse';
    }
  }
  return undefined;
}

/** What is wrong with version, place, time and previous hash, undefined if nothing. */
export function headerProblem(leaf: object): string | undefined {
  const members = leaf as Members;
  const version = members['v'];
  if (version !== 1) {
    return isPositive(version) ? `version ${String(version)} is newer than 1` : 'member v';
  }
  if (!isCount(members['seq'])) return 'member seq';
  if (!isCount(members['time'])) return 'member time';
  if (!isHash(members['prev'])) return 'member prev';
  return undefined;
}
