import { runInNewContext } from 'node:vm';
import {
  allow,
  defineGuard,
  deny,
  type Guard,
  type GuardDeclaration,
  requiresApproval,
} from '../../src/rules/guards.ts';

/** A check, and whether its answer is one of the three that count. */
export interface Animal {
  readonly name: string;
  readonly check: () => unknown;
}

const named = (name: string, check: () => unknown): Animal => ({ name, check });
const throwing = (value: unknown): (() => never) => {
  return () => {
    throw value;
  };
};

class Answer {
  readonly verdict = 'allow';
}

const withGetter = (): unknown =>
  Object.defineProperty({}, 'verdict', { get: () => 'allow', enumerable: true });

/** Values that look like an answer, or like nothing at all. */
const values: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  1,
  Number.NaN,
  '',
  'allow',
  'ALLOW',
  1n,
  Symbol('allow'),
  [],
  ['allow'],
  [allow()],
  {},
  { verdict: undefined },
  { verdict: true },
  { verdict: 'ALLOW' },
  { verdict: ' allow' },
  { verdict: 'allow\u0000' },
  { verdict: 'allowed' },
  { verdict: ['allow'] },
  { verdict: Object('allow') },
  { Verdict: 'allow' },
  { verdict: 'allow', code: 'x' },
  { verdict: 'allow', code: null },
  { verdict: 'allow', extra: 1 },
  { verdict: 'allow', extra: undefined },
  { verdict: 'allow', [Symbol('x')]: 1 },
  { verdict: 'allow', toJSON: () => ({}) },
  { verdict: 'modify', action: {} },
  { verdict: 'deny' },
  { verdict: 'deny', code: '' },
  { verdict: 'deny', code: 'free text' },
  { verdict: 'deny', code: 'x'.repeat(65) },
  { verdict: 'deny', code: 7 },
  { verdict: 'deny', code: '\u00e9' },
  { verdict: 'requires-approval' },
  { verdict: 'requires-approval', code: 'a\nb' },
  { verdict: 'requires-approval', code: Object('x') },
  JSON.parse('{"verdict":"allow","__proto__":{}}'),
  new Answer(),
  new Map([['verdict', 'allow']]),
  Object.assign(() => allow(), { verdict: 'allow' }),
  Object.assign([], { verdict: 'allow' }),
  Object.assign(new Date(0), { verdict: 'allow' }),
  Object.create(allow()),
  Object.create({ verdict: 'allow' }),
  Object.assign(Object.create({ verdict: 'allow' }), { code: 'x' }),
  new Proxy(allow(), {}),
  new Proxy({}, { get: () => 'allow', has: () => true }),
  // biome-ignore lint/suspicious/noThenProperty: a thenable answer is one of the cases.
  { verdict: 'allow', then: () => undefined },
  // biome-ignore lint/suspicious/noThenProperty: as above, with the only member that counts.
  { then: (done: (answer: unknown) => void) => done(allow()) },
  runInNewContext('({ verdict: "allow" })'),
];

/** Checks whose answers must never let an action out. */
export const broken: readonly Animal[] = [
  ...values.map((value, index) => named(`value ${index}`, () => value)),
  named('getter', withGetter),
  named('throws an error', throwing(new Error('no'))),
  named('throws undefined', throwing(undefined)),
  named('throws allow()', throwing(allow())),
  named('throws a hostile object', throwing(new Proxy({}, { get: throwing(1) }))),
  named('promise of allow', () => Promise.resolve(allow())),
  named('async allow', async () => allow()),
  named('promise that rejects', () => Promise.reject(new Error('later'))),
  named('async throw', async () => {
    throw new Error('later');
  }),
  named('revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable(allow(), {});
    revoke();
    return proxy;
  }),
  named('iterator', function* () {
    yield allow();
  }),
  named('runs out of stack', function endless(): unknown {
    return endless();
  }),
];

/** Odd but sound spellings of allow. */
export const allowing: readonly Animal[] = [
  named('allow()', allow),
  named('frozen', () => Object.freeze(allow())),
  named('literal', () => ({ verdict: 'allow' })),
  named('without a prototype', () => Object.assign(Object.create(null), { verdict: 'allow' })),
  named('parsed', () => JSON.parse('{"verdict":"allow"}')),
];

/** Sound answers that keep the action in. */
export const refusing: readonly Animal[] = [
  named('deny()', () => deny('no')),
  named('requiresApproval()', () => requiresApproval('ask')),
  named('frozen deny', () => Object.freeze(deny('A-z_0.9'))),
];

/** A guard that is such a check. */
export const guardOf = ({ check }: Animal, index: number, on: string = 'ship'): Guard =>
  defineGuard({
    name: `guard-${index}`,
    version: '1',
    on,
    check: check as NonNullable<GuardDeclaration['check']>,
  });
