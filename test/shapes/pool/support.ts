import { afterEach, expect } from 'vitest';
import { openGate, type ShapesGate } from '../../../src/shapes/gate.ts';
import { compileShapes } from '../../../src/shapes/index.ts';
import { Flight, prefixes } from '../fixtures.ts';

/** Every item has one number, at least 0. Nothing here can take for ever. */
export const shapes = compileShapes(`${prefixes}
  ops:ItemShape a sh:NodeShape ; sh:targetClass ops:Item ;
    sh:property [ sh:path ops:count ; sh:minCount 1 ; sh:maxCount 1 ; sh:minInclusive 0 ] .`);

/** A graph about one item, that violates below 0; words make faults happen. */
export function graph(count: number, words = ''): string {
  const item = `<https://example.com/item/${Math.abs(count)}>`;
  const type = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>';
  const integer = '<http://www.w3.org/2001/XMLSchema#integer>';
  return `${item} ${type} <https://example.com/ops#Item> .
${item} <https://example.com/ops#count> "${count}"^^${integer} .
${item} <https://example.com/ops#words> "${words}" .
`;
}

const open: ShapesGate[] = [];

/** A gate whose graphs all cross to threads, closed after the test. */
export function gateOf(
  options: Partial<Parameters<typeof openGate>[0]> = {},
  internal: Parameters<typeof openGate>[1] = {},
): { gate: ShapesGate; faults: string[] } {
  const faults: string[] = [];
  const given = { observations: [Flight], threads: 1, inlineCharacters: 0, deadlineMs: 30_000 };
  const onFault = (fault: string): void => void faults.push(fault);
  const gate = openGate({ ...given, onFault, ...options }, internal);
  open.push(gate);
  return { gate, faults };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((gate) => gate.close()));
});

/** KNHK_SHAPES_UNAVAILABLE for a reason. */
export const unavailable = (got: unknown): unknown =>
  expect.objectContaining({
    code: 'KNHK_SHAPES_UNAVAILABLE',
    details: expect.objectContaining({ got }),
  });

/** What each graph came to: whether it conforms, or its error. */
export async function settle(
  work: readonly Promise<{ readonly conforms: boolean }>[],
): Promise<unknown[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) => (one.status === 'fulfilled' ? one.value.conforms : one.reason));
}
