import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRepository } from '../../src/git/repository.ts';
import { nodeFs } from '../../src/receipts/log/index.ts';
import { origin, temporary } from '../support/runtime.ts';
import { writtenLog } from './logs.ts';

type Documents = readonly Readonly<Record<string, unknown>>[];

/** What each command of the lockchain writes, with a finding too. */
export async function lockchainDocuments(
  ask: (...words: string[]) => Promise<Documents>,
): Promise<Readonly<Record<string, Documents>>> {
  const data = await writtenLog();
  const of = (verb: string, ...words: string[]) => ask('lockchain', verb, ...words, '--data', data);
  const remote = join(temporary(), 'remote.git');
  createRepository(nodeFs, remote, origin);
  const documents = {
    'lockchain init': await of('init'),
    'lockchain status': await of('status'),
    'lockchain commit': await of('commit'),
    'lockchain push': await of('push', '--remote', remote),
    'lockchain verify': await of('verify'),
  };
  rmSync(`${data}.git`, { recursive: true });
  const rebuilt = await of('rebuild', '--every', '8');
  const strange = ['--keyring', join(`${await writtenLog()}.keys`, 'keyring.json')];
  const verified = [...documents['lockchain verify'], ...(await of('verify', ...strange))];
  return { ...documents, 'lockchain verify': verified, 'lockchain rebuild': rebuilt };
}
