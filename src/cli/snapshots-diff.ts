import { fail } from '../base/errors.ts';
import type { Args } from './args.ts';
import { type ExitCode, exitCodes, harmless, type Io } from './io.ts';
import { differences, differenceWords } from './snapshots-diff-parts.ts';
import { chosenSnapshot, differenceOf, loadStored, readSnapshots } from './snapshots-read.ts';

/** `snapshots diff`: what leads from one snapshot to another. */
export async function diffSnapshots(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, positionals } = args;
  const { log, snapshots } = await readSnapshots(data);
  const [from, to] = positionals.map((wanted) => chosenSnapshot(snapshots, wanted)) as [
    ReturnType<typeof chosenSnapshot>,
    ReturnType<typeof chosenSnapshot>,
  ];
  const [before, after] = [from, to].map(({ snapshot }) => {
    const loaded = loadStored(log, snapshot);
    return loaded ?? fail('KNHK_LOG_BLOB', `snapshot ${snapshot}`, 'its rules', 'none');
  }) as [NonNullable<ReturnType<typeof loadStored>>, NonNullable<ReturnType<typeof loadStored>>];
  const isSameDeploy = from.deploy === to.deploy;
  const parts = differences(before.document, after.document);
  const { changes, words } = differenceOf(before.document, after.document, isSameDeploy);
  const same = before.identity.rules === after.identity.rules;
  if (json) {
    const value = { from: from.snapshot, to: to.snapshot, same, changes, words, parts };
    io.stdout.write(`${JSON.stringify(value)}\n`);
  } else {
    const told = isSameDeploy ? words : parts.map(differenceWords);
    const between = isSameDeploy ? '' : 'a deploy lies between\n';
    const text = same ? 'the rules are the same' : told.join('\n');
    io.stdout.write(`${between}${harmless(text)}\n`);
  }
  return exitCodes.fine;
}
