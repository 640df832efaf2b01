import { fail } from '../../base/errors.ts';

/** Refuses a value of another form; the path says where it stands. */
export type Check = (value: unknown, where: string) => void;

const bad = (where: string, expected: string, got: unknown): never =>
  fail('KNHK_LOOP_KNOWLEDGE', where, expected, got);

/** A text of at most so many UTF-16 code units. */
export const text =
  (max: number): Check =>
  (value, where) => {
    if (typeof value !== 'string' || value.length > max) bad(where, `text up to ${max}`, value);
  };

/** A SHA-256 hash in lower-case hexadecimal digits. */
export const hash: Check = (value, where) => {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) bad(where, 'a hash', value);
};

/** A whole number of at least `min`. */
export const whole =
  (min: number): Check =>
  (value, where) => {
    if (!Number.isSafeInteger(value) || (value as number) < min) {
      bad(where, `a whole number from ${min} on`, value);
    }
  };

/** A finite number within bounds. */
export const within =
  (min: number, max: number): Check =>
  (value, where) => {
    const isWithin = typeof value === 'number' && value >= min && value <= max;
    if (!isWithin) bad(where, `a number from ${min} to ${max}`, value);
  };

/** True or false. */
export const truth: Check = (value, where) => {
  if (typeof value !== 'boolean') bad(where, 'true or false', value);
};

/** Anything that JSON can say; nothing of it is acted upon. */
export const anything: Check = () => {};

/** One of some texts. */
export const oneOf =
  (texts: readonly string[]): Check =>
  (value, where) => {
    if (!texts.includes(value as string)) bad(where, `one of ${texts.join(', ')}`, value);
  };

/** Null, or what a check takes. */
export const orNull =
  (check: Check): Check =>
  (value, where) => {
    if (value !== null) check(value, where);
  };

/** The first check that takes it. */
export const either =
  (...checks: readonly Check[]): Check =>
  (value, where) => {
    const takes = (check: Check): boolean => {
      try {
        check(value, where);
        return true;
      } catch {
        return false;
      }
    };
    if (!checks.some(takes)) bad(where, 'one of the known forms', value);
  };

/** A list of at most so many items. */
export const list =
  (check: Check, max: number): Check =>
  (value, where) => {
    if (!Array.isArray(value)) return bad(where, 'a list', value);
    if (value.length > max) bad(where, `at most ${max} items`, value.length);
    value.forEach((item, index) => {
      check(item, `${where}[${index}]`);
    });
  };

const membersOf = (value: unknown, where: string): Readonly<Record<string, unknown>> =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? bad(where, 'an object', value)
    : (value as Readonly<Record<string, unknown>>);

/** An object with any names and one kind of value, at most so many. */
export const named =
  (check: Check, max: number): Check =>
  (value, where) => {
    const entries = Object.entries(membersOf(value, where));
    if (entries.length > max) bad(where, `at most ${max} members`, entries.length);
    for (const [name, member] of entries) check(member, `${where}.${name}`);
  };

/** An object with these members at least; a name that ends in `?` may be missing. */
export const having =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, where) => {
    const members = membersOf(value, where);
    for (const [spec, check] of Object.entries(checks)) {
      const name = spec.replace('?', '');
      if (Object.hasOwn(members, name)) check(members[name], `${where}.${name}`);
      else if (name === spec) bad(`${where}.${name}`, 'a member', 'none');
    }
  };

/** An object with these members and no others; a name that ends in `?` may be missing. */
export const closed =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, where) => {
    having(checks)(value, where);
    const known = new Set(Object.keys(checks).map((name) => name.replace('?', '')));
    for (const [name, member] of Object.entries(membersOf(value, where))) {
      if (!known.has(name)) bad(`${where}.${name}`, 'no such member', member);
    }
  };
