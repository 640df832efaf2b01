import { parseArgs } from 'node:util';
import { exampleManager } from './example-manager.ts';
import { fly } from './flying.ts';
import { lookaheadManager } from './lookahead-manager.ts';
import type { MissionResult } from './mission.ts';
import { flyWithReceipts } from './receipts.ts';

// DARTSim, an exemplar of self-adaptive systems (Moreno, Kinneer, Pandey and Garlan, SEAMS 2019),
// on this library's control loop. A team of drones flies a route of 40 cells, wants to find targets
// and not to be destroyed by threats, and its sensors err; a manager adapts altitude, formation and
// countermeasures before every step. Two managers are here, each as detectors and planners:
//
// - example: the original's events, conditions and actions; flies as it does, seed by seed.
// - lookahead: believes by Bayes' rule, looks ahead to the end of the route. It knows its sensors'
//   rates and a blind prior, not the placement, not the counts, not what was found.
//
// Without options a table of both over 200 seeds. --from, --to and --horizon (how many cells the
// sensors see) choose other ones; --rows MANAGER prints a row a mission: seed, targets found,
// destroyed, last cell, success. --data DIRECTORY flies the mission of seed --from through a
// runtime: no tactic is used before a guard has let it pass and its receipt is signed.

const managers = { example: exampleManager, lookahead: lookaheadManager };
type Name = keyof typeof managers;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '2001' },
    to: { type: 'string', default: '2200' },
    horizon: { type: 'string', default: '5' },
    rows: { type: 'string' },
    data: { type: 'string' },
  },
});
const [from, to, horizon] = [values.from, values.to, values.horizon].map(Number) as [
  ...[number, number, number],
];
if (![from, to, horizon].every((value) => Number.isSafeInteger(value) && value > 0)) {
  throw new RangeError('--from, --to and --horizon are positive integers');
}

function flyAll(name: Name): (readonly [seed: number, MissionResult])[] {
  const flown: [number, MissionResult][] = [];
  for (let seed = from; seed <= to; seed++) {
    flown.push([seed, fly<unknown>(seed, horizon, managers[name]())]);
  }
  return flown;
}

function rowsOf(name: Name): string {
  return flyAll(name)
    .map(([seed, { found, destroyed, position, success }]) =>
      [seed, found, Number(destroyed), position, Number(success)].join(),
    )
    .join('\n');
}

function table(): string {
  const lines = [`seeds ${from} to ${to}, sensors see ${horizon} cells`];
  lines.push('manager     success  destroyed  targets found');
  for (const name of Object.keys(managers) as Name[]) {
    const results = flyAll(name).map(([, result]) => result);
    const mean = (value: (result: MissionResult) => number): string =>
      (results.reduce((sum, result) => sum + value(result), 0) / results.length).toFixed(4);
    const shares = [mean(({ success }) => Number(success))];
    shares.push(
      mean(({ destroyed }) => Number(destroyed)),
      mean(({ found }) => found),
    );
    const [success, destroyed, found] = shares as [string, string, string];
    lines.push(
      `${name.padEnd(10)}${success.padStart(9)}${destroyed.padStart(11)}${found.padStart(15)}`,
    );
  }
  return lines.join('\n');
}

async function run(): Promise<string> {
  const { rows, data } = values;
  if (data !== undefined) return JSON.stringify(await flyWithReceipts(data, from, horizon));
  if (rows === undefined) return table();
  if (!Object.hasOwn(managers, rows)) throw new RangeError(`--rows is example or lookahead`);
  return rowsOf(rows as Name);
}

process.stdout.write(`${await run()}\n`);
