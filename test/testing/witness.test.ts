import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkCosignatures,
  consistencyPath,
  formatWitnessRequest,
  type Keyring,
  type Note,
  nobleVerify,
  parseCosignerVkey,
  parseNote,
  type TreeSource,
  treeRoot,
  type VerifierKey,
} from '../../src/receipts/verify/index.ts';
import { fixedClock, type TestWitness, testWitness } from '../../src/testing/index.ts';
import { noteOver } from '../receipts/notes.ts';
import { codeOf, keyring, origin, otherSigner, signer } from '../receipts/support.ts';
import { leavesOf, sourceOf } from '../receipts/trees.ts';
import { runs } from '../support/effort.ts';

const name = 'example.com/witness';
const privateKey = new Uint8Array(32).fill(21);
const witnessOf = (logs: readonly Keyring[] = [keyring], startMs = 7_500): TestWitness =>
  testWitness({ name, privateKey, logs, clock: fixedClock(startMs, 1_000) });

const ours = sourceOf(leavesOf(40));
const theirs = sourceOf([...leavesOf(9), ...leavesOf(40, 'forked').slice(9)]);
const note = (tree: TreeSource, size: number, by = [signer]): string =>
  noteOver({ size, root: treeRoot(tree, size) }, by);

/** The request of an honest log whose witness is believed to be at `oldSize`. */
function asked(oldSize: number, size: number, tree = ours): string {
  const proof = consistencyPath(tree, Math.min(oldSize, size), size);
  return formatWitnessRequest({ oldSize, proof, checkpoint: note(tree, size) });
}

const refusal = (status: number): object => ({ status, contentType: 'text/plain', body: '' });
const conflict = (size: number): object => ({
  ...{ status: 409, contentType: 'text/x.tlog.size', body: `${size}\n` },
});

test('what extends the last checkpoint is cosigned, with the time of its clock', async () => {
  const witness = witnessOf();
  const key = parseCosignerVkey(witness.vkey) as VerifierKey;
  expect(key.name).toBe(name);
  let seconds = 7;
  let old = 0;
  for (const size of [0, 1, 1, 4, 9, 40, 40]) {
    const answer = await witness.add(asked(old, size));
    expect(answer).toMatchObject({ status: 200, contentType: 'text/plain' });
    expect(witness.sizeOf(origin)).toBe(size);
    const cosigned = parseNote(note(ours, size) + answer.body) as Note;
    expect(checkCosignatures(cosigned, [key], nobleVerify)).toEqual({
      verdict: 'signed',
      cosignatures: [{ vkey: witness.vkey, timeS: seconds++ }],
    });
    old = size;
  }
});

describe('what it does not cosign', () => {
  test.each<[string, object, string]>([
    ['no request', refusal(400), 'nothing'],
    ['a request without a checkpoint', refusal(400), 'old 5\n\nnothing\n'],
    [
      'an unknown log',
      refusal(404),
      asked(5, 8).replace(/example\.com\/ops\n8/, 'example.com/other\n8'),
    ],
    ['a key it does not trust', refusal(403), `old 5\n\n${note(ours, 8, [otherSigner])}`],
    ['a wrong signature', refusal(403), asked(5, 8).replace('ops\n8\n', 'ops\n9\n')],
    ['an old size beyond the new one', refusal(400), `old 6\n\n${note(ours, 5)}`],
    ['an old size below what it knows', conflict(5), asked(4, 8)],
    ['an old size beyond what it knows', conflict(5), asked(6, 8)],
    ['no old size', conflict(5), asked(0, 8)],
    ['a rollback', conflict(5), asked(3, 4)],
    [
      'another root of the size it knows',
      conflict(5),
      `old 5\n\n${note(sourceOf(leavesOf(5, 'forked')), 5)}`,
    ],
    ['no proof', refusal(422), `old 5\n\n${note(ours, 8)}`],
    ['a proof between other sizes', refusal(422), asked(4, 8).replace('old 4', 'old 5')],
    ['a proof where none is needed', refusal(422), asked(4, 5).replace('old 4', 'old 5')],
  ])('%s', async (_name, answer, request) => {
    const witness = witnessOf();
    expect((await witness.add(asked(0, 5))).status).toBe(200);
    expect(await witness.add(request)).toEqual(answer);
    expect(witness.sizeOf(origin)).toBe(5);
    // A refusal leaves no mark: the honest next step is taken.
    expect((await witness.add(asked(5, 8))).status).toBe(200);
  });

  test('a first checkpoint that brings a proof, or no leaves but a root', async () => {
    const witness = witnessOf();
    const checkpoint = note(ours, 8);
    const proof = [new Uint8Array(32)];
    const brought = await witness.add(formatWitnessRequest({ oldSize: 0, proof, checkpoint }));
    expect(brought).toEqual(refusal(422));
    const hollow = noteOver({ size: 0, root: new Uint8Array(32) });
    const none = formatWitnessRequest({ oldSize: 0, proof: [], checkpoint: hollow });
    expect(await witness.add(none)).toEqual(conflict(0));
    expect(witness.sizeOf(origin)).toBe(0);
  });
});

test('of two logs that part it cosigns one, whatever is asked in whatever order', async () => {
  const step = fc.record({
    tree: fc.constantFrom(ours, theirs),
    size: fc.integer({ min: 10, max: 40 }),
    isHonest: fc.boolean(),
    oldSize: fc.integer({ min: 0, max: 40 }),
  });
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    const witness = witnessOf();
    const cosigned: { readonly tree: TreeSource; readonly size: number }[] = [];
    for (const { tree, size, isHonest, oldSize } of steps) {
      const old = isHonest ? witness.sizeOf(origin) : oldSize;
      const { status } = await witness.add(asked(old, size, tree));
      if (status === 200) cosigned.push({ tree, size });
    }
    // Beyond the ninth leaf the two have nothing in common, and sizes never shrink.
    expect(new Set(cosigned.map(({ tree }) => tree)).size).toBeLessThanOrEqual(1);
    const sizes = cosigned.map(({ size }) => size);
    expect(sizes).toEqual(sizes.toSorted((left, right) => left - right));
    // The next honest step of the one it follows is taken all the same.
    const tree = cosigned[0]?.tree ?? ours;
    expect((await witness.add(asked(witness.sizeOf(origin), 40, tree))).status).toBe(200);
  });
  await fc.assert(property, { numRuns: runs(100) });
});

test('requests at the same time are judged one after the other', async () => {
  const witness = witnessOf();
  await witness.add(asked(0, 5));
  const answers = await Promise.all([8, 9, 10].map((size) => witness.add(asked(5, size))));
  expect(answers.map(({ status }) => status)).toEqual([200, 409, 409]);
  expect(witness.sizeOf(origin)).toBe(8);
});

test('logs are kept apart', async () => {
  const other = 'example.com/other';
  const logs = [keyring, { origin: other, keys: keyring.keys }];
  const witness = witnessOf(logs);
  await witness.add(asked(0, 5));
  expect([witness.sizeOf(origin), witness.sizeOf(other), witness.sizeOf('x')]).toEqual([5, 0, 0]);
  const twice = await codeOf(() => witnessOf([keyring, keyring]));
  expect(twice).toBe('KNHK_RECEIPTS_WITNESS');
});

describe('behind a server of node:http', () => {
  const witness = witnessOf();
  let server: Server;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { status, contentType, body } = await witness.add(Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': contentType }).end(body);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterAll(() => server.close());

  const post = (body: string): Promise<{ readonly status: number; readonly type: string }> =>
    new Promise((done, failed) => {
      const { port } = server.address() as AddressInfo;
      const path = '/add-checkpoint';
      const sent = httpRequest({ host: '127.0.0.1', port, method: 'POST', path }, (response) => {
        response.resume();
        const type = String(response.headers['content-type']);
        done({ status: response.statusCode ?? 0, type });
      });
      sent.on('error', failed).end(body);
    });

  test('it is the one that tlog-witness describes', async () => {
    expect(await post(asked(0, 5))).toEqual({ status: 200, type: 'text/plain' });
    expect(await post(asked(0, 6))).toEqual({ status: 409, type: 'text/x.tlog.size' });
    expect(await post('x')).toEqual({ status: 400, type: 'text/plain' });
  });
});
