import { type OptionSpec, words } from './args.ts';
import type { Command } from './commands.ts';

const repository: OptionSpec = {
  name: 'repository',
  value: 'DIR',
  about: 'the Git repository; default <data>.git',
};
const keyring: OptionSpec = {
  name: 'keyring',
  value: 'FILE',
  about: 'the keys that sign checkpoints; default <data>.keys/keyring.json',
};
const key: OptionSpec = {
  name: 'keys',
  value: 'DIR',
  about: 'where lockchain.key is, or is made; default <data>.keys',
};

/** The commands of the lockchain: checkpoints in a Git repository. */
export const lockchainCommands: readonly Command[] = [
  {
    words: ['lockchain', 'init'],
    about: 'Makes an empty repository for a log, and a key of its own to sign commits with.',
    positionals: [],
    options: [repository, keyring, key],
    members: words('repository branch allowedSigners'),
    run: async (args, io) => (await import('./lockchain.ts')).initLockchain(args, io),
  },
  {
    words: ['lockchain', 'commit'],
    about: "Commits the log's newest checkpoint, beside a writer too, and packs what is loose.",
    positionals: [],
    options: [repository, keyring, key],
    members: words('isNew commit size packed'),
    run: async (args, io) => (await import('./lockchain.ts')).commitLockchain(args, io),
  },
  {
    words: ['lockchain', 'verify'],
    about: 'Compares repository and log: signatures, history, and the root at each checkpoint.',
    positionals: [],
    options: [
      repository,
      keyring,
      {
        name: 'allowed',
        value: 'FILE',
        about: 'who may sign commits; default <data>.keys/lockchain.allowed_signers',
      },
      { name: 'alone', about: 'the repository alone, where the log is not at hand' },
    ],
    members: words('ok origin commits verified tags compared head size findings findingsDropped'),
    run: async (args, io) => (await import('./lockchain-verify.ts')).checkLockchain(args, io),
  },
  {
    words: ['lockchain', 'push'],
    about: 'Sends a remote repository what it lacks; never overwrites.',
    positionals: [],
    options: [
      { name: 'remote', value: 'URL', about: 'a path, file: or http(s): URL', required: true },
      {
        name: 'authorization',
        value: 'NAME',
        about: 'the environment variable that holds the HTTP header of that name',
      },
      repository,
      keyring,
    ],
    members: words('commits tags commit'),
    run: async (args, io) => (await import('./lockchain.ts')).pushLockchain(args, io),
  },
  {
    words: ['lockchain', 'status'],
    about: 'What the repository holds, and how far behind the log it is; verifies nothing.',
    positionals: [],
    options: [repository, keyring],
    members: words('origin branch head size time logSize behind tags loose packs packed packBytes'),
    run: async (args, io) => (await import('./lockchain-verify.ts')).lockchainStatus(args, io),
  },
  {
    words: ['lockchain', 'rebuild'],
    about: 'Makes a lost repository anew from the checkpoints that the log itself holds.',
    positionals: [],
    options: [
      { name: 'every', value: 'N=4096', about: 'a commit for so many receipts' },
      repository,
      keyring,
      key,
    ],
    members: words('commits size'),
    run: async (args, io) => (await import('./lockchain.ts')).rebuild(args, io),
  },
];
