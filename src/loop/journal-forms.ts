import type { JournalEntry } from './journal-types.ts';
import * as check from './knowledge/check.ts';
import { name, nameMax, numbers, pattern } from './knowledge/forms.ts';

const reason = { 'reason?': check.text(65_536) };
const problem = check.having({
  phase: name,
  'name?': name,
  message: check.text(65_536),
});
const stage = check.having({
  stage: check.whole(1),
  name,
  verdict: check.oneOf(['pass', 'refuse', 'skip']),
  'code?': name,
  'message?': check.text(65_536),
  'evidence?': numbers,
  'advisory?': check.truth,
});
const shadow = check.having({ evaluated: check.whole(0), differing: check.whole(0) });

const forms: { readonly [Event in JournalEntry['event']]: check.Check } = {
  cycle: check.having({
    observed: check.whole(0),
    seqs: check.list(check.within(-1, Number.MAX_SAFE_INTEGER), 2),
    patterns: check.list(pattern, nameMax),
    proposals: check.list(check.hash, nameMax),
    actions: check.list(check.having({ action: check.having({ type: name }) }), nameMax),
    problems: check.list(problem, nameMax),
    cut: check.truth,
  }),
  proposal: check.having({
    proposal: check.hash,
    planner: name,
    verdict: check.oneOf(['promote', 'hold', 'reject']),
    ...reason,
    stages: check.list(stage, 7),
    'shadow?': shadow,
    rules: check.hash,
  }),
  alert: check.having({ pattern }),
  approval: check.having({
    proposal: check.hash,
    approvers: check.list(name, nameMax),
    verdict: check.oneOf(['allow', 'deny']),
  }),
  canary: check.having({
    proposal: check.hash,
    candidate: check.hash,
    percent: check.within(0, 100),
    ...reason,
  }),
  outcome: check.having({
    proposal: check.hash,
    snapshot: check.hash,
    outcome: check.oneOf(['kept', 'withdrawn', 'undone']),
    ...reason,
    measured: numbers,
  }),
  import: check.having({ knowledge: check.hash }),
};

/**
 * An entry of the journal from its stored text. Members that are not known yet are let be.
 *
 * @throws KnhkError KNHK_LOOP_KNOWLEDGE where it is none of this event
 */
export function readEntry(text: string, event: string): JournalEntry {
  const where = `journal entry ${event}`;
  const value: unknown = JSON.parse(text);
  const events = Object.keys(forms);
  check.oneOf(events)(event, where);
  check.having({
    v: check.within(1, 1),
    event: check.oneOf([event]),
    cycle: check.whole(0),
    previous: check.hash,
  })(value, where);
  forms[event as JournalEntry['event']](value, where);
  return value as JournalEntry;
}
