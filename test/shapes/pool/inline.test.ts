import { expect, it, vi } from 'vitest';
import { compileShapes, openShapesGate } from '../../../src/shapes/index.ts';
import { prefixes } from '../fixtures.ts';
import { gateOf, graph, shapes } from './support.ts';

/** How many tasks have crossed to threads. */
const crossed = vi.hoisted(() => ({ tasks: 0 }));

vi.mock('piscina', async () => {
  const { Piscina: Built } = await import('../../support/threads.ts');
  class Piscina extends Built {
    override run(...given: Parameters<InstanceType<typeof Built>['run']>) {
      crossed.tasks++;
      return super.run(...given);
    }
  }
  return { Piscina };
});

const wordy = compileShapes(`${prefixes} ops:S sh:targetClass ops:Item ;
  sh:property [ sh:path ops:words ; sh:pattern "^$" ] .`);

it('small graphs stay on the calling thread, unless their shapes may take for ever', async () => {
  const { gate } = gateOf({ inlineCharacters: 16_384 });
  expect((await gate.validateGraph(shapes, graph(-1))).conforms).toBe(false);
  expect(crossed.tasks).toBe(0);
  expect((await gate.validateGraph(wordy, graph(1, 'x'))).conforms).toBe(false);
  // The thread is asked again with the shapes that it lacks.
  expect(crossed.tasks).toBe(2);
  const many = Array.from({ length: 100 }, (_, index) => gate.validateGraph(shapes, graph(index)));
  for (const { conforms } of await Promise.all(many)) expect(conforms).toBe(true);
  expect(crossed.tasks).toBeGreaterThan(2);
});

it('the reference never validates beside a pool unless it is told to', async () => {
  crossed.tasks = 0;
  await using gate = openShapesGate({ observations: [], threads: 1, engine: 'reference' });
  await gate.validateGraph(shapes, graph(1));
  expect(crossed.tasks).toBe(2);
});
