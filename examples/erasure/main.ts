import { cpSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  action,
  defineHook,
  defineObservation,
  iri,
  lt,
  number,
  openKeys,
  openRuntime,
  replayLog,
  string,
  verifyLog,
} from 'knhk';

// Erasure: decisions about two people, one of whom asks to be forgotten. The log still verifies to
// the last leaf, and nobody can read any more what it decided about her; not even with a copy of
// the keys from before, once the log has been opened again. Prints what became of it.

const origin = 'example.com/loans';
const { values } = parseArgs({ options: { data: { type: 'string', default: './data' } } });
const { data } = values;
const subjects = `${data}.keys/subjects`;

const Application = defineObservation('loan.applied', {
  class: 'https://example.com/loans#Application',
  subject: 'application',
  // The person that the application is about; the application itself is nobody.
  personal: 'applicant',
  fields: { application: iri(), applicant: string(), score: number() },
});
const review = defineHook({
  name: 'review',
  version: '1',
  on: Application,
  when: [lt('score', 0.5)],
  run: ({ data: loan }) => [action('loan.review', { target: loan.application })],
});

const definitions = { observations: [Application], rules: [review], unguarded: 'allow' } as const;
const { secret, keyring } = openKeys(`${data}.keys`, { origin });
const options = { origin, data, ...definitions, encryption: {} };

const application = (index: number, applicant: string, score: number) => ({
  application: `https://example.com/loans/${index}`,
  ...{ applicant, score },
});

/** What an auditor with the keys that are left finds. */
async function audit(): Promise<Readonly<Record<string, unknown>>> {
  const { ok, total_count, verified_count } = await verifyLog(data, keyring);
  const { same, different, unavailable } = await replayLog({
    ...{ data, secret, encryption: {} },
    ...definitions,
  });
  return { ok, total_count, verified_count, same, different, erased: unavailable.erased };
}

const desk = await openRuntime(options);
await desk.apply(Application, application(1, 'mailto:ada@example.com', 0.4));
await desk.apply(Application, application(2, 'mailto:bo@example.com', 0.7));
await desk.apply(Application, application(3, 'mailto:ada@example.com', 0.3));
await desk.close();
const before = await audit();
// The keys have a backup of their own, apart from that of the data.
cpSync(subjects, `${data}.backup`, { recursive: true });

const again = await openRuntime(options);
const erasure = await again.erase('mailto:ada@example.com', {
  reason: 'GDPR article 17, ticket 4711',
  actor: 'privacy-office',
});
await again.close();
const after = await audit();

// Somebody puts the old keys back: opening the log replays the erasure over them.
rmSync(subjects, { recursive: true });
cpSync(`${data}.backup`, subjects, { recursive: true });
await (await openRuntime(options)).close();
const restored = await audit();

const { keys, payloads, leaves } = erasure;
const report = { before, erasure: { keys, payloads, leaves }, after, restored };
process.stdout.write(`${JSON.stringify(report)}\n`);
