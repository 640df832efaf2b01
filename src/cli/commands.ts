import { type Args, type OptionSpec, words } from './args.ts';
import { keyCommands } from './commands-keys.ts';
import { lockchainCommands } from './commands-lockchain.ts';
import { logCommands } from './commands-log.ts';
import { loopCommands } from './commands-loop.ts';
import { privacyCommands } from './commands-privacy.ts';
import { receiptCommands } from './commands-receipts.ts';
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

// Each command's code is loaded when it runs: listing receipts needs no engine of shapes.
/** Every command, in the order that help shows. */
export const commands: readonly Command[] = [
  ...receiptCommands,
  ...keyCommands,
  ...privacyCommands,
  {
    words: ['log', 'status'],
    about: 'What a log directory holds and what is amiss, beside a writer too; reads all of it.',
    positionals: [],
    options: [],
    members: words(
      'ok data origin format leaves acknowledged checkpoint first last segments tail blobs ' +
        'payloads tiles indexes savepoints index snapshot writer keys findings findingsDropped',
    ),
    run: async (args, io) => (await import('./log-status.ts')).logStatus(args, io),
  },
  ...logCommands,
  ...loopCommands,
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
