import { readFileSync } from 'node:fs';
import { KnhkError } from '../base/errors.ts';
import { type Args, type OptionSpec, readArgs } from './args.ts';
import { type ExitCode, exitCodes, harmless, type Io, UsageError } from './io.ts';
import { listReceipts } from './receipts-list.ts';
import { replayReceipts } from './receipts-replay.ts';
import { showReceipt } from './receipts-show.ts';
import { verifyChain } from './receipts-verify.ts';

/** What stands behind a noun and a verb. */
interface Verb {
  readonly about: string;
  readonly positionals: readonly string[];
  readonly options: readonly OptionSpec[];
  run(args: Args, io: Io): Promise<ExitCode>;
}

const keysBeside = '<data>.keys';

const nouns: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  receipts: {
    list: {
      about: 'The newest receipts, or those from a seq on.',
      positionals: [],
      options: [
        { name: 'limit', value: 'N=20', about: 'how many' },
        { name: 'from', value: 'SEQ', about: 'the first ones from here on' },
        { name: 'type', value: 'T', about: 'of this type: its name, or its declaration hash' },
        { name: 'outcome', value: 'O', about: 'acted, pending, denied, idle, failed or invalid' },
      ],
      run: listReceipts,
    },
    show: {
      about: 'One receipt: leaf, payload, and the checkpoint that covers it.',
      positionals: ['SEQ'],
      options: [],
      run: showReceipt,
    },
    'verify-chain': {
      about: 'Checks frames, hashes, chain, tree, signatures and blobs with public keys alone.',
      positionals: [],
      options: [
        {
          name: 'keyring',
          value: 'FILE',
          about: `the keys to trust; default ${keysBeside}/keyring.json`,
        },
        { name: 'since', value: 'FILE', about: 'a checkpoint remembered from an earlier run' },
      ],
      run: verifyChain,
    },
    replay: {
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
      run: replayReceipts,
    },
  },
};

/** Runs one command and says what the process ends with; it never throws. */
export async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await dispatch(words, io);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    io.stderr.write(`knhk: ${harmless(message)}\n`);
    if (error instanceof UsageError) {
      io.stderr.write(`\n${usageOf(words)}`);
      return exitCodes.usage;
    }
    return isMisuse(error) ? exitCodes.usage : exitCodes.unreadable;
  }
}

/** Definitions that contradict themselves are a mistake of the caller; a log is not. */
function isMisuse(error: unknown): boolean {
  return error instanceof KnhkError && !/^KNHK_(LOG|RECEIPTS)_/.test(error.code);
}

async function dispatch(words: readonly string[], io: Io): Promise<ExitCode> {
  const [noun, verb, ...rest] = words;
  if (noun === undefined) throw new UsageError('expected a noun and a verb');
  if (noun === 'help' || noun === '--help' || noun === '-h') {
    io.stdout.write(usageOf(words.slice(1)));
    return exitCodes.fine;
  }
  if (noun === '--version' || noun === 'version') {
    io.stdout.write(`${version()}\n`);
    return exitCodes.fine;
  }
  const verbs = Object.hasOwn(nouns, noun) ? nouns[noun] : undefined;
  if (verbs === undefined) throw new UsageError(`unknown noun ${noun}`);
  if (verb === '--help' || verb === '-h') {
    io.stdout.write(usageOf([noun]));
    return exitCodes.fine;
  }
  if (verb === undefined) throw new UsageError(`expected a verb after ${noun}`);
  const found = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (found === undefined) throw new UsageError(`unknown verb ${noun} ${verb}`);
  const args = readArgs(rest, found.options, found.positionals);
  if (!args.help) return found.run(args, io);
  io.stdout.write(usageOf([noun, verb]));
  return exitCodes.fine;
}

function version(): string {
  // The same two steps up from src/cli and from dist/cli.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** How to call the command that the words name, or all of them. */
function usageOf([noun = '', verb = '']: readonly string[]): string {
  const chosen = Object.hasOwn(nouns, noun) ? [noun] : Object.keys(nouns);
  const lines = chosen.flatMap((name) => {
    const verbs = nouns[name] as Readonly<Record<string, Verb>>;
    const isOne = Object.hasOwn(verbs, verb);
    const names = isOne ? [verb] : Object.keys(verbs);
    return names.flatMap((item) => verbLines(name, item, verbs[item] as Verb));
  });
  return [
    'usage: knhk <noun> <verb> [--data DIR=./data] [--json]',
    '',
    ...lines,
    '  knhk help [noun [verb]], knhk --version',
    '',
    'Results go to stdout, progress to stderr.',
    'Exit codes: 0 fine, 1 finding, 2 usage, 3 cannot open or read.',
    '',
  ].join('\n');
}

function verbLines(noun: string, name: string, verb: Verb): string[] {
  const words = ['knhk', noun, name, ...verb.positionals];
  const width = Math.max(0, ...verb.options.map((option) => optionText(option).length));
  return [
    `  ${words.join(' ')}`,
    `      ${verb.about}`,
    ...verb.options.map((option) => `      ${optionText(option).padEnd(width)}  ${option.about}`),
    '',
  ];
}

const optionText = ({ name, value, required }: OptionSpec): string =>
  required ? `--${name} ${value}` : `[--${name} ${value}]`;
