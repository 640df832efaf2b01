import { fail } from '../../base/errors.ts';

/** How long a class of records is kept, and whether it goes afterwards. */
export interface RetentionRule {
  /** Days of 24 hours since the leaf that they belong to. */
  readonly keepDays: number;
  /** What happens then. */
  readonly after: 'keep' | 'remove';
}

/** What is kept for how long. */
export interface RetentionPolicy {
  /** Leaves, hashes and checkpoints: never removed. */
  readonly receipts: RetentionRule & { readonly after: 'keep' };
  /** Leaves of the audit trail, and the documents that they name: never removed. */
  readonly audit: RetentionRule & { readonly after: 'keep' };
  /** Payloads of sealed segments, by the segment's last leaf. */
  readonly observations: RetentionRule;
  /** Stored documents that are not current, by the youngest leaf that leads to them. */
  readonly snapshots: RetentionRule;
  /** Savepoints: the newest ones, at least 1, at most 10. */
  readonly savepoints: { readonly keep: number };
}

// Seven years with their two leap days.
const sevenYears = 2_557;

/** The policy of a log whose operator gives none. */
export const defaultPolicy: RetentionPolicy = {
  receipts: { keepDays: sevenYears, after: 'keep' },
  audit: { keepDays: sevenYears, after: 'keep' },
  observations: { keepDays: 90, after: 'remove' },
  snapshots: { keepDays: 365, after: 'remove' },
  savepoints: { keep: 10 },
};

type Members = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isWithin = (value: unknown, min: number, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

function checkNames(value: unknown, where: string, names: readonly string[]): Members {
  if (!isRecord(value)) return fail('KNHK_LOG_POLICY', where, `{${names.join(', ')}}`, value);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown === undefined) return value;
  return fail('KNHK_LOG_POLICY', where, `{${names.join(', ')}}`, unknown);
}

function ruleOf<Rule extends RetentionRule>(value: unknown, where: string, normal: Rule): Rule {
  if (value === undefined) return normal;
  const { keepDays = normal.keepDays, after = normal.after } = checkNames(value, where, [
    'keepDays',
    'after',
  ]);
  if (!isWithin(keepDays, 1, 36_525)) {
    return fail('KNHK_LOG_POLICY', `${where}.keepDays`, 'days, 1 to 36525', keepDays);
  }
  const isKept = normal.after === 'keep';
  if (after !== 'keep' && (isKept || after !== 'remove')) {
    const expected = isKept ? "'keep': these are never removed" : "'keep' or 'remove'";
    return fail('KNHK_LOG_POLICY', `${where}.after`, expected, after);
  }
  return { keepDays, after } as Rule;
}

/**
 * Reads a retention policy from JSON text or plain data; what it leaves out is as usual: receipts
 * and audit 7 years and longer, observations 90 days, snapshots 365 days, 10 savepoints.
 *
 * @throws KnhkError KNHK_LOG_POLICY
 * @example
 * const { observations } = readPolicy('{"observations":{"keepDays":30}}');
 * observations; // => { keepDays: 30, after: 'remove' }
 * readPolicy({ receipts: { after: 'remove' } }); // => throws KNHK_LOG_POLICY
 */
export function readPolicy(source: unknown): RetentionPolicy {
  const names = ['receipts', 'audit', 'observations', 'snapshots', 'savepoints'];
  const value = checkNames(typeof source === 'string' ? parse(source) : source, 'policy', names);
  const { receipts, audit, observations, snapshots } = defaultPolicy;
  const { keep = defaultPolicy.savepoints.keep } = checkNames(
    value['savepoints'] ?? {},
    'savepoints',
    ['keep'],
  );
  if (!isWithin(keep, 1, 10)) fail('KNHK_LOG_POLICY', 'savepoints.keep', '1 to 10', keep);
  return {
    receipts: ruleOf(value['receipts'], 'receipts', receipts),
    audit: ruleOf(value['audit'], 'audit', audit),
    observations: ruleOf(value['observations'], 'observations', observations),
    snapshots: ruleOf(value['snapshots'], 'snapshots', snapshots),
    savepoints: { keep: keep as number },
  };
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    return fail('KNHK_LOG_POLICY', 'policy', 'JSON', source, error);
  }
}
