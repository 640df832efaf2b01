import { join } from 'node:path';
import { expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { integer, iri } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { entriesOf, openTest, origin, signer, temporary } from '../support/runtime.ts';
import { promoteMost } from './observe-support.ts';

it('types more than an epoch has leaves are counted before other rules hold', async () => {
  const types = Array.from({ length: limits.epochLeaves + 44 }, (_, index) =>
    defineObservation(`sensor.read-${index}`, {
      class: 'https://example.com/test#Reading',
      subject: 'sensor',
      fields: { sensor: iri(), level: integer() },
    }),
  );
  const data = join(temporary(), 'data');
  const runtime = await openTest({
    data,
    observations: types as unknown as Observation[],
    rules: [defineParameter({ name: 'most', kind: 'integer', value: 10, min: 0, max: 30 })],
  });
  for (const type of types) runtime.observe(type, { sensor: 'urn:sensor:1', level: 3 });
  await promoteMost(runtime, 20);
  await runtime.close();
  const kinds = (await entriesOf(data)).map(({ leaf }) => leaf.kind);
  expect(kinds).toEqual(['deploy', ...types.map(() => 'count'), 'promote']);
  const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
  expect(await verifyLog(data, keyring)).toMatchObject({ ok: true, findings: [] });
});
