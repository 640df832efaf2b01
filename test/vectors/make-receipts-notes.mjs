// Writes receipts-notes.json: node make-receipts-notes.mjs. Everything is fixed.
import { writeFileSync } from 'node:fs';
import {
  cosigned,
  headText,
  keyOf,
  line,
  note,
  origin,
  rootOf,
  signed,
  trail,
  leafHash,
} from './receipts-kit.mjs';

const log = keyOf(1);
const next = keyOf(2);
// Two real keys whose ids are equal, found by trying 72,448 of them.
const collider = keyOf(67_885);
const collided = keyOf(72_447);
const stranger = keyOf(3, 'example.com/stranger');
const witness = keyOf(4, 'example.com/witness', 4);
const another = keyOf(5, 'example.com/another', 4);
const root = rootOf(trail(5, 'ledger').map(leafHash));
const text = headText(5, root);
const good = note(text, signed(log, text));
const mine = signed(log, text);
const base64 = (line) => line.split(' ')[2].trimEnd();
const b64root = root.toString('base64');

const c2sp = 'C2SP signed-note';
const checkpointText = 'C2SP tlog-checkpoint';
const sigstore = 'sigstore-conformance, pull requests 139 and 241';
const goNote = 'golang.org/x/mod/sumdb/note';
const ours = 'the fault matrix of this project';

const vectors = [];
/** `go` tells what Go's note.Open says where it is not the same, and why we are stricter. */
function add(source, name, noteText, verdict, checkpoint, more = {}) {
  vectors.push({ name, source, note: noteText, verdict, checkpoint, keys: [log.vkey], ...more });
}
const signedOver = (bad) => note(bad, signed(log, bad));

add(c2sp, 'one line of the log', good, 'signed', true);
add(c2sp, 'an empty line within the text', signedOver('a\n\nb\n5\n'), 'signed', false);
add(c2sp, 'a text that is one empty line', signedOver('\n'), 'signed', false);
add(c2sp, 'text of another alphabet', signedOver('\u03bb\n'), 'signed', false);
add(sigstore, 'two keys of the log', good + signed(next, text), 'signed', true);
add(sigstore, 'two keys of the log, both known', good + signed(next, text), 'signed', true, {
  keys: [log.vkey, next.vkey],
});
add(sigstore, 'a cosignature behind', good + cosigned(witness, text), 'signed', true);
const both = [cosigned(witness, text), cosigned(another, text)];
add(sigstore, 'two witnesses', good + both.join(''), 'signed', true);
add(sigstore, 'two keys and a witness', note(text, mine, signed(next, text), both[0]), 'signed', true);
add(sigstore, 'the witness first', note(text, both[0], mine), 'signed', true);
add(sigstore, 'the log between two witnesses', note(text, both[0], mine, both[1]), 'signed', true);
const hinted = line(log, log.sign(Buffer.from(text)), Buffer.of(...log.id.subarray(0, 3), log.id[3] ^ 1));
add(sigstore, 'a bad key hint', note(text, hinted), 'unknown', true);
const bent = log.sign(Buffer.from(text));
bent[7] ^= 1;
add(sigstore, 'a bent signature', note(text, line(log, bent)), 'invalid', true);
add(sigstore, 'the signature of another root', note(text, signed(log, headText(5, leafHash(root)))), 'invalid', true);
add(sigstore, 'no origin', signedOver(`\n5\n${b64root}\n`), 'signed', false);
add(sigstore, 'no origin line', signedOver(`5\n${b64root}\n`), 'signed', false);
add(sigstore, 'no size', signedOver(`${origin}\n${b64root}\n`), 'signed', false);
add(sigstore, 'an empty size', signedOver(`${origin}\n\n${b64root}\n`), 'signed', false);
add(sigstore, 'no root', signedOver(`${origin}\n5\n`), 'signed', false);
add(sigstore, 'an empty root', signedOver(`${origin}\n5\n\n`), 'signed', false);
add(sigstore, 'no signature of the log', note(text, ...both), 'unknown', true);
add(c2sp, 'no signature at all', text, 'malformed', false);
add(c2sp, 'an empty block of signatures', `${text}\n`, 'malformed', false);
add(c2sp, 'nothing', '', 'malformed', false);
add(c2sp, 'a line of a stranger beside', note(text, signed(stranger, text), mine), 'signed', true);
add(c2sp, 'a wrong line of a stranger beside', note(text, signed(stranger, 'x\n'), mine), 'signed', true);
add(c2sp, 'a line of a stranger alone', note(text, signed(stranger, text)), 'unknown', true);
const pqc = line({ name: witness.name, id: Buffer.of(9, 9, 9, 9) }, Buffer.alloc(8 + 2_420, 7));
add('C2SP tlog-cosignature', 'a line of ML-DSA-44, which is ignored', good + pqc, 'signed', true);
add(c2sp, 'a signature of one byte of a stranger', good + line(stranger, Buffer.of(1)), 'signed', true);

// Keys that can be taken for each other.
add(c2sp, 'another key of the same name', note(text, signed(next, text)), 'unknown', true);
add(c2sp, 'another key of the same name and id', note(text, signed(collided, text)), 'invalid', true, {
  keys: [collider.vkey],
});
add(c2sp, 'the key whose id another one has', note(text, signed(collider, text)), 'signed', true, {
  keys: [collider.vkey],
});
add(c2sp, 'the log key under another name', note(text, line({ ...log, name: stranger.name }, log.sign(Buffer.from(text)))), 'unknown', true);
add(c2sp, 'the log key as a cosigner', note(text, cosigned(keyOf(1, origin, 4), text)), 'unknown', true);
add(c2sp, 'a cosignature with the id of the log key', note(text, cosigned(log, text)), 'invalid', true);

// How many.
const strangers = (count) =>
  Array.from({ length: count }, (_, index) => line(stranger, Buffer.alloc(64, index))).join('');
for (const [count, verdict] of [[15, 'signed'], [16, 'signed'], [99, 'signed'], [100, 'malformed']]) {
  add(goNote, `${count + 1} lines`, note(text, mine, strangers(count)), verdict, verdict === 'signed');
}
add(goNote, 'a line twice', note(text, mine, mine), 'signed', true);
add(goNote, 'a wrong line of the same key behind', note(text, mine, line(log, bent)), 'signed', true);
add(goNote, 'a wrong line of the same key before', note(text, line(log, bent), mine), 'invalid', true);
add(c2sp, 'a wrong line of a second known key', note(text, mine, signed(next, 'x\n')), 'invalid', true, {
  keys: [log.vkey, next.vkey],
});

// Spelling.
const malformed = [
  ['carriage returns', good.replaceAll('\n', '\r\n')],
  ['a carriage return at the end of the text', good.replace('\n\n', '\r\n\n')],
  ['a tab', good.replace('5', '\t5')],
  ['a NUL', good.replace('5', '5\u0000')],
  ['an escape', good.replace('5', '5\u001b')],
  ['no newline at the end', good.slice(0, -1)],
  ['an empty line at the end', `${good}\n`],
  ['a hyphen for the dash', good.replace('\u2014', '-')],
  ['two hyphens for the dash', good.replace('\u2014', '--')],
  ['an en dash for the dash', good.replace('\u2014', '\u2013')],
  ['a horizontal bar for the dash', good.replace('\u2014', '\u2015')],
  ['a minus for the dash', good.replace('\u2014', '\u2212')],
  ['no space behind the dash', good.replace('\u2014 ', '\u2014')],
  ['two spaces behind the dash', good.replace('\u2014 ', '\u2014  ')],
  ['a no-break space behind the dash', good.replace('\u2014 ', '\u2014\u00a0')],
  ['a space before the dash', good.replace('\u2014', ' \u2014')],
  ['a space at the end of the line', good.replace(/\n$/, ' \n')],
  ['three words', good.replace(/\n$/, ' x\n')],
  ['no name', good.replace(`\u2014 ${origin} `, '\u2014 ')],
  ['an empty name', good.replace(`\u2014 ${origin}`, '\u2014 ')],
  ['a plus in the name', good.replace('\u2014 example', '\u2014 exa+mple')],
  ['a next-line character in the name', good.replace('\u2014 example', '\u2014 exa\u0085mple')],
  ['an ideographic space in the name', good.replace('\u2014 example', '\u2014 exa\u3000mple')],
  ['base64 of URLs', good.replace(/.{8}\n$/, '-_-_-_-_\n')],
  ['base64 without padding', good.replace(/=+\n$/, '\n')],
  ['base64 with too much padding', good.replace(/\n$/, '====\n')],
  ['a key id alone', note(text, line(log, Buffer.alloc(0)))],
  ['three bytes', note(text, `\u2014 ${origin} AAAA\n`)],
  ['a text among the signatures', note(text, mine, 'text\n', mine)],
];
for (const [name, bad] of malformed) add(c2sp, name, bad, 'malformed', false);

// Where we read less than Go's package of Debian 12 does.
const spare = base64(mine);
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const last = spare.at(-2);
const respelled = `${spare.slice(0, -2)}${digits[digits.indexOf(last) ^ 1]}=`;
add(ours, 'base64 with bits behind its end', good.replace(spare, respelled), 'malformed', false, {
  go: { verdict: 'signed', why: 'Go drops the bits; one signature must have one spelling' },
});
const marked = line({ name: 'a\ufeffb', id: log.id }, Buffer.alloc(64));
add(ours, 'a byte order mark in a name', good + marked, 'malformed', false, {
  go: { verdict: 'signed', why: 'JavaScript counts U+FEFF as white space, Unicode does not' },
});
// 1,000,001 characters are made in the test: the vector says how.
add(ours, 'more than a megabyte', signedOver(`${'x'.repeat(40)}\n`), 'malformed', false, {
  repeat: { of: 'x', from: 40, to: 1_000_000 },
  go: { verdict: 'invalid', why: 'this version of Go has no limit, later ones have this one' },
});

// Checkpoints: the text is signed, so that only its form decides.
const heads = [
  ['a leading zero', `${origin}\n05\n${b64root}\n`],
  ['a plus', `${origin}\n+5\n${b64root}\n`],
  ['a negative size', `${origin}\n-5\n${b64root}\n`],
  ['a hexadecimal size', `${origin}\n0x5\n${b64root}\n`],
  ['an exponent', `${origin}\n5e0\n${b64root}\n`],
  ['a space before the size', `${origin}\n 5\n${b64root}\n`],
  ['a space behind the size', `${origin}\n5 \n${b64root}\n`],
  ['a size in other digits', `${origin}\n\u0665\n${b64root}\n`],
  ['a size of 2^63', `${origin}\n9223372036854775808\n${b64root}\n`],
  ['a root of 31 bytes', `${origin}\n5\n${root.subarray(1).toString('base64')}\n`],
  ['a root of 33 bytes', `${origin}\n5\n${Buffer.concat([root, Buffer.of(1)]).toString('base64')}\n`],
  ['a root in hexadecimal', `${origin}\n5\n${root.toString('hex')}\n`],
  ['a root without padding', `${origin}\n5\n${b64root.replace('=', '')}\n`],
];
for (const [name, bad] of heads) add(checkpointText, name, signedOver(bad), 'signed', false);
add(checkpointText, 'a size of 0', signedOver(headText(0, rootOf([]))), 'signed', true);
add(checkpointText, 'a size of 2^53 - 1', signedOver(headText(2 ** 53 - 1, root)), 'signed', true);
add(checkpointText, 'an extension line', signedOver(`${text}extension\n`), 'signed', true);
add(checkpointText, 'a space in the origin', signedOver(headText(5, root, 'an origin')), 'signed', true);
add(ours, 'a size of 2^53', signedOver(headText('9007199254740992', root)), 'signed', false, {
  goCheckpoint: { verdict: true, why: 'JavaScript cannot count so far exactly' },
});
const bits = b64root.slice(0, -2) + digits[digits.indexOf(b64root.at(-2)) ^ 1];
add(ours, 'a root with bits behind its end', signedOver(`${origin}\n5\n${bits}=\n`), 'signed', false, {
  goCheckpoint: { verdict: true, why: 'Go drops the bits; one root must have one spelling' },
});
add(checkpointText, 'an empty extension line', signedOver(`${text}\nx\n`), 'signed', false, {
  goCheckpoint: { verdict: true, why: 'Go reads three lines; extensions must not be empty' },
});

const vkeys = [
  [c2sp, log.vkey, true],
  [goNote, 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', true],
  [c2sp, log.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), false],
  [c2sp, log.vkey.replace('vectors', 'vector'), false],
  [c2sp, log.vkey.replace('vectors', 'vec tors'), false],
  [c2sp, log.vkey.slice(0, -4), false],
  [c2sp, log.vkey.replace('+', ''), false],
  [c2sp, `+${log.vkey}`, false],
  ['C2SP tlog-cosignature', witness.vkey, false],
  [c2sp, keyOf(1, origin, 0xff).vkey, false],
  [ours, log.vkey.replace(/\+[0-9a-f]{8}\+/, (id) => id.toUpperCase()), false, true],
  [ours, `${log.vkey}\n`, false, true],
].map(([source, vkey, ok, go = ok]) => ({ source, vkey, ok, go }));

const file = new URL('receipts-notes.json', import.meta.url);
const collision = [collider.vkey, collided.vkey];
writeFileSync(file, `${JSON.stringify({ vkeys, collision, notes: vectors }, undefined, 1)}\n`);
