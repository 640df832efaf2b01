import { type OptionSpec, words } from './args.ts';
import type { Command } from './commands.ts';
import { keyringOption, originOption } from './options.ts';

const actorOption: OptionSpec = {
  name: 'actor',
  value: 'NAME',
  about: 'who asks for it, for the leaf; default $USER',
};
const copyMembers = words('ok files bytes copiedFiles copiedBytes size checkpoint findings');

/** What can be done about a log as a whole. */
export const logCommands: readonly Command[] = [
  {
    words: ['log', 'init'],
    about: 'Makes an empty log and its keys; with --continues one that goes on from another.',
    positionals: [],
    options: [
      originOption,
      { name: 'continues', value: 'FILE', about: 'last good checkpoint of the log before' },
      { name: 'keyring', value: 'FILE', about: 'keys of that log, to check the checkpoint with' },
      actorOption,
    ],
    members: words('origin vkey size checkpoint'),
    run: async (args, io) => (await import('./log-init.ts')).logInit(args, io),
  },
  {
    words: ['log', 'fsck'],
    about: 'Looks at every file of a log; says what is amiss and what to do. Changes nothing.',
    positionals: [],
    options: [
      { name: 'rebuild', about: 'make indexes and tiles again; the log must be closed' },
      keyringOption,
    ],
    members: words('ok findings verified rebuilt files'),
    run: async (args, io) => (await import('./log-fsck.ts')).logFsck(args, io),
  },
  {
    words: ['log', 'backup'],
    about:
      'Copies what is new up to the last durable checkpoint, beside a writer, and verifies it.',
    positionals: [],
    options: [
      { name: 'to', value: 'DIR', about: 'a directory for this alone', required: true },
      keyringOption,
    ],
    members: copyMembers,
    run: async (args, io) => (await import('./log-copy.ts')).logBackup(args, io),
  },
  {
    words: ['log', 'restore'],
    about: 'Puts a verified backup in place of a log that is gone; never over anything.',
    positionals: [],
    options: [
      { name: 'from', value: 'DIR', about: 'the backup', required: true },
      { name: 'since', value: 'FILE', about: 'a checkpoint that was remembered elsewhere' },
      { name: 'accept-loss', about: 'restore although the log had more leaves; a leaf says so' },
      keyringOption,
      actorOption,
    ],
    members: words('ok files bytes size checkpoint lost seq findings'),
    run: async (args, io) => (await import('./log-restore.ts')).logRestore(args, io),
  },
  {
    words: ['log', 'archive'],
    about: 'Copies complete segments that are old, with payloads and documents, and verifies them.',
    positionals: [],
    options: [
      { name: 'to', value: 'DIR', about: 'a directory for this alone', required: true },
      { name: 'before', value: 'DATE', about: 'last leaf older than this: RFC 3339 or YYYY-MM-DD' },
      { name: 'older', value: 'DAYS', about: 'last leaf older than so many days' },
      keyringOption,
    ],
    members: copyMembers,
    run: async (args, io) => (await import('./log-copy.ts')).logArchive(args, io),
  },
  {
    words: ['log', 'retain'],
    about: 'Archives, then removes what a policy no longer wants; the log must be closed.',
    positionals: [],
    options: [
      { name: 'policy', value: 'FILE', about: 'JSON; what it leaves out is as usual' },
      { name: 'archive', value: 'DIR', about: 'where to archive first; default <data>.archive' },
      { name: 'dry-run', about: 'say what would be removed, and change nothing' },
      actorOption,
    ],
    members: words('ok dryRun payloads blobs savepoints kept seq archive'),
    run: async (args, io) => (await import('./log-retain.ts')).logRetain(args, io),
  },
];
