import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKeys } from '../../src/receipts/log/index.ts';
import { encodeFrame } from '../../src/receipts/verify/index.ts';
import { defineAction } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { gte } from '../../src/terms/conditions.ts';
import { integer } from '../../src/terms/fields.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { framesOf } from '../runtime/replay-support.ts';
import { Order, order, ship, Visit } from '../support/ops.ts';
import { openTest, origin, temporary } from '../support/runtime.ts';

const rules: readonly Rule[] = [
  ship,
  defineParameter({ name: 'most', kind: 'integer', value: 20 }),
  defineAction('ship', { fields: { amount: integer() } }),
  defineGuard({ name: 'cap', on: 'ship', deny: [gte('amount', 20)] }),
];

/** Opens a log as a host does: with keys made beside it. */
export function openBeside(
  data: string = join(temporary(), 'data'),
  options: Partial<RuntimeOptions> = {},
): Promise<Runtime> {
  // As old as the first leaf, by the clock that openTest gives.
  const clock = { now: () => 1_000 };
  const { secret, signer } = openKeys(`${data}.keys`, { origin, clock });
  const observations = [Order, Visit] as unknown as Observation[];
  const given = { secret, signer, observations, rules, unguarded: 'allow' } as const;
  return openTest({ ...given, data, segmentBytes: 4_096, ...options });
}

/** Applies orders of the amounts from `first` on; those of 20 and more are denied. */
export async function applyOrders(runtime: Runtime, first: number, count: number): Promise<void> {
  for (let amount = first; amount < first + count; amount++) {
    await runtime.apply(Order, order(amount, { amount }));
  }
}

/** Promotes another value of the parameter, past all stages. */
export async function promoteMost(runtime: Runtime, value: number): Promise<void> {
  const control = controlOf(runtime) as Control;
  const { document, hash } = control.snapshot();
  const most = { ...document.parameters['most']!, value };
  await control.promote({
    kind: 'promote',
    parent: hash,
    document: { ...document, parameters: { ...document.parameters, most } },
    proposal: control.log.putBlob('proposal', '{}'),
    stages: ['pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'pass'],
  });
}

/** Seals what an open log holds so far, so that nothing is sealed behind a test's back. */
export async function sealNow(runtime: Runtime): Promise<void> {
  await (controlOf(runtime) as Control).log.seal();
}

/**
 * A closed log of 33 leaves over some segments, all sealed but the last one: a deploy, 30 orders, a
 * promotion, a visit.
 */
export async function writtenLog(): Promise<string> {
  const data = join(temporary(), 'data');
  const runtime = await openBeside(data);
  await applyOrders(runtime, 0, 30);
  await sealNow(runtime);
  await promoteMost(runtime, 15);
  await runtime.apply(Visit, { page: 'https://example.com/p', visitor: 'bob', seconds: 1 });
  await runtime.close();
  return data;
}

/** A copy of a log with its keys; the socket of a writer cannot be copied. */
export function copyOf(data: string): string {
  const copy = join(temporary(), 'data');
  const isFile = (path: string): boolean => !path.endsWith('lock.sock');
  cpSync(data, copy, { recursive: true, filter: isFile });
  cpSync(`${data}.keys`, `${copy}.keys`, { recursive: true });
  return copy;
}

/** Paths of the segments, the oldest first. */
export function segmentsOf(data: string): readonly string[] {
  return readdirSync(join(data, 'seg'))
    .sort()
    .map((name) => join(data, 'seg', name));
}

/** Changes text in the leaves of a segment and seals its frames again, as a forger would. */
export function forgeLeaves(path: string, from: string, to: string): void {
  const parts = framesOf(path).map(({ type, content }) => {
    const text = content.toString('latin1');
    return encodeFrame(type, Buffer.from(type === 2 ? text.replace(from, to) : text, 'latin1'));
  });
  writeFileSync(path, Buffer.concat(parts));
}

/** Every file below a directory with its bytes and the time it was written. */
export function contentsOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const state = statSync(path);
      const bytes = state.isFile() ? readFileSync(path, 'hex') : '';
      return `${path} ${state.mtimeMs} ${bytes}`;
    });
}
