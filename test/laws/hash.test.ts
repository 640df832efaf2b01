import { createHmac, hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catalogueOf } from '../../src/rules/catalogue.ts';
import { storedView } from '../../src/rules/context.ts';
import { evaluate } from '../../src/rules/evaluate.ts';
import { linkSnapshot } from '../../src/rules/snapshot.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { readRecord } from '../../src/terms/read.ts';
import { Order } from '../support/ops.ts';
import { rfc8785 } from '../support/rfc8785.ts';
import { ruleSet, streamOf } from '../support/rulesets.ts';
import { entriesOf, openTest, secret, temporary } from '../support/runtime.ts';

const derived = (info: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), info, 32));
const hmac = (key: Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text, 'utf8').digest();

/** FORMATS, "Hashing and commitments", spelt out with node:crypto alone. */
function commitment(id: string, kind: string, value: unknown): string {
  const salt = hmac(derived('knhk/1/subject'), `knhk/1/salt\n${id}`);
  return hmac(salt, `knhk/1/${kind}\n${rfc8785(value)}`).toString('hex');
}

test('hash(A) = hash(mu(O)): the leaf binds the payload, and the payload is mu again', async () => {
  const observation = Order as unknown as Observation;
  const observations = [observation];
  let proposals = 0;
  await fc.assert(
    fc.asyncProperty(ruleSet, streamOf(20), async (set, inputs) => {
      const data = join(temporary(), 'data');
      const runtime = await openTest({ data, observations, ...set });
      for await (const _ of runtime.applyAll(Order, inputs));
      await runtime.close();
      const catalogue = catalogueOf({ observations, ...set });
      const snapshot = linkSnapshot(catalogue.document, catalogue, { parent: null, version: 1 });
      const entries = await entriesOf(data);
      expect(entries).toHaveLength(inputs.length + 1);
      for (const { leaf, payload: text } of entries) {
        if (leaf.kind !== 'apply') continue;
        expect(leaf.snapshot).toBe(snapshot.hash);
        const payload = JSON.parse(text as string);
        expect(text).toBe(rfc8785(payload));
        const { id, at, record, context, proposed, actions } = payload;
        const index = derived('knhk/1/index');
        expect(leaf.id).toBe(hmac(index, `${Order.type}\n${id}`).toString('hex'));
        expect(leaf.type).toBe(record.declaration);
        expect(leaf.observation).toBe(commitment(id, 'observation', record));
        expect(leaf.context).toBe(commitment(id, 'context', context));
        expect(leaf.proposed).toBe(commitment(id, 'proposed', proposed));
        expect(leaf.actions).toBe(commitment(id, 'actions', actions));
        // Replaying one receipt needs the payload and the rules, nothing else.
        const read = readRecord(observation, record.fields);
        if (!read.ok) throw new Error('unreadable');
        const replayed = evaluate(snapshot, storedView(context), {
          type: Order.type,
          data: read.data,
          at,
          id,
        });
        expect(rfc8785(replayed.proposed)).toBe(rfc8785(proposed));
        expect(rfc8785(replayed.actions)).toBe(rfc8785(actions));
        expect(replayed.fired).toEqual(leaf.fired);
        expect(replayed.verdicts).toEqual(leaf.verdicts);
        expect(replayed.outcome).toBe(leaf.outcome);
        proposals += proposed.length;
      }
    }),
    { numRuns: 30 },
  );
  expect(proposals).toBeGreaterThan(0);
});
