import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { canonical } from '../../src/base/canonical.ts';
import { encodeBody, encodeLeaf, parseLeaf, zeroHash } from '../../src/receipts/verify/leaf.ts';
import { bodyProblem, headerProblem } from '../../src/receipts/verify/leaf-check.ts';
import type { LeafBody } from '../../src/receipts/verify/leaf-types.ts';
import { formatVkey } from '../../src/receipts/verify/note.ts';
import { applyBody, fakeHash } from './support.ts';

type Members = Record<string, unknown>;
const hash = fakeHash('x');
const bad = 'not';
const vkey = formatVkey('a', new Uint8Array(32));

const bodies: Readonly<Record<string, Members>> = {
  apply: { ...applyBody('a'), verdicts: [] },
  count: {
    kind: 'count',
    type: hash,
    snapshot: hash,
    observed: 1,
    firstAt: -5,
    lastAt: 0,
    fired: [],
  },
  deploy: { kind: 'deploy', snapshot: hash, parent: null, catalogue: hash, dropped: [] },
  promote: {
    kind: 'promote',
    snapshot: hash,
    parent: hash,
    proposal: hash,
    stages: Array(7).fill('pass'),
  },
  rollback: {
    kind: 'rollback',
    snapshot: hash,
    parent: hash,
    proposal: hash,
    stages: Array(7).fill('skip'),
  },
  approve: {
    kind: 'approve',
    of: { seq: 0, action: 15 },
    approver: 'ann',
    verdict: 'deny',
    expires: 0,
  },
  rotate: { kind: 'key', change: 'rotate', vkey, replaces: vkey, until: 0 },
  revoke: { kind: 'key', change: 'revoke', vkey, from: 0 },
  access: {
    kind: 'access',
    actor: 'ann',
    resource: 'receipt 7',
    action: 'read',
    outcome: 'success',
  },
  config: { kind: 'config', actor: 'x', resource: '\u00e9', action: '~', outcome: 'denied' },
  erase: { kind: 'erase', subject: hash, reason: 'asked for', payloads: 0 },
};
const problem = (kind: string, change: Members = {}): string | undefined =>
  bodyProblem({ ...bodies[kind], ...change }, 0);

const noHashes = ['', hash.slice(1), `${hash}0`, hash.toUpperCase(), 7, null, undefined, [hash]];
// A sign that is no digit, at every place of a hash.
const spoilt = Array.from({ length: 64 }, (_, at) => `${hash.slice(0, at)}g${hash.slice(at + 1)}`);
const noTimes = [0.5, -0, Number.NaN, 2 ** 53, '0', null];
const noCounts = [...noTimes, -1];
const noTexts = [7, null, 'x'.repeat(8_193), '\ud800'];
const noNames = [...noTexts, ''];
const noVkeys = ['', `${vkey}A`, 'a+00000000+AQAA', 7, null];
const noAudits = {
  actor: noNames,
  resource: noNames,
  action: [7, '', 'a b', '\u00e9', 'x'.repeat(129)],
  outcome: ['', 'ok', 'allow', null],
  reason: noTexts,
  detail: noHashes,
};
const noCodes = ['', 'a b', '\u007f', '\u00e9', 'x'.repeat(129), 7, ['a']];
const denial = { action: 0, guard: -1, verdict: 'deny', code: 'no' };
const denials = (count: number, action = 0): Members[] =>
  Array.from({ length: count }, () => ({ ...denial, action }));

describe('members by kind', () => {
  test.each(Object.keys(bodies))('%s is well-formed as it stands', (kind) => {
    expect(problem(kind)).toBeUndefined();
  });

  const wrong: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
    apply: {
      type: [...noHashes, ...spoilt],
      id: [...noHashes, ...spoilt],
      observation: noHashes,
      context: noHashes,
      snapshot: noHashes,
      proposed: noHashes,
      actions: noHashes,
      report: noHashes,
      outcome: ['', 'allow', null, ['acted']],
      sector: noTexts,
      trace: ['', 'x'.repeat(257), '\u001f', '\u007f', 7, ['a']],
      failure: [
        null,
        7,
        [],
        {},
        { hook: 0 },
        { hook: -2, code: 'x' },
        { hook: 16_384, code: 'x' },
        { hook: 0, code: '' },
        { hook: 0, code: 'x', more: 1 },
      ],
      fired: [
        null,
        'x',
        {},
        [-1],
        [0.5],
        ['0'],
        [16_384],
        [1, 1],
        [2, 1],
        Array.from({ length: 257 }, (_, at) => at),
      ],
      verdicts: [
        null,
        {},
        [null],
        ['deny'],
        [[]],
        [{}],
        [{ ...denial, more: 1 }],
        [{ ...denial, extra: 1 }],
        [{ action: 0, guard: 0, verdict: 'deny' }],
        ...[-1, 16, '0', 0.5].map((action) => [{ ...denial, action }]),
        ...[-2, 1_024, '0', 0.5].map((guard) => [{ ...denial, guard }]),
        ...['allow', '', null].map((verdict) => [{ ...denial, verdict }]),
        ...noCodes.map((code) => [{ ...denial, code }]),
        [{ ...denial, action: 1 }, denial],
        denials(9),
        [...denials(8), { action: 0, more: 0 }],
        [...denials(8), { action: 0, more: -1 }],
        [...denials(8), { action: 0, more: 1.5 }],
        [...denials(7), { action: 0, more: 1 }],
        [{ action: 0, more: 1 }],
        [...denials(8), { action: 1, more: 1 }],
        [...denials(8), { action: 0, more: 1 }, { action: 0, more: 1 }],
        [...denials(8), { action: 0, more: 1 }, denial],
        [...denials(8), { action: 0, more: 1, extra: 1 }],
        [...denials(8), { action: 16, more: 1 }],
        [...denials(4), ...denials(8, 1), { action: 0, more: 1 }],
      ],
    },
    count: {
      type: noHashes,
      snapshot: noHashes,
      records: noHashes,
      observed: [...noCounts, 0],
      firstAt: noTimes,
      lastAt: noTimes,
      fired: [
        null,
        {},
        [null],
        [7],
        ['ab'],
        [[]],
        [[0]],
        [[0, 1, 2]],
        [[-1, 1]],
        [[16_384, 1]],
        [[0.5, 1]],
        [[0, 0]],
        [[0, -1]],
        [[0, 0.5]],
        [[0, '1']],
        [
          [1, 1],
          [1, 1],
        ],
        [
          [1, 1],
          [0, 1],
        ],
      ],
    },
    deploy: {
      snapshot: noHashes,
      parent: noHashes.filter((value) => value !== null),
      catalogue: noHashes,
      dropped: [
        null,
        {},
        [null],
        [{}],
        [{ kind: 'a', name: 'b' }],
        [{ kind: '', name: 'b', reason: 'c' }],
        [{ kind: 'a', name: 7, reason: 'c' }],
        [{ kind: 'a', name: 'b', reason: 7 }],
        [{ kind: 'a', name: 'b', reason: 'c', more: 1 }],
        [{ kind: 'a', name: 'b', reason: 'c' }, {}],
      ],
    },
    promote: {
      snapshot: noHashes,
      parent: noHashes,
      proposal: noHashes,
      stages: [
        null,
        {},
        [],
        Array(6).fill('pass'),
        Array(8).fill('pass'),
        [...Array(6).fill('pass'), 'fail'],
        ['', ...Array(6).fill('pass')],
        { length: 7 },
      ],
    },
    rollback: { stages: [Array(6).fill('pass')], proposal: noHashes },
    approve: {
      of: [
        null,
        7,
        [],
        {},
        { seq: 0 },
        { seq: -1, action: 0 },
        { seq: 0, action: 16 },
        { seq: 0, action: -1 },
        { seq: 0.5, action: 0 },
        { seq: 0, action: 0, more: 1 },
      ],
      approver: noTexts,
      verdict: ['requires-approval', '', null],
      expires: noTimes,
    },
    rotate: {
      change: ['', 'rotated', null, 'valueOf'],
      vkey: noVkeys,
      replaces: noVkeys,
      until: noCounts,
    },
    revoke: { change: [undefined], vkey: noVkeys, from: noCounts, reason: noTexts },
    access: noAudits,
    config: noAudits,
    erase: { subject: noHashes, reason: noNames, payloads: noCounts, actor: noNames },
  };
  test.each(
    Object.entries(wrong).flatMap(([kind, members]) =>
      Object.entries(members).map(([name, values]) => [kind, name, values] as const),
    ),
  )('%s: %s', (kind, name, values) => {
    for (const value of values) {
      expect(problem(kind, { [name]: value }), JSON.stringify(value)).toBe(`member ${name}`);
    }
  });

  const right: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
    apply: {
      fired: [[], [0], [16_383], [0, 1, 16_383], Array.from({ length: 256 }, (_, at) => at)],
      outcome: ['acted', 'pending', 'denied', 'idle', 'invalid'],
      report: [hash, '0'.repeat(64), 'f'.repeat(64)],
      sector: ['', 'logistics', '\u00e9', 'x'.repeat(8_192)],
      trace: [' ', '~', 'x'.repeat(256)],
      verdicts: [
        [],
        denials(1),
        denials(8),
        [...denials(8), { action: 0, more: 1 }],
        [...denials(8), { action: 0, more: 1 }, ...denials(8, 1), { action: 1, more: 2 }],
        [...denials(8), ...denials(8, 3), { action: 3, more: 9 }],
        [
          {
            ...denial,
            action: 15,
            guard: 1_023,
            verdict: 'requires-approval',
            code: 'x'.repeat(128),
          },
        ],
        [{ ...denial, guard: 0, code: '!~' }],
      ],
    },
    count: {
      fired: [
        [[0, 1]],
        [
          [0, 1],
          [16_383, 9],
        ],
      ],
      records: [hash],
      firstAt: [0, -(2 ** 53 - 1)],
      trace: ['a'],
    },
    deploy: {
      parent: [hash],
      dropped: [[{ kind: 'a', name: '', reason: '\u00e9' }]],
      trace: ['a'],
    },
    promote: { stages: [['pass', 'skip', 'refuse', 'pass', 'pass', 'pass', 'pass']] },
    approve: { verdict: ['allow'], expires: [-1, 5], approver: [''], of: [{ seq: 9, action: 0 }] },
    rotate: { until: [0, 2 ** 53 - 1], trace: ['a'] },
    revoke: { from: [2 ** 53 - 1], reason: ['', '\u00e9'], trace: ['a'] },
    access: { outcome: ['failure', 'denied'], reason: [''], detail: [hash], trace: ['a'] },
    config: { outcome: ['success'], reason: ['\u00e9'], detail: [hash] },
    erase: { payloads: [2 ** 53 - 1], actor: ['x'.repeat(8_192)], trace: ['a'] },
  };
  test.each(
    Object.entries(right).flatMap(([kind, members]) =>
      Object.entries(members).map(([name, values]) => [kind, name, values] as const),
    ),
  )('%s: %s may be', (kind, name, values) => {
    for (const value of values) {
      expect(problem(kind, { [name]: value }), JSON.stringify(value)).toBeUndefined();
    }
  });

  test('all of them, and no other', () => {
    for (const body of Object.values(bodies)) {
      const more = 'a member that its kind does not have';
      expect(bodyProblem({ ...body, extra: 1 }, 0)).toBe(more);
      expect(bodyProblem({ ...body, extra: undefined }, 0)).toBe(more);
      expect(bodyProblem(body, 1)).toBe(more);
      expect(bodyProblem({ ...body, v: 1, seq: 0, time: 0, prev: hash }, 4)).toBeUndefined();
      for (const name of Object.keys(body)) {
        if (name === 'kind') continue;
        const { [name]: _, ...rest } = body;
        expect(bodyProblem(rest, 0)).toBe(`member ${name}`);
        const hidden = Object.assign(Object.create({ [name]: body[name] }), rest) as object;
        expect(bodyProblem(hidden, 0)).toBe(more);
      }
    }
  });

  test('a failure goes with the outcome failed, and only with it', () => {
    const failure = { hook: -1, code: 'x' };
    const unlike = 'member failure without outcome failed, or the reverse';
    expect(problem('apply', { outcome: 'failed', failure })).toBeUndefined();
    expect(
      problem('apply', { outcome: 'failed', failure: { hook: 16_383, code: 'x' } }),
    ).toBeUndefined();
    expect(problem('apply', { outcome: 'failed' })).toBe(unlike);
    expect(problem('apply', { failure })).toBe(unlike);
    expect(problem('deploy', { outcome: 'failed' })).toBe('a member that its kind does not have');
  });

  test('a key leaf has the members of what it changes, and kinds that never were', () => {
    expect(problem('rotate', { change: 'revoke' })).toBe('member from');
    expect(problem('revoke', { change: 'rotate' })).toBe('member replaces');
    expect(bodyProblem({ kind: 'key' }, 0)).toBe('member change');
    for (const kind of [undefined, null, 7, '', 'none', 'valueOf']) {
      expect(bodyProblem({ kind }, 0)).toBe('unknown kind');
    }
  });

  test('a hash that was right before is not right for ever', () => {
    expect(problem('apply', { type: hash })).toBeUndefined();
    expect(problem('apply', { type: bad })).toBe('member type');
    expect(problem('apply', { type: bad })).toBe('member type');
    expect(problem('apply', { type: undefined })).toBe('member type');
    expect(problem('apply', { type: fakeHash('y') })).toBeUndefined();
    expect(problem('apply', { type: hash })).toBeUndefined();
  });
});

describe('the header', () => {
  const header = { v: 1, seq: 0, time: 0, prev: zeroHash };
  test.each<[string, Members, string | undefined]>([
    ['as it should be', {}, undefined],
    ['the largest', { seq: 2 ** 53 - 1, time: 2 ** 53 - 1 }, undefined],
    ['version 2', { v: 2 }, 'version 2 is newer than 1'],
    ['version 0', { v: 0 }, 'member v'],
    ['version 1.5', { v: 1.5 }, 'member v'],
    ['no version', { v: undefined }, 'member v'],
    ['version as text', { v: '1' }, 'member v'],
    ['a negative seq', { seq: -1 }, 'member seq'],
    ['seq -0', { seq: -0 }, 'member seq'],
    ['a negative time', { time: -1 }, 'member time'],
    ['time -0', { time: -0 }, 'member time'],
    ['a broken time', { time: 0.5 }, 'member time'],
    ['no prev', { prev: undefined }, 'member prev'],
    ['a short prev', { prev: '00' }, 'member prev'],
  ])('%s', (_name, change, found) => {
    expect(headerProblem({ ...header, ...change })).toBe(found);
  });
});

describe('leaves as bytes', () => {
  const leaf = { ...bodies['deploy'], v: 1, seq: 3, time: 5, prev: hash };
  const text = canonical(leaf);

  test('what is written reads back, whichever writer wrote it', () => {
    for (const body of Object.values(bodies)) {
      const written = encodeBody(body as unknown as LeafBody, 3, 5, hash);
      const whole = { ...body, v: 1, seq: 3, time: 5, prev: hash };
      expect(written).toBe(canonical(whole));
      expect(encodeLeaf(whole as never)).toBe(written);
      expect(parseLeaf(utf8(written))).toEqual(whole);
    }
  });

  test.each<[string, Uint8Array, string]>([
    ['not UTF-8', Uint8Array.of(0xff), 'not UTF-8'],
    ['not JSON', utf8('{'), 'not JSON'],
    ['null', utf8('null'), 'not an object'],
    ['a number', utf8('7'), 'not an object'],
    ['a text', utf8('"x"'), 'not an object'],
    ['a list', utf8('[]'), 'not an object'],
    ['an empty object', utf8('{}'), 'member v'],
    ['no kind', utf8(canonical({ v: 1, seq: 3, time: 5, prev: hash })), 'unknown kind'],
    ['a space', utf8(` ${text}`), 'not the canonical spelling'],
    ['another order', utf8(JSON.stringify(leaf)), 'not the canonical spelling'],
    ['65,536 bytes', utf8(text.padEnd(65_536)), 'more than 65535 bytes'],
    ['65,535 bytes', utf8(text.padEnd(65_535)), 'not the canonical spelling'],
  ])('%s', (_name, bytes, found) => {
    expect(parseLeaf(bytes)).toEqual({ problem: found });
  });
});
