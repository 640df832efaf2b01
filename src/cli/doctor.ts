import { existsSync } from 'node:fs';
import type { Args } from './args.ts';
import { bundleOf, writeBundle } from './bundle.ts';
import { checkDirectory, checkKeys, checkLog } from './doctor-data.ts';
import { checkMachine } from './doctor-machine.ts';
import type { Check, CheckState } from './doctor-types.ts';
import { sayProgress } from './faults.ts';
import { type ExitCode, exitCodes, formatTable, type Io, paint, UsageError } from './io.ts';

/** `doctor`: everything that can be checked where knhk is installed, and what to do about it. */
export async function doctor(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, switches } = args;
  const { machine } = io;
  const { bundle } = args.options;
  checkBundle(bundle, switches.has('names'));
  sayProgress(io, json, `checking this machine and ${data}`);
  const place = checkDirectory(data);
  const { status, checks } = await checkLog(data, machine, switches.has('verify'));
  const all = [
    ...(await checkMachine(machine)),
    ...place,
    ...checks,
    ...checkKeys(data, machine, status),
  ];
  const ok = all.every(({ state }) => state !== 'problem');
  if (bundle !== undefined) {
    const made = machine.clock.now();
    writeBundle(
      bundle,
      bundleOf(data, { made, names: switches.has('names'), checks: all, status }),
    );
    sayProgress(io, json, `wrote ${bundle}`);
  }
  const report = { ok, checks: all, bundle: bundle ?? null };
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(all, io));
  return ok ? exitCodes.fine : exitCodes.finding;
}

/** Said before the work, which may take a while. */
function checkBundle(bundle: string | undefined, hasNames: boolean): void {
  if (bundle === undefined && hasNames) throw new UsageError('--names needs --bundle');
  if (bundle === undefined) return;
  if (bundle === '') throw new UsageError('--bundle expects a file');
  if (existsSync(bundle)) throw new UsageError(`${bundle} exists; a bundle overwrites nothing`);
}

const count = (checks: readonly Check[], wanted: CheckState): number =>
  checks.filter(({ state }) => state === wanted).length;

function reportText(checks: readonly Check[], io: Io): string {
  const rows = checks.map(({ name, state, found }) => [name, state, found]);
  const todos = checks.flatMap(({ name, todo }) => (todo === null ? [] : [[name, todo]]));
  const todo = todos.length === 0 ? '' : `\n${formatTable([['CHECK', 'WHAT TO DO'], ...todos])}`;
  const problems = count(checks, 'problem');
  const said = `problems: ${problems}, warnings: ${count(checks, 'warning')}`;
  const verdict = paint(io, problems === 0 ? 'green' : 'red', said);
  return `${formatTable([['CHECK', 'STATE', 'FOUND'], ...rows])}${todo}\n${verdict}\n`;
}
