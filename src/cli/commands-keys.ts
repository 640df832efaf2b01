import { type OptionSpec, words } from './args.ts';
import type { Command } from './commands.ts';
import { originOption } from './options.ts';

const keysOption: OptionSpec = {
  name: 'keys',
  value: 'DIR',
  about: 'where the keys lie; default <data>.keys',
};

/** What can be done about keys; those that change them need the log closed. */
export const keyCommands: readonly Command[] = [
  {
    words: ['keys', 'generate'],
    about: 'Makes secret, signing key and keyring for a new log, mode 0600.',
    positionals: [],
    options: [originOption, keysOption],
    members: words('origin directory id vkey keyring'),
    run: async (args, io) => (await import('./keys-change.ts')).keysGenerate(args, io),
  },
  {
    words: ['keys', 'rotate'],
    about: 'Has a new key sign; the log must be closed. In a service: runtime.rotateKey().',
    positionals: [],
    options: [
      { name: 'overlap', value: 'N=256', about: 'leaves that the old key signs along for' },
      keysOption,
    ],
    members: words('seq id vkey replaces until keys keyring'),
    run: async (args, io) => (await import('./keys-change.ts')).keysRotate(args, io),
  },
  {
    words: ['keys', 'revoke'],
    about: 'Takes back a key that no longer signs, from a seq on; the log must be closed.',
    positionals: ['ID'],
    options: [
      { name: 'from', value: 'SEQ', about: 'first seq that it does not vouch for', required: true },
      { name: 'reason', value: 'TEXT', about: 'why, for people', required: true },
      keysOption,
    ],
    members: words('seq id vkey from reason keyring'),
    run: async (args, io) => (await import('./keys-change.ts')).keysRevoke(args, io),
  },
  {
    words: ['keys', 'list'],
    about: 'The keys of a log: which one signs, how old they are, who can read the private ones.',
    positionals: [],
    options: [keysOption],
    members: words('origin directory keys'),
    run: async (args, io) => (await import('./keys-list.ts')).keysList(args, io),
  },
];
