import { posix } from 'node:path';
import { type Finding, importsOf, type ParsedText, type SourceText } from './parse.ts';

/** Files that no test of their room imports, each for a written reason. */
export const testedOtherwise: Readonly<Record<string, string>> = {
  'src/cli/main.ts': 'run as a process by test/cli',
  'src/receipts/log/seal-worker.ts': 'run as a thread by test/receipts/seal-thread.test.ts',
  'src/receipts/log/verify-worker.ts': 'run as a thread by test/receipts/parallel.test.ts',
  'src/shapes/worker.ts': 'run as a worker thread by test/shapes/pool.test.ts',
};

const roomOf = (path: string): string => path.split('/')[1] ?? '';

/**
 * Source files that their room's tests do not reach by imports. A test of another room may run a
 * file as well, but whoever changes it looks beside it. An index only passes names on.
 */
export function untestedFiles(
  src: readonly ParsedText[],
  tests: readonly ParsedText[],
  otherwise: Readonly<Record<string, string>> = testedOtherwise,
): Finding[] {
  const sources = new Map(src.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const visit = (from: ParsedText, room: string): void => {
    for (const { specifier } of importsOf(from)) {
      if (!specifier.startsWith('.')) continue;
      const path = posix.join(posix.dirname(from.path), specifier);
      const source = sources.get(path);
      if (source === undefined || roomOf(path) !== room || reached.has(path)) continue;
      reached.add(path);
      visit(source, room);
    }
  };
  for (const test of tests) visit(test, roomOf(test.path));
  return src
    .filter(({ path }) => !path.endsWith('/index.ts') && !reached.has(path))
    .filter(({ path }) => !(path in otherwise))
    .map(({ path }) => `${path}:1 no test in test/${roomOf(path)} reaches it`);
}

/** Error codes that no test names: nobody has seen them happen. */
export function untestedCodes(codes: ReadonlySet<string>, tests: readonly SourceText[]): Finding[] {
  const named = new Set(tests.flatMap(({ text }) => text.match(/KNHK_[A-Z0-9_]+/g) ?? []));
  return [...codes].filter((code) => !named.has(code)).map((code) => `${code}: in no test`);
}

const heading = /^## (\d+\.\d+\.\d+) \((unreleased|\d{4}-\d{2}-\d{2})\)$/;

/** Where a changelog is not what its readers expect: versions downwards, each a list of changes. */
export function changelogProblems(text: string, version: string): Finding[] {
  const problems: Finding[] = [];
  const lines = text.split('\n');
  if (lines[0] !== '# Changelog') problems.push('its first line is not `# Changelog`');
  const sections = text.split(/^(?=## )/m).slice(1);
  const versions = sections.map((section) => heading.exec(section.split('\n', 1)[0] ?? ''));
  for (const [index, section] of sections.entries()) {
    const [first = '', ...rest] = section.split('\n');
    if (versions[index] === null) problems.push(`no version and date: ${first}`);
    const items = rest.filter((line) => line.startsWith('- '));
    if (items.length === 0) problems.push(`no change listed: ${first}`);
    for (const item of items) {
      if (!item.endsWith('.')) problems.push(`no full stop: ${item}`);
    }
  }
  const dates = versions.map((match) => match?.[2] ?? '');
  if (dates.indexOf('unreleased', 1) > 0) problems.push('only the first may be unreleased');
  if (versions[0]?.[1] !== version) problems.push(`its first version is not ${version}`);
  const numbers = versions.map((match) => (match?.[1] ?? '').split('.').map(Number));
  for (let index = 1; index < numbers.length; index++) {
    if (compare(numbers[index - 1]!, numbers[index]!) <= 0) problems.push('versions go upwards');
  }
  return problems;
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : left[at]! - right[at]!;
}
