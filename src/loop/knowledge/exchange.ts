import { canonical, hashOf } from '../../base/canonical.ts';
import { fail } from '../../base/errors.ts';
import * as check from './check.ts';
import { change, name, nameMax, numbers, pattern, reason } from './forms.ts';
import { type PartState, partMax } from './part.ts';
import { patternKey } from './similar.ts';

/** Characters of a document of knowledge. */
const charactersMax = 67_108_864;
/** Logs that one document tells of. */
const partsMax = 17;

/**
 * What is known as canonical JSON: version, what each log tells, and a hash over it that shows
 * what changed on the way. It is not signed: whoever gives it is believed in refusing and ranking.
 */
export function exportText(parts: readonly PartState[]): string {
  const told = parts
    .filter(({ size }) => size > 0)
    .sort((left, right) => (left.origin < right.origin ? -1 : 1));
  const body = { format: 'knhk/knowledge', v: 1, parts: told } as const;
  return canonical({ ...body, hash: hashOf('knowledge', body) });
}

const origin = name;
// What happens before the first cycle belongs to none.
const cycle = check.whole(0);
const seq = check.whole(0);
const outcomes = ['kept', 'withdrawn', 'undone'];
const states = [
  ...['held', 'stale', 'postponed', 'rejected', 'denied', 'approved', 'canary', 'promoted'],
  ...outcomes,
];
const hashOrEmpty = check.either(check.hash, check.oneOf(['']));

const part = check.closed({
  origin,
  size: check.whole(1),
  patterns: check.list(
    check.closed({ origin, pattern, cycles: seq, first: cycle, last: cycle, alerts: seq }),
    partMax.patterns,
  ),
  proposals: check.list(
    check.closed({
      ...{ origin, proposal: check.hash, planner: name, cycle, seq },
      state: check.oneOf(states),
      reason,
      refused: check.list(name, nameMax),
      change: check.orNull(change),
      inverse: check.orNull(change),
      pattern: check.orNull(pattern),
      parent: hashOrEmpty,
      basis: hashOrEmpty,
    }),
    partMax.proposals,
  ),
  outcomes: check.list(
    check.closed({
      ...{ origin, proposal: check.hash, planner: check.orNull(name), cycle, seq },
      outcome: check.oneOf(outcomes),
      reason,
      measured: numbers,
    }),
    partMax.outcomes,
  ),
  planners: check.list(
    check.closed({ planner: name, kept: seq, concluded: seq }),
    partMax.planners,
  ),
});

const documentForm = check.closed({
  format: check.oneOf(['knhk/knowledge']),
  v: check.within(1, 1),
  parts: check.list(part, partsMax),
  hash: check.hash,
});

interface KnowledgeDocument {
  readonly parts: readonly PartState[];
  readonly hash: string;
}

/**
 * What a document of {@link exportText} tells of each log: closed, within its bounds and unchanged.
 *
 * @throws KnhkError KNHK_LOOP_KNOWLEDGE
 */
export function importedParts(text: string): readonly PartState[] {
  const where = 'knowledge';
  if (typeof text !== 'string' || text.length > charactersMax) {
    fail('KNHK_LOOP_KNOWLEDGE', where, `text of up to ${charactersMax} characters`, text);
  }
  const value = parsed(text, where);
  documentForm(value, where);
  const { hash, ...body } = value as KnowledgeDocument;
  const got = hashOf('knowledge', body);
  if (got !== hash) fail('KNHK_LOOP_KNOWLEDGE', `${where}.hash`, got, hash);
  checkDistinct(
    body.parts.map((item) => item.origin),
    `${where}.parts`,
  );
  for (const item of body.parts) checkPart(item, `${where}.parts of ${item.origin}`);
  return body.parts;
}

/**
 * The canonical text of a document, once it was checked: what an entry `import` names.
 *
 * @throws KnhkError KNHK_LOOP_KNOWLEDGE
 */
export function checkedKnowledge(text: string): string {
  importedParts(text);
  return canonical(JSON.parse(text));
}

function parsed(text: string, where: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // Depth and lone surrogates: what cannot be written again is not read either.
    canonical(value);
    return value;
  } catch (error) {
    return fail('KNHK_LOOP_KNOWLEDGE', where, 'JSON', `${error}`, error);
  }
}

/** What the form alone does not say: keys are distinct, counts and places fit together. */
function checkPart(state: PartState, where: string): void {
  const { patterns, proposals, outcomes: turned, planners, size } = state;
  checkDistinct(
    patterns.map((item) => patternKey(item.pattern)),
    `${where}, patterns`,
  );
  checkDistinct(
    proposals.map((item) => item.proposal),
    `${where}, proposals`,
  );
  checkDistinct(
    planners.map((item) => item.planner),
    `${where}, planners`,
  );
  const bad = (expected: string, got: unknown): never =>
    fail('KNHK_LOOP_KNOWLEDGE', where, expected, got);
  for (const item of [...patterns, ...proposals, ...turned]) {
    if (item.origin !== state.origin) bad('items of its own log', item.origin);
  }
  for (const item of [...proposals, ...turned])
    if (item.seq >= size) bad('a seq in the log', item.seq);
  for (const { first, last } of patterns) if (first > last) bad('a last cycle', last);
  for (const { kept, concluded } of planners) if (kept > concluded) bad('as many concluded', kept);
}

function checkDistinct(keys: readonly string[], where: string): void {
  if (new Set(keys).size !== keys.length) fail('KNHK_LOOP_KNOWLEDGE', where, 'each once', 'twice');
}
