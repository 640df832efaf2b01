import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Control, controlOf, type Promotion } from '../../src/runtime/control.ts';
import type { Receipt } from '../../src/runtime/outcome.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, order, ship } from '../support/ops.ts';
import { codeOf, openTest, temporary } from '../support/runtime.ts';

const shapesOf = (most: number): string => `@prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/test#> .
  t:OrderShape a sh:NodeShape ; sh:targetClass t:Order ;
    sh:property [ sh:path t:amount ; sh:maxInclusive ${most} ] .`;

const observations = [Order as unknown as Observation];
const options = { observations, rules: [ship], shapes: shapesOf(10), unguarded: 'allow' } as const;

const stages = Array.from({ length: 7 }, () => 'pass' as const);

/** Puts the rules of an earlier document in force, or the current ones under other shapes. */
function promote(runtime: Runtime, change: Partial<Promotion>): Promise<Receipt> {
  const control = controlOf(runtime) as Control;
  const { hash: parent, document } = control.snapshot();
  const proposal = control.log.putBlob('proposal', '{}');
  return control.promote({ kind: 'promote', parent, document, proposal, stages, ...change });
}

let next = 0;
const outcomes = async (runtime: Runtime): Promise<readonly string[]> => {
  const applied = [10, 11, 20, 21].map((amount) => {
    next++;
    return runtime.apply(Order, order(next, { amount }), { id: `${next}` });
  });
  return (await Promise.all(applied)).map(({ outcome }) => outcome);
};

const strict = ['acted', 'invalid', 'invalid', 'invalid'];
const loose = ['acted', 'acted', 'acted', 'invalid'];

async function loosened(data: string): Promise<Runtime> {
  const runtime = await openTest({ ...options, data });
  const { document } = (controlOf(runtime) as Control).snapshot();
  const shapes = compileShapes(shapesOf(20));
  await promote(runtime, { document: { ...document, shapes: shapes.hash }, shapes });
  return runtime;
}

test('promoted shapes decide from there on, and again after a restart', async () => {
  const data = join(temporary(), 'data');
  const runtime = await loosened(data);
  expect(await outcomes(runtime)).toEqual(loose);
  await runtime.close();
  // Only the log knows these shapes: the options still name the first ones.
  const again = await openTest({ ...options, data });
  expect(again.deployed).toBeUndefined();
  expect(await outcomes(again)).toEqual(loose);
  await again.close();
});

test('rolled back, the first shapes are read from the log', async () => {
  const runtime = await loosened(join(temporary(), 'data'));
  const control = controlOf(runtime) as Control;
  const { document } = control.snapshot();
  const first = compileShapes(shapesOf(10)).hash;
  await promote(runtime, { kind: 'rollback', document: { ...document, shapes: first } });
  expect(control.shapes()?.hash).toBe(first);
  expect(await outcomes(runtime)).toEqual(strict);
  await runtime.close();
});

test('rules that keep their shapes keep the compiled ones; none means none', async () => {
  const runtime = await loosened(join(temporary(), 'data'));
  const control = controlOf(runtime) as Control;
  const { document } = control.snapshot();
  const compiled = control.shapes();
  await promote(runtime, { document: { ...document, unguarded: 'deny' } });
  expect(control.shapes()).toBe(compiled);
  await promote(runtime, { document: { ...document, shapes: null } });
  expect(control.shapes()).toBeUndefined();
  expect(await outcomes(runtime)).toEqual(['acted', 'acted', 'acted', 'acted']);
  await runtime.close();
});

test('shapes that the log has lost are not opened without', async () => {
  const data = join(temporary(), 'data');
  const runtime = await loosened(data);
  const hash = (controlOf(runtime) as Control).shapes()!.hash;
  await runtime.close();
  rmSync(join(data, 'blob', hash.slice(0, 2), hash));
  expect(await codeOf(() => openTest({ ...options, data }))).toBe('KNHK_LOG_BLOB');
});
