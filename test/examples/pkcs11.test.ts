import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModuleKey, moduleSigner } from '../../examples/pkcs11/signer.ts';
import { makeKey, softhsm } from '../../examples/pkcs11/token.ts';
import { nodeVerify } from '../../src/receipts/log/index.ts';
import { parseVkey, type Signer } from '../../src/receipts/verify/index.ts';
import { signerConformance } from '../../src/testing/signer-conformance.ts';
import { projectRoot } from '../tidy/files.ts';

// .ci/programs installs both.
const isThere = existsSync(softhsm) && spawnSync('pkcs11-tool', ['--help']).error === undefined;
const reason = '(skipped without SoftHSM 2 and pkcs11-tool)';

describe.skipIf(!isThere)(`a signer in a PKCS#11 module ${reason}`, () => {
  let directory = '';
  let key = {} as ModuleKey;
  let signer = {} as Signer;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'knhk-pkcs11-'));
    key = await makeKey(directory);
    signer = await moduleSigner('example.com/ops', key);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('signs a log over two openings; its private key stays where it is', async () => {
    const program = 'build/examples/pkcs11/main.js';
    const run = promisify(execFile)(process.execPath, [program], { cwd: projectRoot });
    const { vkey, access, ...report } = JSON.parse((await run).stdout);
    // A deploy and six observations.
    expect(report).toEqual({ leaves: 7, verified: 7, ok: true });
    expect(parseVkey(vkey)?.name).toBe('example.com/sealed-desk');
    expect(access.split(', ')).toEqual(
      expect.arrayContaining(['sensitive', 'always sensitive', 'never extractable']),
    );
  });

  // What a log asks of any signer, but for the message of a mebibyte: see below.
  const unfit = 'signatures have 64 bytes and verify, for short and long messages';
  const names = signerConformance(signer).map(({ name }) => name);
  it('leaves out one law that there is', () => expect(names).toContain(unfit));
  it.each(names.filter((name) => name !== unfit))('%s', async (name) => {
    await signerConformance(signer)
      .find((law) => law.name === name)
      ?.run();
  });

  it.each([0, 1, 1_023, 1_024])('signs %d bytes', async (length) => {
    const message = new Uint8Array(length).fill(7);
    const { publicKey } = parseVkey(signer.vkey)!;
    expect(nodeVerify(publicKey, message, await signer.sign(message))).toBe(true);
  });

  it('rejects what it cannot sign, and says why', async () => {
    await expect(signer.sign(new Uint8Array(1_025))).rejects.toThrow('above 1,024 bytes');
    const message = new Uint8Array(1);
    const signingWith = async (other: Partial<ModuleKey>): Promise<unknown> =>
      (await moduleSigner('a', { ...key, ...other })).sign(message);
    const wrongPin = { ...key.environment, KNHK_PIN: '00000000' };
    await expect(signingWith({ environment: wrongPin })).rejects.toThrow('CKR_PIN_INCORRECT');
    await expect(signingWith({ id: '02' })).rejects.toThrow('object not found');
    await expect(signingWith({ token: 'another' })).rejects.toThrow('pkcs11-tool: ');
    const nowhere = { ...key.environment, PATH: directory };
    await expect(signingWith({ environment: nowhere })).rejects.toThrow('ENOENT');
  });
});
