import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Looks for secrets in the files that Git tracks and in every blob of its history. */

/** Files that hold a key and may, by their exact path. */
export const allowed = [
  {
    path: 'test/vectors/log-1.keys/secret',
    reason: 'Bytes 1 to 32: the key of the golden log, which a test needs to replay it.',
  },
];

/** What a secret looks like. A value that is only named, such as ${NPM_TOKEN}, is none. */
const kinds = [
  { kind: 'a private key', pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/ },
  { kind: 'an AWS key id', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  {
    kind: 'an AWS secret',
    pattern: /aws_?secret_?(?:access_?)?key["']?\s*[=:]\s*["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/i,
  },
  { kind: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})/ },
  { kind: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  {
    kind: 'the login of a registry',
    pattern: /^[^\n#;]*:?_(?:authToken|auth|password)\s*=\s*["']?(?!\$\{)[^\s"']{4,}/m,
  },
  { kind: 'a URL with a password', pattern: /\b[a-z][a-z+]*:\/\/[^\s/:@'"`$<{]+:[^\s/:@'"`$<{]+@/ },
];

const keyFile =
  /^(?:secret|signing\.key|id_(?:rsa|dsa|ecdsa|ed25519)|\.env(?:\..+)?|\.npmrc|\.netrc)$/;
const keyEnding = /\.(?:pem|p12|pfx|jks|keystore|ppk)$/;

/**
 * What one file gives away, as `path:line kind`; never the secret itself.
 *
 * @param {string} path
 * @param {string} text
 * @returns {string[]}
 */
export function findSecrets(path, text) {
  if (allowed.some((entry) => entry.path === path)) return [];
  const name = basename(path);
  const found = keyFile.test(name) || keyEnding.test(name) ? [`${path} a file for keys`] : [];
  for (const { kind, pattern } of kinds) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const line = text.slice(0, match.index + match[0].search(/\S/)).split('\n').length;
    found.push(`${path}:${line} ${kind}`);
  }
  return found;
}

const outputBytes = 512 * 1024 * 1024;
const blobsPerRead = 500;

/** Runs Git in a folder; the answer is Latin-1, so that any bytes pass through. */
function git(root, words, input = '') {
  const options = { cwd: root, input, encoding: 'latin1', maxBuffer: outputBytes };
  return execFileSync('git', words, options);
}

/** What Git tracks now, with changes that are not committed yet. */
function* trackedFiles(root) {
  const utf8 = (text) => Buffer.from(text, 'latin1').toString('utf8');
  for (const path of git(root, ['ls-files', '-z']).split('\0').map(utf8)) {
    if (path === '') continue;
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (stat?.isFile()) yield { path, text: readFileSync(join(root, path), 'latin1') };
  }
}

/** Every blob of every commit that a branch or tag leads to, by one of its paths. */
function* historicFiles(root) {
  const objects = git(root, ['rev-list', '--objects', '--all'])
    .split('\n')
    .map((line) => ({
      id: line.slice(0, line.indexOf(' ')),
      path: line.slice(line.indexOf(' ') + 1),
    }))
    .filter(({ id, path }) => id !== '' && path !== '');
  for (let start = 0; start < objects.length; start += blobsPerRead) {
    const some = objects.slice(start, start + blobsPerRead);
    const output = git(root, ['cat-file', '--batch'], some.map(({ id }) => `${id}\n`).join(''));
    let offset = 0;
    for (const { path } of some) {
      const end = output.indexOf('\n', offset);
      const [, type, size] = output.slice(offset, end).split(' ');
      const text = output.slice(end + 1, end + 1 + Number(size));
      offset = end + 1 + Number(size) + 1;
      if (type === 'blob') yield { path, text };
    }
  }
}

/**
 * Every secret in the files and the history of a repository.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function scan(root) {
  const findings = new Set();
  for (const { path, text } of trackedFiles(root)) {
    for (const finding of findSecrets(path, text)) findings.add(finding);
  }
  for (const { path, text } of historicFiles(root)) {
    for (const finding of findSecrets(path, text)) {
      if (!findings.has(finding)) findings.add(`${finding} (in the history)`);
    }
  }
  return [...findings];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const findings = scan(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
  for (const finding of findings) console.log(finding);
  console.log(findings.length === 0 ? 'secrets: none found' : `secrets: ${findings.length} found`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
