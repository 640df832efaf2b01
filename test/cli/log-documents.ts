import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporary } from '../support/runtime.ts';
import { copyOf, writtenLog } from './logs.ts';

type Documents = (...words: string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** What each command about a log as a whole answers with, whole and amiss. */
export async function logDocuments(
  documents: Documents,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const data = await writtenLog();
  const amiss = copyOf(data);
  writeFileSync(join(amiss, 'letter'), 'dear');
  const place = (name: string): string => join(temporary(), name);
  const [backup, fresh] = [place('backup'), place('data')];
  const keyring = ['--keyring', join(`${data}.keys`, 'keyring.json')];
  const backedUp = await documents('log', 'backup', '--data', data, '--to', backup);
  const archive = ['--to', place('archive'), '--older', '1'];
  const since = ['--since', join(amiss, 'head')];
  await documents('keys', 'rotate', '--data', amiss);
  const restore = (...words: string[]) => documents('log', 'restore', '--from', backup, ...words);
  return {
    'log init': await documents(
      'log',
      'init',
      '--data',
      place('data'),
      '--origin',
      'example.com/n',
    ),
    'log fsck': [
      ...(await documents('log', 'fsck', '--data', data)),
      ...(await documents('log', 'fsck', '--data', amiss)),
    ],
    'log backup': backedUp,
    'log restore': [
      ...(await restore('--data', place('data'), ...keyring, ...since)),
      ...(await restore('--data', fresh, ...keyring)),
    ],
    'log archive': await documents('log', 'archive', '--data', data, ...archive),
    'log retain': await documents('log', 'retain', '--data', data),
  };
}
