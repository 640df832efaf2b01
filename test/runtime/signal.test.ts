import { describe, expect, it } from 'vitest';
import { integer, iri } from '../../src/terms/fields.ts';
import { defineObservation } from '../../src/terms/observation.ts';
import { openTest } from '../support/runtime.ts';

const Reading = defineObservation('reading.taken', {
  class: 'https://example.com/t#Reading',
  subject: 'reading',
  fields: { reading: iri(), level: integer() },
});

// A pattern of numbers is the engine's to check, so that observations wait for it.
const shapes = `
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix t: <https://example.com/t#> .
t:Shape a sh:NodeShape ; sh:targetClass t:Reading ;
  sh:property [ sh:path t:level ; sh:minInclusive 0 ; sh:pattern "." ] .
`;

const reading = (index: number): { reading: string; level: number } => ({
  reading: `urn:reading:${index}`,
  level: index,
});

describe('a signal', () => {
  it('that is aborted already refuses to apply', async () => {
    const runtime = await openTest({ observations: [Reading], rules: [] });
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(runtime.apply(Reading, reading(1), { signal })).rejects.toThrow('too late');
    expect(runtime.health()).toMatchObject({ applied: 0, inFlight: 0 });
    await runtime.close();
  });

  it('cancels what waits for its shapes: no leaf, the id is free, others go on', async () => {
    const runtime = await openTest({ observations: [Reading], rules: [], shapes });
    const controller = new AbortController();
    const options = { id: 'a', signal: controller.signal };
    const cancelled = runtime.apply(Reading, reading(1), options);
    const other = runtime.apply(Reading, reading(2), { id: 'b' });
    controller.abort(new Error('changed my mind'));
    await expect(cancelled).rejects.toThrow('changed my mind');
    expect(await other).toMatchObject({ outcome: 'idle', receipt: { seq: 1 } });
    expect(await runtime.apply(Reading, reading(3), { id: 'a' })).toMatchObject({
      outcome: 'idle',
      receipt: { seq: 2 },
    });
    expect(runtime.health()).toMatchObject({ applied: 2, inFlight: 0 });
    await runtime.close();
  });

  it('does nothing to what has been sequenced', async () => {
    const runtime = await openTest({ observations: [Reading], rules: [] });
    const controller = new AbortController();
    const outcome = runtime.apply(Reading, reading(1), { signal: controller.signal });
    controller.abort();
    expect(await outcome).toMatchObject({ outcome: 'idle', receipt: { seq: 1 } });
    await runtime.close();
  });

  it('ends applyAll with its reason; what was applied stays', async () => {
    const runtime = await openTest({ observations: [Reading], rules: [] });
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<{ reading: string; level: number }> {
      for (let index = 0; index < 10; index++) yield reading(index);
      await new Promise(() => {});
    }
    let seen = 0;
    const all = (async () => {
      for await (const _ of runtime.applyAll(Reading, endless(), { signal: controller.signal })) {
        if (++seen === 10) setImmediate(() => controller.abort(new Error('enough')));
      }
    })();
    await expect(all).rejects.toThrow('enough');
    expect(seen).toBe(10);
    expect(runtime.health().applied).toBe(10);
    await runtime.close();
  });
});
