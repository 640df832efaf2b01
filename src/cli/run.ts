import { KnhkError } from '../base/errors.ts';
import { readArgs } from './args.ts';
import { type Command, commands } from './commands.ts';
import { faultOf, sayFault } from './faults.ts';
import { packageManifest } from './files.ts';
import { type ExitCode, exitCodes, type Io, UsageError } from './io.ts';
import { usageJson, usageText } from './usage.ts';

/** Runs one command and says what the process ends with; it never throws. */
export async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await dispatch(words, io);
  } catch (error) {
    const json = isJson(words);
    sayFault(io, json, faultOf(error));
    if (error instanceof UsageError) {
      if (!json) io.stderr.write(`\n${usageText(words)}`);
      return exitCodes.usage;
    }
    return isMisuse(error) ? exitCodes.usage : exitCodes.unreadable;
  }
}

/** Asked of the words themselves: they may be what cannot be read. */
const isJson = (words: readonly string[]): boolean => words.includes('--json');

/** Definitions that contradict themselves are a mistake of the caller; a log is not. */
function isMisuse(error: unknown): boolean {
  return error instanceof KnhkError && !/^KNHK_(LOG|RECEIPTS|LOCKCHAIN)_/.test(error.code);
}

async function dispatch(words: readonly string[], io: Io): Promise<ExitCode> {
  const [first] = words;
  if (first === 'help' || first === '--help' || first === '-h') return help(words.slice(1), io);
  if (first === '--version' || first === 'version') {
    const { version } = packageManifest();
    io.stdout.write(isJson(words) ? `${JSON.stringify({ version })}\n` : `${version}\n`);
    return exitCodes.fine;
  }
  const found = commandOf(words);
  if (found === undefined) return help([first as string], io);
  const args = readArgs(words.slice(found.words.length), found.options, found.positionals);
  return args.help ? help(words, io) : found.run(args, io);
}

function help(words: readonly string[], io: Io): ExitCode {
  const named = words.filter((word) => !word.startsWith('-'));
  io.stdout.write(isJson(words) ? usageJson(named) : usageText(named));
  return exitCodes.fine;
}

/** The command that the words begin with; undefined where they ask for help on a noun. */
function commandOf([noun, verb]: readonly string[]): Command | undefined {
  if (noun === undefined) throw new UsageError('expected a noun and a verb');
  const ofNoun = commands.filter(({ words }) => words[0] === noun);
  if (ofNoun.length === 0) throw new UsageError(`unknown noun ${noun}`);
  const found = ofNoun.find(({ words }) => words.length === 1 || words[1] === verb);
  if (found !== undefined) return found;
  if (verb === '--help' || verb === '-h') return undefined;
  if (verb === undefined) throw new UsageError(`expected a verb after ${noun}`);
  throw new UsageError(`unknown verb ${noun} ${verb}`);
}
