import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commitPayload,
  parseCommit,
  parseTag,
  signCommit,
  signTag,
  tagPayload,
} from '../../src/git/commits.ts';
import { messageOf, parseMessage } from '../../src/git/content.ts';
import {
  encodeTree,
  objectId,
  parseFramed,
  parseTree,
  type TreeEntry,
} from '../../src/git/objects.ts';
import { branchOf, refName } from '../../src/git/refs.ts';
import { parseCheckpoint } from '../../src/receipts/verify/index.ts';
import { temporary } from '../receipts/support.ts';
import { git, gitWith, hasGit } from './support.ts';

const id = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const name = fc
  .stringMatching(/^[a-zA-Z0-9._-]{1,8}$/)
  .filter((text) => !/^\.+(git)?$/i.test(text));
const entry: fc.Arbitrary<TreeEntry> = fc.record({
  mode: fc.constantFrom('100644' as const, '40000' as const),
  name,
  id,
});
const entries = fc.uniqueArray(entry, { selector: ({ name: text }) => text, maxLength: 12 });

describe('objects', () => {
  it.skipIf(!hasGit)('have the ids that Git gives them', () => {
    const directory = temporary();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (content) => {
        const given = gitWith(directory, content, 'hash-object', '--stdin').toString().trim();
        expect(objectId('blob', content)).toBe(given);
      }),
      { numRuns: 8 },
    );
  });
  it.skipIf(!hasGit)('are trees as Git writes them, whatever the order given', () => {
    const directory = temporary();
    git(directory, 'init', '-q', '--bare');
    fc.assert(
      fc.property(entries, (list) => {
        const lines = list.map(({ mode, name: text, id: of }) =>
          mode === '40000' ? `040000 tree ${of}\t${text}\n` : `100644 blob ${of}\t${text}\n`,
        );
        const input = Buffer.from(lines.join(''));
        const made = gitWith(directory, input, 'mktree', '--missing').toString().trim();
        expect(objectId('tree', encodeTree(list))).toBe(made);
      }),
      { numRuns: 12 },
    );
  });
  it('are read as they were written, and refused cut off', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, cut) => {
        const bytes = encodeTree(list);
        const read = parseTree(bytes) ?? [];
        expect([...read].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
          [...list].sort((a, b) => (a.name < b.name ? -1 : 1)),
        );
        const short = parseTree(bytes.subarray(0, cut % Math.max(1, bytes.length)));
        expect(short === undefined || short.length < Math.max(1, list.length)).toBe(true);
      }),
    );
    expect(parseTree(Buffer.from('120000 link\0'.padEnd(32, 'x')))).toBeUndefined();
  });
  it('are framed with kind and length', () => {
    expect(parseFramed(Buffer.from('blob 2\0ab'))?.content.toString()).toBe('ab');
    for (const bad of ['blob 3\0ab', 'blob 02\0ab', 'note 2\0ab', 'blob 2', '']) {
      expect(parseFramed(Buffer.from(bad))).toBeUndefined();
    }
  });
});

describe('commits and tags', () => {
  const commit = fc.record({
    tree: id,
    parents: fc.array(id, { maxLength: 2 }),
    seconds: fc.integer({ min: 0, max: 2 ** 40 }),
    message: fc.string({ unit: 'grapheme', maxLength: 40 }),
  });
  const signature = '-----BEGIN SSH SIGNATURE-----\nAAAA\nBBBB\n-----END SSH SIGNATURE-----\n';
  it('are read as they were written, apart from their signature', () => {
    fc.assert(
      fc.property(commit, (value) => {
        const payload = commitPayload(value);
        expect(parseCommit(payload)).toEqual({ value, payload, signature: undefined });
        expect(parseCommit(signCommit(payload, signature))).toEqual({ value, payload, signature });
      }),
    );
  });
  it('are tags likewise, the last signature being theirs', () => {
    const value = {
      commit: 'a'.repeat(40),
      name: 'log/x/2026-11-21',
      seconds: 5,
      message: 'day\n',
    };
    const payload = tagPayload(value);
    expect(parseTag(payload)).toEqual({ value, payload, signature: undefined });
    expect(parseTag(signTag(payload, signature))).toEqual({ value, payload, signature });
    const quoting = signTag(payload, signature);
    expect(parseTag(signTag(quoting, signature))?.payload).toEqual(quoting);
  });
  it.each([
    'no headers',
    `tree ${'a'.repeat(39)}\ncommitter x <x> 5 +0000\n\n`,
    `tree ${'a'.repeat(40)}\n\n`,
    `tree ${'a'.repeat(40)}\nparent x\ncommitter x <x> 5 +0000\n\n`,
    `tree ${'a'.repeat(40)}\ncommitter x <x> five +0000\n\n`,
  ])('are refused malformed: %j', (text) => {
    expect(parseCommit(Buffer.from(text))).toBeUndefined();
    expect(parseTag(Buffer.from(text))).toBeUndefined();
  });
});

describe('a commit message', () => {
  const note = `example.com/ops\n7\n${'A'.repeat(43)}=\n\n\u2014 example.com/ops AAAAAAAA\n`;
  const checkpoint = parseCheckpoint(note)!;
  it('names origin, size, root and entries as trailers', () => {
    const said = { origin: 'example.com/ops', size: 7, root: `${'A'.repeat(43)}=`, from: 3 };
    expect(parseMessage(messageOf(checkpoint, 3))).toEqual(said);
  });
  it.each(['Origin', 'Tree-Size', 'Root', 'Entries'])('is refused without %s', (trailer) => {
    const text = messageOf(checkpoint, 3).replace(`Knhk-${trailer}`, 'X');
    expect(parseMessage(text)).toBeUndefined();
  });
  it('is refused where its entries do not end at its size', () => {
    expect(parseMessage(messageOf(checkpoint, 3).replace('3..6', '3..5'))).toBeUndefined();
  });
});

describe('the name of a branch', () => {
  it('is the origin where Git allows it', () => {
    expect(branchOf('example.com/ops')).toBe('refs/heads/log/example.com/ops');
  });
  const origin = fc.stringMatching(/^[a-z./@{}~^:?*[\\%-]{1,12}$/);
  it.skipIf(!hasGit)('is one that Git allows, whatever the origin', () => {
    const odd = [
      'a..b',
      '.a',
      'a.lock',
      'a/',
      '/a',
      'a//b',
      'a.',
      '@',
      'a@{b',
      'ä ö',
      'a%b',
      '%',
      '.',
    ];
    for (const text of [...odd, ...fc.sample(origin, { numRuns: 20, seed: 1 })]) {
      expect(git('.', 'check-ref-format', branchOf(text)), text).toMatchObject({ status: 0 });
    }
  });
  it('is another for another origin', () => {
    fc.assert(
      fc.property(origin, origin, (left, right) => {
        expect(refName(left) === refName(right)).toBe(left === right);
      }),
      { numRuns: 2_000 },
    );
  });
});
