import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseKeyring, parseProof } from '../../src/receipts/verify/index.ts';
import { testWitness } from '../../src/testing/index.ts';
import { temporary } from '../support/runtime.ts';
import { writtenLog } from './logs.ts';
import { encryptedLog } from './privacy-support.ts';
import { jsonLines, knhk } from './support.ts';

/** A closed log with leaves of all kinds that are about keys, people and erasures. */
export async function auditedLog(): Promise<string> {
  const data = await encryptedLog();
  const ask = async (...words: string[]) =>
    jsonLines((await knhk(['keys', ...words, '--data', data, '--json'])).out)[0];
  const rotated = await ask('rotate', '--overlap', '0');
  await ask('revoke', rotated?.['replaces'] as string, '--from', '5', '--reason', 'lost');
  return data;
}

/** A receipt that a witness cosigned, as the command line takes it. */
async function witnessed(data: string, receipt: string): Promise<readonly string[]> {
  const keyring = parseKeyring(readFileSync(join(`${data}.keys`, 'keyring.json'), 'utf8'));
  const witness = testWitness({
    ...{ name: 'witness', clock: { now: () => 1_000 }, logs: [keyring] },
    privateKey: new Uint8Array(32).fill(1),
  });
  const { checkpoint } = parseProof(receipt) as { checkpoint: string };
  const { body } = await witness.add(`old 0\n\n${checkpoint}`);
  const [file, witnesses] = ['receipt', 'witnesses'].map((name) => join(temporary(), name));
  writeFileSync(file as string, `${receipt}${body}`);
  writeFileSync(witnesses as string, `${witness.vkey}\n`);
  return [file as string, '--witnesses', witnesses as string];
}

type Documents = (...words: string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** What commands about single receipts write, one that is refused among them. */
export async function receiptDocuments(
  ask: Documents,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const data = await writtenLog();
  const proofs = await ask('receipts', 'prove', '5', '--data', data);
  const { receipt } = proofs[0] as { receipt: string };
  const cosigned = await witnessed(data, receipt);
  const lists = [data, await auditedLog()].map((place) =>
    ask('receipts', 'list', '--limit', '100', '--data', place),
  );
  return {
    'receipts list': (await Promise.all(lists)).flat(),
    'receipts prove': proofs,
    'receipts verify': [
      ...(await ask('receipts', 'verify', ...cosigned, '--data', data)),
      ...(await ask('receipts', 'verify', ...cosigned, '--data', await writtenLog())),
    ],
  };
}
