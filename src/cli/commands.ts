import type { Args, OptionSpec } from './args.ts';
import { keyCommands } from './commands-keys.ts';
import { lockchainCommands } from './commands-lockchain.ts';
import { logCommands } from './commands-log.ts';
import { privacyCommands } from './commands-privacy.ts';
import type { ExitCode, Io } from './io.ts';

/** Something that `knhk` can be told to do. */
export interface Command {
  /** A noun and a verb, or one word that needs none. */
  readonly words: readonly [string] | readonly [string, string];
  readonly about: string;
  readonly positionals: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Members of its JSON, in their order; those that not every document has end in `?`. */
  readonly members: readonly string[];
  run(args: Args, io: Io): Promise<ExitCode>;
}

const words = (text: string): readonly string[] => text.split(' ');

const keysBeside = '<data>.keys';

// Each command's code is loaded when it runs: listing receipts needs no engine of shapes.
const receipts: readonly Command[] = [
  {
    words: ['receipts', 'list'],
    about: 'The newest receipts, or those from a seq on. JSON: one line per receipt.',
    positionals: [],
    options: [
      { name: 'limit', value: 'N=20', about: 'how many' },
      { name: 'from', value: 'SEQ', about: 'the first ones from here on' },
      { name: 'type', value: 'T', about: 'of this type: its name, or its declaration hash' },
      { name: 'outcome', value: 'O', about: 'acted, pending, denied, idle, failed or invalid' },
      { name: 'keyring', value: 'FILE', about: 'whose keys are named; default as verify-chain' },
    ],
    members: words(
      'seq time kind outcome? type? typeName? fired? snapshot? signature_key_version hash',
    ),
    run: async (args, io) => (await import('./receipts-list.ts')).listReceipts(args, io),
  },
  {
    words: ['receipts', 'show'],
    about: 'One receipt: leaf, payload, and the checkpoint that covers it.',
    positionals: ['SEQ'],
    options: [],
    members: words('seq hash typeName firedNames leaf payload payloadState checkpoint'),
    run: async (args, io) => (await import('./receipts-show.ts')).showReceipt(args, io),
  },
  {
    words: ['receipts', 'verify-chain'],
    about: 'Checks frames, hashes, chain, tree, signatures and blobs with public keys alone.',
    positionals: [],
    options: [
      {
        name: 'keyring',
        value: 'FILE',
        about: `the keys to trust; default ${keysBeside}/keyring.json`,
      },
      { name: 'since', value: 'FILE', about: 'a checkpoint remembered from an earlier run' },
      {
        name: 'resume',
        value: 'FILE',
        about: 'go on where an earlier run ended; written anew where nothing is found',
      },
      { name: 'workers', value: 'N', about: 'threads; default the cores, 4 at most, or 0' },
    ],
    members: words(
      'ok signature_failures unknown_keys revoked_keys leaf_mismatch chain_breaks ' +
        'retrocausation_violations non_canonical gaps root_mismatch damaged_frames ' +
        'missing_blobs rollback fork findings findings_dropped origin total_count ' +
        'verified_count clock_skews skew_ms_max unsigned_tail checkpoint state',
    ),
    run: async (args, io) => (await import('./receipts-verify.ts')).verifyChain(args, io),
  },
  {
    words: ['receipts', 'replay'],
    about: 'Recomputes every receipt with your rules, and compares.',
    positionals: [],
    options: [
      {
        name: 'rules',
        value: 'MODULE.js',
        about: 'exports { observations, rules, ... } as default or catalogue',
        required: true,
      },
      { name: 'secret', value: 'FILE', about: `32 bytes; default ${keysBeside}/secret` },
      { name: 'from', value: 'SEQ', about: 'first seq; windows are recomputed only from 0' },
      { name: 'to', value: 'SEQ', about: 'last seq, included' },
    ],
    members: words(
      'ok total same different unavailable streamed findings findingsDropped snapshots',
    ),
    run: async (args, io) => (await import('./receipts-replay.ts')).replayReceipts(args, io),
  },
];

/** Every command, in the order that help shows. */
export const commands: readonly Command[] = [
  ...receipts,
  ...keyCommands,
  ...privacyCommands,
  {
    words: ['log', 'status'],
    about: 'What a log directory holds and what is amiss, beside a writer too; reads all of it.',
    positionals: [],
    options: [],
    members: words(
      'ok data origin format leaves acknowledged checkpoint first last segments tail blobs ' +
        'savepoints index snapshot writer keys findings findingsDropped',
    ),
    run: async (args, io) => (await import('./log-status.ts')).logStatus(args, io),
  },
  ...logCommands,
  ...lockchainCommands,
  {
    words: ['doctor'],
    about: 'Checks machine, package, data directory, keys and log. Exit 1 where a problem is.',
    positionals: [],
    options: [
      { name: 'verify', about: 'check the whole log as verify-chain does, not its end alone' },
      { name: 'bundle', value: 'FILE', about: 'write a new JSON file for a support case' },
      { name: 'names', about: 'name rules and types in the bundle; else hashes stand for them' },
    ],
    members: words('ok checks bundle'),
    run: async (args, io) => (await import('./doctor.ts')).doctor(args, io),
  },
  {
    words: ['bench'],
    about: 'Measures this machine, on the disk of --data if given. JSON: one line per figure.',
    positionals: [],
    options: [
      { name: 'seconds', value: 'N=5', about: 'how long, 0 to 60; 0 is one round of each' },
    ],
    members: words('topic figure value unit peer ratio goal met'),
    run: async (args, io) => (await import('./bench.ts')).bench(args, io),
  },
];
