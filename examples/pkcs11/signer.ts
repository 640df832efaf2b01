import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import type { Signer } from 'knhk';
import { formatVkey } from 'knhk/receipts';

/** A key in a PKCS#11 module: a security module, a smart card, or software in place of one. */
export interface ModuleKey {
  /** The module's shared library. */
  readonly library: string;
  /** Label of the token that holds the key. */
  readonly token: string;
  /** The key pair's id in the token, in hexadecimal. */
  readonly id: string;
  /** Environment for the module; `KNHK_PIN` is the token's PIN, so that no argument shows it. */
  readonly environment: NodeJS.ProcessEnv;
}

// pkcs11-tool hands longer messages over in parts, which EdDSA in SoftHSM does not take. The text
// of a checkpoint is an origin, a number and a hash.
const messageBytesMax = 1_024;
const signatureBytes = 64;
const timeoutMs = 10_000;

/** Runs pkcs11-tool (OpenSC): a child process, so that the log's thread does not wait for it. */
export function pkcs11Tool(
  { library, environment }: Pick<ModuleKey, 'library' | 'environment'>,
  words: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Promise<Buffer> {
  const all = ['--module', library, ...words];
  const options = { env: environment, timeout: timeoutMs, encoding: 'buffer' } as const;
  return new Promise((resolve, reject) => {
    const child = execFile('pkcs11-tool', all, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`pkcs11-tool: ${stderr.toString() || error.message}`));
    });
    // A child that ends without reading its input is told about by its exit.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Words that log in to the key's token. */
export const logIn = ({ token }: ModuleKey): readonly string[] => [
  ...['--token-label', token],
  ...['--login', '--pin', 'env:KNHK_PIN'],
];

/**
 * A signer whose private key stays in the module: only messages go in and signatures come out. The
 * public half is read once.
 *
 * @param name The key's name, usually the log's origin.
 */
export async function moduleSigner(name: string, key: ModuleKey): Promise<Signer> {
  const { token, id } = key;
  const read = ['--token-label', token, '--read-object', '--type', 'pubkey', '--id', id];
  const pem = await pkcs11Tool(key, read);
  // The raw key is the end of its SubjectPublicKeyInfo (RFC 8410).
  const publicKey = createPublicKey(pem).export({ format: 'der', type: 'spki' }).subarray(-32);
  const words = [...logIn(key), '--sign', '--mechanism', 'EDDSA', '--id', id];
  const signNow = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const signature = await pkcs11Tool(key, words, bytes);
    if (signature.length === signatureBytes) return new Uint8Array(signature);
    throw new Error(`the module gave ${signature.length} bytes in place of a signature`);
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    vkey: formatVkey(name, publicKey),
    async sign(bytes) {
      if (bytes.length > messageBytesMax) throw new Error('the message is above 1,024 bytes');
      // One after the other: processes of SoftHSM that log in at the same time lose its token.
      const message = Uint8Array.from(bytes);
      const signed = last.then(() => signNow(message));
      last = signed.catch(() => {});
      return signed;
    },
  };
}
