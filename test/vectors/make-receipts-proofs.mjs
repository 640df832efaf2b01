// Writes receipts-proofs.json: node make-receipts-proofs.mjs. Everything is fixed.
import { writeFileSync } from 'node:fs';
import {
  cosigned,
  headText,
  keyOf,
  leafHash,
  line,
  nodeHash,
  note,
  origin,
  pathOf,
  proofOf,
  proofText,
  rootOf,
  signed,
  trail,
} from './receipts-kit.mjs';

const rfc = 'RFC 6962, 2.1; row 13 of the fault matrix';
const tlogProof = 'C2SP tlog-proof';
const sigstore = 'sigstore-conformance, pull requests 139 and 241';
const linear = 'immudb CVE-2022-36111: a linear chain in place of a Merkle proof';
const identity = 'immudb CVE-2022-39199: an identity that the server supplies';
const keysRow = 'row 11 of the fault matrix';

const log = keyOf(1);
const next = keyOf(2);
const collider = keyOf(67_885);
const collided = keyOf(72_447);
const witness = keyOf(4, 'example.com/witness', 4);
const another = keyOf(5, 'example.com/another', 4);
const entries = trail(9, 'ledger');
const hashes = entries.map(leafHash);
const rootAt = (size) => rootOf(hashes.slice(0, size));
const headAt = (size, key = log) => note(headText(size, rootAt(size)), signed(key, headText(size, rootAt(size))));
const b64 = (bytes) => bytes.toString('base64');

// Proofs without notes.
const inclusions = [];
function included(name, ok, index, size, leaf, proof, root, go) {
  const data = { index, size, leaf: b64(leaf), proof: proof.map(b64), root: b64(root), ok };
  inclusions.push({ name, source: rfc, ...data, ...(go === undefined ? {} : { go }) });
}
for (const size of [1, 2, 3, 4, 5, 7, 8, 9]) {
  const [part, root] = [hashes.slice(0, size), rootAt(size)];
  for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
    const [leaf, proof] = [hashes[index], pathOf(index, part)];
    const of = `${index} of ${size}`;
    included(of, true, index, size, leaf, proof, root);
    included(`${of}, a hash more`, false, index, size, leaf, [...proof, root], root);
    included(`${of}, a hash more before`, false, index, size, leaf, [leaf, ...proof], root);
    included(`${of}, at the size`, false, size, size, leaf, proof, root);
    included(`${of}, beyond the size`, false, size + index + 1, size, leaf, proof, root);
    included(`${of}, another root`, false, index, size, leaf, proof, leafHash(root));
    if (proof.length === 0) continue;
    included(`${of}, without the first hash`, false, index, size, leaf, proof.slice(1), root);
    included(`${of}, without the last hash`, false, index, size, leaf, proof.slice(0, -1), root);
    included(`${of}, one place further`, false, (index + 1) % size, size, leaf, proof, root);
    const bent = proof.map((hash) => Buffer.from(hash));
    bent[0][31] ^= 1;
    included(`${of}, a bit of the first hash`, false, index, size, leaf, bent, root);
  }
}
included('a leaf of the tree without leaves', false, 0, 0, hashes[0], [], rootAt(0));
included('the root of the tree without leaves as its leaf', false, 0, 0, rootAt(0), [], rootAt(0));
const inner = nodeHash(hashes[0], hashes[1]);
const beside = nodeHash(hashes[2], hashes[3]);
included('an inner node as leaf', false, 0, 4, inner, [beside], rootAt(4));
included('the root as leaf', false, 0, 4, rootAt(4), [], rootAt(4));
included('a node as the hash of its bytes', false, 0, 2, leafHash(Buffer.concat([hashes[0], hashes[1]])), [beside], rootAt(4));
// Why the size has to come from the signed note: of a size that nobody signed a node can pass.
included('an inner node as leaf of a size that is not the root\u2019s', true, 0, 2, inner, [beside], rootAt(4));
included('a short hash', false, 0, 2, hashes[0], [hashes[1].subarray(1)], rootAt(2));
included('a long hash', false, 0, 2, hashes[0], [Buffer.concat([hashes[1], Buffer.of(0)])], rootAt(2));

const consistencies = [];
function consistent(name, ok, [oldSize, oldRoot], [newSize, newRoot], proof, go) {
  const data = { oldSize, newSize, oldRoot: b64(oldRoot), newRoot: b64(newRoot), proof: proof.map(b64), ok };
  consistencies.push({ name, source: rfc, ...data, ...(go === undefined ? {} : { go }) });
}
const tree = (size) => [size, rootAt(size)];
for (const [old, size] of [[1, 1], [1, 2], [1, 9], [2, 3], [2, 4], [3, 4], [3, 7], [4, 5], [4, 8], [5, 8], [6, 7], [7, 9], [8, 9], [9, 9]]) {
  const proof = proofOf(old, hashes.slice(0, size));
  const of = `${old} to ${size}`;
  consistent(of, true, tree(old), tree(size), proof);
  consistent(`${of}, a hash more`, false, tree(old), tree(size), [...proof, rootAt(size)]);
  consistent(`${of}, a hash more before`, false, tree(old), tree(size), [rootAt(old), ...proof]);
  consistent(`${of}, another old root`, false, [old, leafHash(rootAt(old))], tree(size), proof);
  consistent(`${of}, another new root`, false, tree(old), [size, leafHash(rootAt(size))], proof);
  consistent(`${of}, to twice the size`, false, tree(old), [2 * size, rootAt(size)], proof);
  if (old < size) consistent(`${of}, backwards`, false, tree(size), tree(old), proof);
  if (proof.length === 0) continue;
  consistent(`${of}, without the first hash`, false, tree(old), tree(size), proof.slice(1));
  consistent(`${of}, without the last hash`, false, tree(old), tree(size), proof.slice(0, -1));
}
// The other half of why sizes have to come from signed notes: trees of one shape share proofs.
consistent('3 to 7, to one leaf more', true, tree(3), [8, rootAt(7)], proofOf(3, hashes.slice(0, 7)));
const emptyWhy = 'Go proves nothing of the tree without leaves; tlog-witness begins with it';
consistent('from the tree without leaves', true, tree(0), tree(5), [], emptyWhy);
consistent('from the tree without leaves to itself', true, tree(0), tree(0), [], emptyWhy);
consistent('from the tree without leaves, with a hash', false, tree(0), tree(5), [rootAt(5)]);
consistent('from no leaves but with a root', false, [0, rootAt(1)], tree(5), []);

// Receipts: texts of proofs with their leaf, under a keyring.
const keyring = { origin, keys: [{ vkey: log.vkey, from: 0 }] };
const receipts = [];
function receipt(source, name, problem, text, more = {}) {
  receipts.push({ name, source, text, keyring, ...more, ...(problem ? { problem } : {}) });
}
const proofAt = (index, size) => pathOf(index, hashes.slice(0, size));
const good = proofText(2, proofAt(2, 5), headAt(5), entries[2]);
const bare = proofText(2, proofAt(2, 5), headAt(5));
receipt(tlogProof, 'leaf 2 of 5', undefined, good);
receipt(tlogProof, 'the only leaf', undefined, proofText(0, [], headAt(1), entries[0]));
for (const size of [2, 3, 4, 7, 8, 9]) {
  const text = proofText(size - 1, proofAt(size - 1, size), headAt(size), entries[size - 1]);
  receipt(tlogProof, `the last leaf of ${size}`, undefined, text);
}
receipt(tlogProof, 'without its leaf, which is given', undefined, bare, { leaf: b64(entries[2]) });
receipt(tlogProof, 'with its leaf, which is given too', undefined, good, { leaf: b64(entries[2]) });
receipt(tlogProof, 'without its leaf', 'leaf', bare);
receipt(tlogProof, 'with another leaf than is given', 'leaf', good, { leaf: b64(entries[3]) });
const swapped = proofText(2, proofAt(2, 5), headAt(5), entries[3]);
receipt(tlogProof, 'with another leaf than the right one, which is given', 'leaf', swapped, { leaf: b64(entries[2]) });
receipt(tlogProof, 'another leaf at that index', 'leaf', proofText(2, proofAt(2, 5), headAt(5), entries[3]));
const hex = entries[2].toString('utf8').replace('"read"', '"edit"');
receipt(tlogProof, 'a changed leaf', 'inclusion', proofText(2, proofAt(2, 5), headAt(5), Buffer.from(hex)));
const spaced = Buffer.from(entries[2].toString('utf8').replace(':', ': '));
receipt(tlogProof, 'a leaf in another spelling', 'leaf', proofText(2, proofAt(2, 5), headAt(5), spaced));
const malformed = [
  ['nothing', ''],
  ['another version', good.replace('@v1', '@v2')],
  ['no header', good.slice(good.indexOf('\n') + 1)],
  ['carriage returns', good.replaceAll('\n', '\r\n')],
  ['no index', good.replace('index 2\n', '')],
  ['an index twice', good.replace('index 2\n', 'index 2\nindex 2\n')],
  ['an index with a zero before', good.replace('index 2', 'index 02')],
  ['a negative index', good.replace('index 2', 'index -2')],
  ['an index of 2^53', good.replace('index 2', 'index 9007199254740992')],
  ['an index with a space behind', good.replace('index 2', 'index 2 ')],
  ['two spaces before the index', good.replace('index 2', 'index  2')],
  ['an index without number', good.replace('index 2', 'index ')],
  ['extra data twice', good.replace(/(extra .*\n)/, '$1$1')],
  ['extra data behind the index', bare.replace('index 2\n', `index 2\nextra ${b64(entries[2])}\n`)],
  ['extra data that is empty', bare.replace('index', 'extra \nindex')],
  ['extra data in base64 of URLs', good.replace(/extra .{4}/, 'extra -_-_')],
  ['a hash without padding', good.replace(/=\n/, '\n')],
  ['a hash of 31 bytes', good.replace(b64(hashes[3]), b64(hashes[3].subarray(1)))],
  ['a hash in hexadecimal', good.replace(b64(hashes[3]), hashes[3].toString('hex'))],
  ['64 hashes', proofText(2, Array(64).fill(hashes[3]), headAt(5), entries[2])],
  ['no checkpoint', good.slice(0, good.indexOf('\n\n') + 1)],
];
malformed.push(['a hash without padding under a checkpoint without signature', good.replace(/=\n/, '\n').replace(/\n\n\u2014.*/, '\n')]);
for (const [name, text] of malformed) receipt(tlogProof, name, 'malformed', text);
receipt(tlogProof, 'an empty checkpoint', 'checkpoint', good.slice(0, good.indexOf('\n\n') + 2));
receipt(tlogProof, 'two empty lines', 'checkpoint', good.replace('\n\n', '\n\n\n'));
receipt(tlogProof, 'a text behind', 'checkpoint', `${good}more\n`);
const withHashes = (list, size = 5) => proofText(2, list, headAt(size), entries[2]);
receipt(rfc, 'a hash more', 'inclusion', withHashes([...proofAt(2, 5), hashes[4]]));
receipt(rfc, 'a hash less', 'inclusion', withHashes(proofAt(2, 5).slice(1)));
receipt(rfc, 'no hash', 'inclusion', withHashes([]));
receipt(rfc, 'hashes in the other order', 'inclusion', withHashes(proofAt(2, 5).reverse()));
receipt(rfc, 'the checkpoint of another size', 'inclusion', withHashes(proofAt(2, 5), 4));
receipt(rfc, 'the checkpoint of a smaller size', 'inclusion', withHashes(proofAt(2, 5), 2));
receipt(rfc, 'the checkpoint of no leaves', 'inclusion', withHashes([], 0));
receipt(rfc, 'a node in place of the leaf', 'leaf', proofText(0, [], headAt(2), Buffer.concat([hashes[0], hashes[1]])));

// The list of sigstore-conformance.
const text5 = headText(5, rootAt(5));
const over = (...lines) => proofText(2, proofAt(2, 5), note(text5, ...lines), entries[2]);
const mine = signed(log, text5);
const bent = Buffer.from(mine.split(' ')[2], 'base64');
bent[20] ^= 1;
const bentLine = line(log, bent.subarray(4));
const hinted = line(log, bent.subarray(4), Buffer.of(1, 2, 3, 4));
receipt(sigstore, 'a bad key hint', 'unknown-key', over(hinted));
receipt(sigstore, 'a bent signature', 'signature', over(bentLine));
const otherRoot = rootOf(trail(5, 'other').map(leafHash));
const wrong = note(headText(5, otherRoot), signed(log, headText(5, otherRoot)));
receipt(sigstore, 'the root of another tree', 'inclusion', proofText(2, proofAt(2, 5), wrong, entries[2]));
const signedBad = (bad) => proofText(2, proofAt(2, 5), note(bad, signed(log, bad)), entries[2]);
receipt(sigstore, 'no origin', 'checkpoint', signedBad(`5\n${b64(rootAt(5))}\n`));
receipt(sigstore, 'no size', 'checkpoint', signedBad(`${origin}\n${b64(rootAt(5))}\n`));
receipt(sigstore, 'no root', 'checkpoint', signedBad(`${origin}\n5\n`));
receipt(sigstore, 'no signature of the log', 'unknown-key', over(cosigned(witness, text5)));
receipt(sigstore, 'two keys of the log', undefined, over(signed(next, text5), mine));
const one = { witnesses: { keys: [witness.vkey], threshold: 1 } };
const two = { witnesses: { keys: [witness.vkey, another.vkey], threshold: 2 } };
const [by, alsoBy] = [cosigned(witness, text5), cosigned(another, text5)];
receipt(sigstore, 'the witness first', undefined, over(by, mine), one);
receipt(sigstore, 'the witness behind', undefined, over(mine, by), one);
receipt(sigstore, 'two witnesses', undefined, over(by, mine, alsoBy), two);
receipt(sigstore, 'two keys and a witness', undefined, over(signed(next, text5), by, mine), one);
const cosig = 'C2SP tlog-cosignature';
receipt(cosig, 'no witness', 'witnesses', over(mine), one);
receipt(cosig, 'one witness of two', 'witnesses', over(mine, by), two);
receipt(cosig, 'one witness twice', 'witnesses', over(mine, by, cosigned(witness, text5, 1_700_000_001)), two);
receipt(cosig, 'a witness nobody asked for', undefined, over(mine, by));
receipt(cosig, 'a wrong line of a witness nobody asked for', undefined, over(mine, cosigned(witness, 'x\n')));
receipt(cosig, 'a wrong line of a witness', 'signature', over(mine, cosigned(witness, 'x\n')), one);
const early = Buffer.from(by.split(' ')[2], 'base64');
early[11] ^= 1;
receipt(cosig, 'another time than was signed', 'signature', over(mine, line(witness, early.subarray(4))), one);
const far = Buffer.concat([Buffer.from('0020000000000000', 'hex'), Buffer.alloc(64, 1)]);
receipt(cosig, 'a time of 2^53 seconds', 'signature', over(mine, line(witness, far)), one);
receipt(cosig, 'a signature without time', 'signature', over(mine, line(witness, Buffer.alloc(64, 1))), one);
receipt(cosig, 'the signature of the log as a cosignature', 'signature', over(mine, line(witness, bent.subarray(4))), one);

// Regressions of immudb, as far as they have a counterpart here.
const forged = trail(5, 'forged', entries.slice(0, 2));
receipt(linear, 'a leaf whose prev is right and that is in no tree', 'inclusion', proofText(2, proofAt(2, 5), headAt(5), forged[2]));
receipt(linear, 'a leaf that is in a tree nobody signed', 'signature', proofText(2, pathOf(2, forged.map(leafHash)), note(headText(5, rootOf(forged.map(leafHash))), mine), forged[2]));
const named = headText(5, rootAt(5), 'example.com/other');
receipt(identity, 'another log of the same key', 'other-log', proofText(2, proofAt(2, 5), note(named, signed(log, named)), entries[2]));
receipt(identity, 'another log that brings its key', 'other-log', proofText(2, proofAt(2, 5), note(named, signed(keyOf(6, 'example.com/other'), named)), entries[2]));
receipt(identity, 'this log with a key of its own', 'unknown-key', over(signed(keyOf(6), text5)));

// Keys.
const between = (from, to) => ({ keyring: { origin, keys: [{ vkey: log.vkey, from, ...(to === undefined ? {} : { to }) }] } });
receipt(keysRow, 'a key up to the last leaf', undefined, good, between(0, 4));
receipt(keysRow, 'a key from the last leaf on', undefined, good, between(4));
receipt(keysRow, 'a retired key', 'unknown-key', good, between(0, 3));
receipt(keysRow, 'a key before its time', 'unknown-key', good, between(5));
const rotated = { keyring: { origin, keys: [{ vkey: log.vkey, from: 0, to: 4 }, { vkey: next.vkey, from: 3 }] } };
receipt(keysRow, 'the old key in the overlap', undefined, good, rotated);
receipt(keysRow, 'the new key in the overlap', undefined, over(signed(next, text5)), rotated);
receipt(keysRow, 'both keys in the overlap', undefined, over(mine, signed(next, text5)), rotated);
receipt(keysRow, 'a wrong line of one of two keys', 'signature', over(bentLine, signed(next, text5)), rotated);
const revoked = (revokedFrom) => ({ keyring: { origin, keys: [{ vkey: log.vkey, from: 0, revokedFrom }] } });
receipt(keysRow, 'a key revoked for the last leaf', 'revoked-key', good, revoked(4));
receipt(keysRow, 'a key revoked behind the last leaf', undefined, good, revoked(5));
receipt(keysRow, 'a key of the same name', 'unknown-key', over(signed(next, text5)));
const trusting = { keyring: { origin, keys: [{ vkey: collider.vkey, from: 0 }] } };
receipt(keysRow, 'a key of the same name and id', 'signature', over(signed(collided, text5)), trusting);
receipt(keysRow, 'the key whose id another one has', undefined, over(signed(collider, text5)), trusting);

// Two checkpoints.
const comparisons = [];
function compared(source, name, kind, first, second, proof) {
  comparisons.push({ name, source, first, second, ...(proof ? { proof: proof.map(b64) } : {}), kind });
}
const fork = trail(9, 'forked', entries.slice(0, 3)).map(leafHash);
const forkAt = (size, key = log) => {
  const text = headText(size, rootOf(fork.slice(0, size)));
  return note(text, signed(key, text));
};
const row = 'row 10 of the fault matrix';
const between35 = proofOf(3, hashes.slice(0, 5));
compared(row, 'the same', 'consistent', headAt(5), headAt(5));
compared(row, 'the same of two keys', 'unsigned', headAt(5), headAt(5, next));
compared(row, 'two roots of one size', 'fork', headAt(5), forkAt(5));
compared(row, 'two roots of one size, of which a stranger signed one', 'unsigned', headAt(5), forkAt(5, next));
compared(row, 'two sizes', 'proof-needed', headAt(3), headAt(5));
compared(row, 'two sizes with a proof', 'consistent', headAt(3), headAt(5), between35);
compared(row, 'two sizes the other way round', 'consistent', headAt(5), headAt(3), between35);
compared(row, 'two sizes with a wrong proof', 'proof-refused', headAt(3), headAt(5), [hashes[0]]);
compared(row, 'two sizes without the hashes of a proof', 'proof-refused', headAt(3), headAt(5), []);
compared(row, 'two sizes of two trees', 'proof-refused', headAt(4), forkAt(5), proofOf(4, fork.slice(0, 5)));
compared(row, 'before the trees part', 'consistent', headAt(3), forkAt(5), proofOf(3, fork.slice(0, 5)));
compared(row, 'no leaves and some', 'consistent', headAt(0), headAt(5));
const hollow = headText(0, rootAt(1));
compared(row, 'no leaves but a root', 'fork', note(hollow, signed(log, hollow)), headAt(5));
compared(linear, 'an old root that the new tree does not have', 'proof-refused', forkAt(4), headAt(5), proofOf(4, hashes.slice(0, 5)));
compared(identity, 'another log', 'other-log', headAt(5), note(named, signed(log, named)));
compared(row, 'no note', 'unsigned', 'nothing', headAt(5));

const data = { inclusions, consistencies, receipts, keyring, comparisons };
writeFileSync(
  new URL('receipts-proofs.json', import.meta.url),
  `${JSON.stringify(data, undefined, 1)}\n`,
);
