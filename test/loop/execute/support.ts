import { join } from 'node:path';
import { afterEach } from 'vitest';
import { journalActor } from '../../../src/loop/journal-read.ts';
import type { JournalEntry } from '../../../src/loop/journal-types.ts';
import type { Loop } from '../../../src/loop/loop.ts';
import { openLoop } from '../../../src/loop/open.ts';
import type { LoopOptions } from '../../../src/loop/options.ts';
import type { Detector, Pattern, Planner } from '../../../src/loop/types.ts';
import { getBlob } from '../../../src/receipts/log/blobs.ts';
import { nodeFs } from '../../../src/receipts/log/index.ts';
import type { RuntimeOptions } from '../../../src/runtime/open.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { entriesOf, temporary } from '../../support/runtime.ts';
import { fine, openDesk, setHigh } from '../support.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A pattern of no meaning. */
export const pattern: Pattern = {
  detector: 'always',
  kind: 'test',
  subject: 'raise',
  direction: 'more',
  confidence: 1,
  evidence: {},
  seqs: [],
  recommend: 'propose',
};

/** Finds something in every cycle. */
export const finding = (recommend: Pattern['recommend'], name = 'always'): Detector => ({
  name,
  detect: () => [{ ...pattern, detector: name, recommend }],
});

/** Proposes one more than `high`. */
export const raiseHigh: Planner = {
  name: 'raise-high',
  plan: (_, { document }) => ({
    change: setHigh(Number(document.parameters['high']!.value) + 1),
    reasoning: 'one more',
  }),
};

/** A runtime with its loop over one directory. */
export interface Desk {
  readonly data: string;
  readonly runtime: Runtime;
  readonly loop: Loop;
  close(): Promise<void>;
}

/** Opens both; what is left open is closed after the test. */
export async function openBoth(
  options: Partial<LoopOptions> = {},
  desk: Partial<RuntimeOptions> = {},
): Promise<Desk> {
  const data = desk.data ?? join(temporary(), 'data');
  const runtime = await openDesk({ ...desk, data });
  closers.push(() => runtime.close());
  const given = { detectors: [], planners: [], autonomy: 'promote' } as const;
  const loop = await openLoop({ runtime, ...given, measure: () => fine, ...options });
  closers.push(() => loop.close());
  const close = async (): Promise<void> => {
    await loop.close();
    await runtime.close();
  };
  return { data, runtime, loop, close };
}

/** Kinds of the leaves by their first letters; those of the journal by their events. */
export async function storyOf(data: string): Promise<string[]> {
  return (await entriesOf(data)).map(({ leaf }) =>
    leaf.kind === 'config' ? leaf.action : leaf.kind,
  );
}

/** The journal of a closed log. */
export async function journalOf(data: string): Promise<JournalEntry[]> {
  return (await entriesOf(data)).flatMap(({ leaf }) => {
    if (leaf.kind !== 'config' || leaf.actor !== journalActor) return [];
    const blob = getBlob(nodeFs, data, leaf.detail!)!;
    return [JSON.parse(blob.text) as JournalEntry];
  });
}
