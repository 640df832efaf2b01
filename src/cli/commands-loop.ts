import { type OptionSpec, words } from './args.ts';
import type { Command } from './commands.ts';

const limitOption: OptionSpec = {
  name: 'limit',
  value: 'N=20',
  about: 'how many at most, the newest',
};

/** What can be asked about rules and the loop that changes them, from the log alone. */
export const loopCommands: readonly Command[] = [
  {
    words: ['snapshots', 'list'],
    about: 'The rules that were ever current, a line each: what made them so and what it changed.',
    positionals: [],
    options: [limitOption],
    members: words('seq time kind version snapshot parent rules changes hash'),
    run: async (args, io) => (await import('./snapshots-list.ts')).listSnapshots(args, io),
  },
  {
    words: ['snapshots', 'show'],
    about: 'The rules of one snapshot: by hash, its first digits, or the word current.',
    positionals: ['HASH'],
    options: [],
    members: words('snapshot version kind seq time parent rules current hash document'),
    run: async (args, io) => (await import('./snapshots-show.ts')).showSnapshot(args, io),
  },
  {
    words: ['snapshots', 'diff'],
    about: 'What leads from one snapshot to another, as changes and in words.',
    positionals: ['FROM', 'TO'],
    options: [],
    members: words('from to same changes words parts'),
    run: async (args, io) => (await import('./snapshots-diff.ts')).diffSnapshots(args, io),
  },
  {
    words: ['snapshots', 'rollback'],
    about: 'Makes the rules of an earlier snapshot of this deploy current; the log must be closed.',
    positionals: ['HASH'],
    options: [
      { name: 'reason', value: 'TEXT', about: 'why, for people' },
      { name: 'actor', value: 'NAME', about: 'who asks for it; default $USER' },
    ],
    members: words('seq hash snapshot version from to undone'),
    run: async (args, io) => (await import('./snapshots-rollback.ts')).rollbackSnapshot(args, io),
  },
  {
    words: ['loop', 'status'],
    about: 'Where the loop stands: cycles, rules, what is held, tried or not concluded, problems.',
    positionals: [],
    options: [],
    members: words(
      'ok origin entries cycles last snapshot held approved canary promoted planners problems ' +
        'findings',
    ),
    run: async (args, io) => (await import('./loop-status.ts')).loopStatus(args, io),
  },
  {
    words: ['loop', 'history'],
    about: 'What the loop did, a line for each entry of its journal and each change of rules.',
    positionals: [],
    options: [limitOption],
    members: words('seq time cycle event verdict about proposal hash'),
    run: async (args, io) => (await import('./loop-history.ts')).loopHistory(args, io),
  },
  {
    words: ['loop', 'explain'],
    about: 'One cycle: what it found, proposed and did, why, and what came of it.',
    positionals: ['CYCLE'],
    options: [],
    members: words(
      'cycle seq time hash observed seqs cut problems patterns alerts actions suppressed ' +
        'proposals findings',
    ),
    run: async (args, io) => (await import('./loop-explain.ts')).loopExplain(args, io),
  },
];
