import type { OptionSpec } from './args.ts';
import { type Command, commands } from './commands.ts';
import { exitCodes } from './io.ts';

/** The commands that the words name: one, those of a noun, or all of them. */
function chosen([noun, verb]: readonly string[]): readonly Command[] {
  const ofNoun = commands.filter(({ words }) => words[0] === noun);
  const exact = ofNoun.filter(({ words }) => words[1] === verb);
  return [exact, ofNoun, commands].find(({ length }) => length > 0) as readonly Command[];
}

/** How to call the command that the words name, or all of them. */
export function usageText(words: readonly string[]): string {
  const shown = chosen(words);
  const members = shown.length === 1 ? memberLines(shown[0] as Command) : [];
  return [
    'usage: knhk <noun> [verb] [--data DIR=./data] [--json]',
    '',
    ...shown.flatMap(commandLines),
    ...members,
    '  knhk help [noun [verb]], knhk --version',
    '',
    'Results go to stdout, progress and errors to stderr. With --json a result is one line of JSON',
    '(a line per row where a command lists), there is no progress, and an error is one line',
    '{"code", "expected", "got", "where", "message"} on stderr; code is one of ERRORS.md, USAGE,',
    'a code of the system such as ENOENT, or ERROR.',
    'Exit codes: 0 fine, 1 finding, 2 usage, 3 cannot open or read.',
    '',
  ].join('\n');
}

/** The same for programs. */
export function usageJson(words: readonly string[]): string {
  const shown = chosen(words).map(({ words: name, about, positionals, options, members }) => ({
    command: name.join(' '),
    about,
    positionals,
    members,
    options: options.map((option) => ({
      name: option.name,
      value: option.value ?? null,
      required: option.required === true,
      about: option.about,
    })),
  }));
  return `${JSON.stringify({ commands: shown, exitCodes })}\n`;
}

function commandLines({ words, about, positionals, options }: Command): string[] {
  const width = Math.max(0, ...options.map((option) => optionText(option).length));
  return [
    `  ${['knhk', ...words, ...positionals].join(' ')}`,
    `      ${about}`,
    ...options.map((option) => `      ${optionText(option).padEnd(width)}  ${option.about}`),
    '',
  ];
}

const columns = 90;

/** The members of a command's JSON, broken into lines. */
function memberLines({ members }: Command): string[] {
  const lines: string[] = ['      JSON has these members (? where not every document has it):'];
  let line = '       ';
  for (const member of members) {
    if (line.length + 1 + member.length > columns) {
      lines.push(line);
      line = '       ';
    }
    line += ` ${member}`;
  }
  return [...lines, line, ''];
}

function optionText({ name, value, required }: OptionSpec): string {
  const text = value === undefined ? `--${name}` : `--${name} ${value}`;
  return required ? text : `[${text}]`;
}
