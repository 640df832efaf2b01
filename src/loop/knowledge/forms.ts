import * as check from './check.ts';

/** Most characters of a name, and most members of an object with any names. */
export const nameMax = 1_024;
const textMax = 8_192;

/** A sentence that was said, cut where it is longer than a document of knowledge may hold. */
export const clipped = (text: string): string =>
  text.length > textMax ? text.slice(0, textMax).toWellFormed() : text;

/** The same of one that may be missing. */
export const clippedOr = (text: string | undefined): string | null =>
  text === undefined ? null : clipped(text);

const evidenceMax = 256;

/** A name of anything. */
export const name: check.Check = check.text(nameMax);
/** A sentence for people, or none. */
export const reason: check.Check = check.orNull(check.text(textMax));
/** Numbers by name. */
export const numbers: check.Check = check.named(
  check.within(-Number.MAX_VALUE, Number.MAX_VALUE),
  evidenceMax,
);

/** A pattern. */
export const pattern: check.Check = check.closed({
  detector: name,
  kind: name,
  subject: name,
  'direction?': check.oneOf(['more', 'less']),
  confidence: check.within(0, 1),
  evidence: numbers,
  seqs: check.list(check.whole(0), evidenceMax),
  recommend: check.oneOf(['observe', 'alert', 'propose', 'enforce']),
});

const kind = (text: string): check.Check => check.oneOf([text]);
// Conditions, templates and values are compared and shown, never applied.
const hook: check.Check = (value, where) => {
  check.named(check.anything, nameMax)(value, where);
  name((value as { readonly name?: unknown }).name, `${where}.name`);
};
/** A change of rules. */
export const change: check.Check = check.either(
  check.closed({ kind: kind('parameter'), name, value: check.anything }),
  check.closed({ kind: kind('switch'), name, enabled: check.truth }),
  check.closed({ kind: kind('conditions'), hook: name, when: check.list(check.anything, nameMax) }),
  check.closed({ kind: kind('add-hook'), hook, 'enabled?': check.truth }),
  check.closed({ kind: kind('remove-hook'), hook: name }),
  check.closed({ kind: kind('shapes'), shapes: check.orNull(check.hash) }),
);
