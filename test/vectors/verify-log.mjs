// Verifies a log directory with Node's crypto alone, sharing no code with the library:
//   node verify-log.mjs <log directory> <keyring.json>
// Prints "verified N leaves" and exits 0, or says what is wrong and exits 1.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const [directory, keyringPath] = process.argv.slice(2);
const keyring = JSON.parse(readFileSync(keyringPath, 'utf8'));
const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash('sha256')).digest();
const fail = (message) => {
  console.log(`not verified: ${message}`);
  process.exit(1);
};

const table = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});
const crc32 = (bytes) => ~bytes.reduce((crc, byte) => table[(crc ^ byte) & 255] ^ (crc >>> 8), -1) >>> 0;

// C2SP signed-note: name+id+base64(0x01 || public key), id = SHA-256(name, LF, 0x01, key)[0..4].
const keys = keyring.keys.map(({ vkey, from, to = Infinity }) => {
  const [name, id, encoded] = vkey.split('+');
  const typed = Buffer.from(encoded, 'base64');
  const computed = sha256(`${name}\n`, typed).subarray(0, 4).toString('hex');
  if (typed[0] !== 1 || computed !== id) fail(`bad key ${vkey}`);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)]);
  return { name, id, from, to, key: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
});

// RFC 6962: full subtrees from left to right, merged while two have the same size.
const peaks = [];
const append = (hash) => {
  let node = { hash, size: 1 };
  while (peaks.at(-1)?.size === node.size) {
    const left = peaks.pop();
    node = { hash: sha256(Buffer.of(1), left.hash, node.hash), size: 2 * node.size };
  }
  peaks.push(node);
};
const root = () => peaks.map((p) => p.hash).reduceRight((right, left) => sha256(Buffer.of(1), left, right));

let seq = 0;
let signed = 0;
let prev = '0'.repeat(64);
let time = 0;

function checkLeaf(bytes) {
  const leaf = JSON.parse(bytes.toString('utf8'));
  if (leaf.v !== 1 || leaf.seq !== seq) fail(`leaf ${seq} says version ${leaf.v}, seq ${leaf.seq}`);
  if (leaf.prev !== prev) fail(`leaf ${seq} does not name the leaf before`);
  if (leaf.time < time) fail(`leaf ${seq} is older than the leaf before`);
  const hash = sha256(Buffer.of(0), bytes);
  append(hash);
  prev = hash.toString('hex');
  time = leaf.time;
  seq++;
  return hash;
}

function checkEpoch(bytes, hashes) {
  const count = bytes.readUInt32LE(0);
  const stored = bytes.subarray(4, 4 + 32 * count);
  if (!stored.equals(Buffer.concat(hashes))) fail(`leaf hashes of the epoch before seq ${seq}`);
  const note = bytes.subarray(4 + 32 * count).toString('utf8');
  const end = note.lastIndexOf('\n\n') + 1;
  const [origin, size, encoded] = note.slice(0, end).split('\n');
  if (origin !== keyring.origin || Number(size) !== seq) fail(`checkpoint of size ${size} at ${seq}`);
  if (root().toString('base64') !== encoded) fail(`root at size ${seq}`);
  const isSigned = note.slice(end + 1).split('\n').some((line) => {
    const [, name, blob] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    const signature = Buffer.from(blob ?? '', 'base64');
    const id = signature.subarray(0, 4).toString('hex');
    const key = keys.find((k) => k.name === name && k.id === id && k.from < seq && seq - 1 <= k.to);
    return key && verify(null, Buffer.from(note.slice(0, end)), key.key, signature.subarray(4));
  });
  if (!isSigned) fail(`no trusted signature at size ${seq}`);
  signed = seq;
}

try {
  const names = readdirSync(`${directory}/seg`).filter((name) => name.endsWith('.seg'));
  for (const name of names.sort()) {
    if (Number.parseInt(name, 10) !== seq) fail(`segment ${name} at seq ${seq}`);
    const file = readFileSync(`${directory}/seg/${name}`);
    let hashes = [];
    // Frames: u32le length, type, enc, u16 0, bytes, u32le CRC-32 over all before it.
    for (let at = 0; at + 12 <= file.length; ) {
      const end = at + 8 + file.readUInt32LE(at);
      if (file.readUInt32LE(end) !== crc32(file.subarray(at, end))) fail(`CRC in ${name} at ${at}`);
      const bytes = file.subarray(at + 8, end);
      if (file[at + 4] === 2) hashes.push(checkLeaf(bytes));
      if (file[at + 4] === 3) checkEpoch(bytes, hashes);
      if (file[at + 4] === 3) hashes = [];
      at += 12 + bytes.length;
    }
  }
} catch (error) {
  fail(error.message);
}
if (signed === 0 || signed !== seq) fail(`${signed} of ${seq} leaves are signed`);
console.log(`verified ${signed} leaves`);
