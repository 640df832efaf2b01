import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toBase64 } from '../../src/base/bytes.ts';
import { sha256 } from '../../src/base/sha256.node.ts';
import { nodeSigner, nodeVerify } from '../../src/receipts/log/index.ts';
import {
  checkNote,
  consistencyPath,
  inclusionPath,
  parseCheckpoint,
  parseKeyring,
  parseNote,
  parseProof,
  parseVkey,
  type SignedCheckpoint,
  signCheckpoint,
  treeRoot,
  type VerifierKey,
} from '../../src/receipts/verify/index.ts';
import { b64, type Case, consistency, flip, inclusion, sizes, tampered } from '../go/cases.ts';
import { type Answer, Oracle, oracleMissing, type Question } from '../go/oracle.ts';
import { runs } from '../support/effort.ts';
import { appendEpochs, codeOf, open, origin, otherSigner, signer, temporary } from './support.ts';
import { evenSource, leafHashOf, leavesOf, sourceOf } from './trees.ts';
import { collision, noteVectors, proofVectors, vkeyVectors } from './vectors.ts';

const missing = oracleMissing();

describe.skipIf(missing !== undefined)(`Go's own packages (${missing ?? 'installed'})`, () => {
  let oracle: Oracle;
  beforeAll(() => {
    oracle = new Oracle();
  }, 300_000);
  afterAll(() => oracle?.remove());

  function agree(cases: readonly Case[]): void {
    const answers = oracle.ask(cases.map(({ question }) => question));
    const differ = cases.filter(({ ours }, index) => answers[index]?.ok !== ours);
    expect(differ).toEqual([]);
  }
  const hashesOf = ({ hashes, error }: Answer): readonly string[] => hashes ?? [error ?? 'nothing'];

  test('read keys and notes as we do, but where a vector says why not', () => {
    const vkeys = vkeyVectors.map(({ vkey }): Question => ({ op: 'vkey', vkey }));
    expect(oracle.ask(vkeys).map(({ ok }) => ok)).toEqual(vkeyVectors.map(({ go }) => go));
    const notes = noteVectors.map(({ note, keys }): Question => ({ op: 'note', note, keys }));
    const verdicts = oracle.ask(notes).map(({ verdict }, index) => ({
      name: noteVectors[index]?.name,
      verdict,
    }));
    expect(verdicts).toEqual(
      noteVectors.map(({ name, verdict, go }) => ({ name, verdict: go?.verdict ?? verdict })),
    );
  });

  test('read checkpoints as we do, but where a vector says why not', () => {
    const vectors = noteVectors.filter(({ note }) => parseNote(note) !== undefined);
    const questions = vectors.map(
      ({ note }): Question => ({ op: 'checkpoint', note: parseNote(note)?.text }),
    );
    const read = oracle.ask(questions).map(({ ok }, index) => ({ name: vectors[index]?.name, ok }));
    expect(read).toEqual(
      vectors.map(({ name, checkpoint, goCheckpoint }) => ({
        name,
        ok: goCheckpoint?.verdict ?? checkpoint,
      })),
    );
  });

  test('refuse to tell two keys of one name and id apart, as keyrings do', async () => {
    const vector = noteVectors.find(({ keys }) => keys.includes(collision[0]));
    const ask = (keys: readonly string[]): Question => ({ op: 'note', note: vector?.note, keys });
    const verdicts = oracle
      .ask([ask([collision[0]]), ask(collision)])
      .map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['invalid', 'malformed']);
    const keys = collision.map((vkey) => ({ vkey, from: 0 }));
    const code = await codeOf(() => parseKeyring({ origin: 'example.com/vectors', keys }));
    expect(code).toBe('KNHK_RECEIPTS_KEYRING');
  });

  test('accept our checkpoints and refuse bent ones', async () => {
    const keys = [signer, otherSigner].map(({ vkey }) => vkey);
    const questions: Question[] = [];
    const ours: string[] = [];
    const ask = (note: string, trusted: readonly string[]): void => {
      questions.push({ op: 'note', note, keys: trusted });
      const parsed = parseNote(note);
      const known = trusted.map((vkey) => parseVkey(vkey) as VerifierKey);
      ours.push(parsed === undefined ? 'malformed' : checkNote(parsed, known, nodeVerify));
    };
    const property = fc.asyncProperty(
      sizes,
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.nat(),
      async (size, root, place) => {
        const key = parseVkey(signer.vkey) as VerifierKey;
        const note = await signCheckpoint({ origin, size, root }, signer, key);
        const seen = questions.length;
        ask(note, keys);
        ask(note, [otherSigner.vkey]);
        expect(ours.slice(seen)).toEqual(['signed', 'unknown']);
        // One character is another one: text, dash, name, id or signature.
        const at = place % note.length;
        ask(`${note.slice(0, at)}${note[at] === 'x' ? 'y' : 'x'}${note.slice(at + 1)}`, keys);
        ask(note.slice(0, at) + note.slice(at + 1), keys);
      },
    );
    await fc.assert(property, { numRuns: runs(500) });
    const answers = oracle.ask(questions).map(({ verdict }) => verdict);
    const differ = questions.flatMap((question, index) =>
      answers[index] === ours[index]
        ? []
        : [{ note: question['note'], go: answers[index], ours: ours[index] }],
    );
    // Go drops bits behind the end of base64 and judges what is left; for us that is malformed.
    const isRespelled = (note: unknown): boolean => {
      const spelled = /(\S+)\n$/.exec(String(note))?.[1] ?? '';
      return Buffer.from(spelled, 'base64').toString('base64') !== spelled;
    };
    const strict = differ.filter(({ note, ours: own }) => own === 'malformed' && isRespelled(note));
    expect(differ).toEqual(strict);
  });

  test('give the roots and proofs that we give, for every tree of up to 70 leaves', () => {
    const leaves = leavesOf(70);
    const source = sourceOf(leaves);
    const questions: Question[] = [{ op: 'grow', hashes: b64(leaves) }];
    const ours: (readonly string[])[] = [];
    for (let size = 1; size <= leaves.length; size++) {
      questions.push({ op: 'root', size });
      ours.push(b64([treeRoot(source, size)]));
      for (let index = 0; index < size; index++) {
        questions.push({ op: 'prove', size, index }, { op: 'extend', size, old: index + 1 });
        ours.push(b64(inclusionPath(source, index, size)));
        ours.push(b64(consistencyPath(source, index + 1, size)));
      }
    }
    const [grown, ...answers] = oracle.ask(questions);
    expect(grown?.ok).toBe(true);
    expect(answers.map((answer) => answer.hashes ?? [])).toEqual(ours);
  });

  test('accept our inclusion proofs and refuse tampered ones', () => {
    const cases: Case[] = [];
    const leaf = sha256('leaf');
    const property = fc.property(
      sizes,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(),
      (size, part, seed) => {
        const index = Math.min(size - 1, Math.floor(part * size));
        const tree = evenSource(leaf, size);
        const [proof, root] = [inclusionPath(tree, index, size), treeRoot(tree, size)];
        const add = (name: string, at: number, count: number, hashes = proof, of = leaf): void => {
          cases.push(inclusion(name, at, count, of, hashes, root));
        };
        const seen = cases.length;
        add('ours', index, size);
        expect(cases[seen]?.ours).toBe(true);
        for (const bad of tampered(proof, seed)) add('tampered', index, size, bad);
        add('another leaf', index, size, proof, flip(leaf, seed % 256));
        for (const at of [index - 1, index + 1, size, 0]) add(`at ${at}`, at, size);
        for (const count of [size - 1, size + 1, 1, 0]) add(`of ${count}`, index, count);
      },
    );
    fc.assert(property, { numRuns: runs(300) });
    agree(cases);
  });

  test('accept our consistency proofs and refuse tampered ones', () => {
    const cases: Case[] = [];
    const leaf = sha256('leaf');
    fc.assert(
      fc.property(sizes, sizes, fc.nat(), (one, other, seed) => {
        const [old, size] = [Math.min(one, other), Math.max(one, other)];
        const tree = evenSource(leaf, size);
        const [prior, root] = [treeRoot(tree, old), treeRoot(tree, size)];
        const proof = consistencyPath(tree, old, size);
        const seen = cases.length;
        cases.push(consistency('ours', old, size, proof, prior, root));
        expect(cases[seen]?.ours).toBe(true);
        for (const bad of tampered(proof, seed)) {
          cases.push(consistency('tampered', old, size, bad, prior, root));
        }
        const bit = seed % 256;
        cases.push(consistency('another old root', old, size, proof, flip(prior, bit), root));
        cases.push(consistency('another new root', old, size, proof, prior, flip(root, bit)));
        for (const near of [old - 1, old + 1].filter((count) => count > 0)) {
          cases.push(consistency(`from ${near}`, near, size, proof, prior, root));
        }
        cases.push(consistency('to one more', old, size + 1, proof, prior, root));
      }),
      { numRuns: runs(300) },
    );
    agree(cases);
  });

  test('judge the vectors of proofs as we do', () => {
    const { inclusions, consistencies } = proofVectors;
    const read = (texts: readonly string[]): Uint8Array[] =>
      texts.map((text) => new Uint8Array(Buffer.from(text, 'base64')));
    const one = (text: string): Uint8Array => read([text])[0] as Uint8Array;
    const cases = [
      ...inclusions.map(({ name, index, size, leaf, proof, root, go = '' }) => ({
        ...inclusion(name, index, size, one(leaf), read(proof), one(root)),
        go,
      })),
      ...consistencies.map(({ name, oldSize, newSize, proof, oldRoot, newRoot, go = '' }) => ({
        ...consistency(name, oldSize, newSize, read(proof), one(oldRoot), one(newRoot)),
        go,
      })),
    ];
    agree(cases.filter(({ go }) => go === ''));
    const strict = cases.filter(({ go }) => go !== '');
    const answers = oracle.ask(strict.map(({ question }) => question));
    expect(answers.map(({ ok }) => ok)).toEqual(strict.map(({ ours }) => !ours));
  });

  test('derive our inclusion proofs from tiles of the layout of tlog-tiles', () => {
    const leaves = leavesOf(600);
    const source = sourceOf(leaves);
    const tile = (level: number, index: number, width: number): string => {
      const subtree = (_: unknown, at: number) => source.subtree(8 * level, 256 * index + at);
      return Buffer.concat(Array.from({ length: width }, subtree)).toString('base64');
    };
    const tiles = {
      'tile/0/000': tile(0, 0, 256),
      'tile/0/001': tile(0, 1, 256),
      'tile/0/002.p/88': tile(0, 2, 88),
      'tile/1/000.p/2': tile(1, 0, 2),
    };
    const root = toBase64(treeRoot(source, 600));
    const places = [0, 1, 255, 256, 511, 512, 513, 598, 599];
    const ask = (of: object): Answer[] =>
      oracle.ask(places.map((index) => ({ op: 'tiles', size: 600, index, root, tiles: of })));
    expect(ask(tiles).map(hashesOf)).toEqual(
      places.map((index) => b64(inclusionPath(source, index, 600))),
    );
    // The second hash of level 8 where the first should be, and the other way round.
    const swapped = Buffer.concat([source.subtree(8, 1), source.subtree(8, 0)]).toString('base64');
    const bent = { ...tiles, 'tile/1/000.p/2': swapped };
    expect(ask(bent).some(({ ok }) => ok)).toBe(false);
  });

  test('accept every receipt and every consistency proof of a log, sealed and not', async () => {
    const directory = temporary();
    const log = await open(directory, { segmentBytes: 16_384 });
    await appendEpochs(log, [1, 3, 7, 40, 1, 20, 2]);
    const questions: Question[] = [];
    const heads = new Map<number, SignedCheckpoint>();
    const ask = (seq: number, size?: number): void => {
      const text = log.prove(seq, size === undefined ? {} : { size });
      const { hashes, checkpoint, extra } = parseProof(text)!;
      const head = parseCheckpoint(checkpoint)!;
      heads.set(head.size, head);
      questions.push({ op: 'note', note: checkpoint, keys: [signer.vkey] });
      const tree = { size: head.size, root: toBase64(head.root), proof: b64(hashes) };
      const leaf = toBase64(leafHashOf(extra!));
      questions.push({ op: 'inclusion', index: seq, ...tree, leaf });
    };
    for (let seq = 0; seq < log.size; seq++) ask(seq);
    for (const size of [1, 4, 11, 51, 52, 72]) ask(0, size);
    for (const [old, prior] of heads) {
      for (const [size, { root }] of heads) {
        if (old > size) continue;
        const proof = b64(log.proveConsistency(old, size));
        const roots = { prior: toBase64(prior.root), root: toBase64(root) };
        questions.push({ op: 'consistency', old, size, proof, ...roots });
      }
    }
    await log.close();
    expect(oracle.ask(questions).filter(({ ok }) => !ok)).toEqual([]);
    expect(questions.length).toBe(2 * (74 + 6) + 28);
  });

  test('know our key ids, whatever the name', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const questions: Question[] = [];
    fc.assert(
      fc.property(names, fc.uint8Array({ minLength: 32, maxLength: 32 }), (name, privateKey) => {
        fc.pre(!/[\s+]/u.test(name));
        questions.push({ op: 'vkey', vkey: nodeSigner({ name, privateKey }).vkey });
      }),
      { numRuns: runs(100) },
    );
    expect(oracle.ask(questions).filter(({ ok }) => !ok)).toEqual([]);
  });

  test('sizes and roots that they read are those that we read', () => {
    const notes = noteVectors.filter(({ checkpoint }) => checkpoint);
    const questions = notes.map(
      ({ note }): Question => ({ op: 'checkpoint', note: parseNote(note)?.text }),
    );
    const theirs = oracle.ask(questions).map(({ names, hashes }) => [names?.[0], hashes?.[0]]);
    const ours = notes.map(({ note }) => {
      const head = parseCheckpoint(note);
      return [String(head?.size), toBase64(head?.root ?? new Uint8Array())];
    });
    expect(theirs).toEqual(ours);
  });
});
