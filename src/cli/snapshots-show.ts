import { fail } from '../base/errors.ts';
import type { RulesDocument } from '../rules/document.ts';
import type { Args } from './args.ts';
import {
  type Cell,
  type ExitCode,
  exitCodes,
  formatPairs,
  formatTable,
  formatTime,
  type Io,
} from './io.ts';
import { chosenSnapshot, loadStored, readSnapshots } from './snapshots-read.ts';
import { short, whenWords } from './snapshots-words.ts';

/** `snapshots show`: the rules of one snapshot. */
export async function showSnapshot(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, positionals } = args;
  const { log, snapshots } = await readSnapshots(data);
  const chosen = chosenSnapshot(snapshots, positionals[0] as string);
  const { snapshot, kind, seq, time, parent, hash } = chosen;
  const loaded = loadStored(log, snapshot);
  if (loaded === null) return fail('KNHK_LOG_BLOB', `snapshot ${snapshot}`, 'its rules', 'none');
  const { identity, document } = loaded;
  const { version } = identity;
  const current = snapshots.at(-1)?.snapshot === snapshot;
  const facts = {
    snapshot,
    version,
    kind,
    seq,
    time,
    parent,
    rules: identity.rules,
    current,
    hash,
  };
  if (json) {
    io.stdout.write(`${JSON.stringify({ ...facts, document })}\n`);
    return exitCodes.fine;
  }
  const pairs: [string, string | number][] = [
    ['snapshot', `${snapshot}${current ? ', current' : ''}`],
    ['version', version],
    ['made by', `${kind}, seq ${seq}, ${formatTime(time)}`],
    ['parent', parent ?? 'none'],
    ['rules', identity.rules],
    ['shapes', document.shapes ?? 'none'],
    ['unguarded', document.unguarded],
  ];
  const tables = tablesOf(document).filter((rows) => rows.length > 1);
  io.stdout.write([formatPairs(pairs), ...tables.map(formatTable)].join('\n'));
  return exitCodes.fine;
}

type Rows = readonly (readonly Cell[])[];

function tablesOf(document: RulesDocument): readonly Rows[] {
  const { hooks, guards, parameters, switches, doctrines, windows, budgets } = document;
  const state = (name: string, isProtected: boolean): string =>
    `${switches.includes(name) ? 'off' : 'on'}${isProtected ? ', protected' : ''}`;
  const codeOf = (code: string): string => (code.length > 40 ? `${code.slice(0, 40)}...` : code);
  return [
    [
      ['PARAMETER', 'KIND', 'VALUE', 'MIN', 'MAX', 'STATE'],
      ...Object.entries(parameters).map(([name, body]) => [
        ...[name, body.valueKind, JSON.stringify(body.value)],
        ...[body.min ?? '-', body.max ?? '-'].map(String),
        body.protected ? 'protected' : '-',
      ]),
    ],
    [
      ['HOOK', 'PRIORITY', 'ON', 'WHEN', 'CODE', 'STATE', 'HASH'],
      ...hooks.map((hook) => [
        ...[hook.name, hook.priority, hook.on, whenWords(hook.when), codeOf(hook.code)],
        ...[state(hook.name, hook.protected), short(hook.hash)],
      ]),
    ],
    [
      ['GUARD', 'ON', 'MODE', 'WHEN', 'STATE', 'HASH'],
      ...guards.map((guard) => [
        ...[guard.name, typeof guard.on === 'string' ? guard.on : guard.on.join(', '), guard.mode],
        guard.mode === 'check' ? codeOf(guard.code) : whenWords(guard.when),
        ...[state(guard.name, guard.protected), short(guard.hash)],
      ]),
    ],
    [
      ['DOCTRINE', 'RULE', 'PARAMETER', 'FROM', 'TO'],
      ...doctrines.flatMap((doctrine) =>
        doctrine.rules.map(({ id, parameter, between }) => [
          ...[doctrine.name, id, parameter],
          ...between,
        ]),
      ),
    ],
    [
      ['WINDOW OR BUDGET', 'DECLARATION'],
      ...Object.entries({ ...windows, ...budgets }).map(([name, spec]) => [
        name,
        JSON.stringify(spec),
      ]),
    ],
  ];
}
