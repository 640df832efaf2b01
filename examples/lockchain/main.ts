import { parseArgs } from 'node:util';
import {
  action,
  defineAction,
  defineGuard,
  defineHook,
  defineObservation,
  gt,
  gte,
  integer,
  iri,
  openKeys,
  openRuntime,
} from 'knhk';
import { allowedSigners, openLockchain, openLockchainKey, verifyLockchain } from 'knhk/git';

// A desk whose checkpoints go into a Git repository. An auditor needs Git alone:
//
//     git -C data.git -c gpg.ssh.allowedSignersFile=$PWD/data.keys/lockchain.allowed_signers \
//       log --show-signature log/example.com/refunds
//     git -C data.git fsck --full --strict
//
// Give --remote to push each commit to a repository that somebody else keeps.

const origin = 'example.com/refunds';

const Complaint = defineObservation('complaint.received', {
  class: 'https://example.com/desk#Complaint',
  subject: 'complaint',
  fields: { complaint: iri(), cents: integer() },
});
const Refund = defineAction('refund.pay', { fields: { cents: integer() } });
const payRefund = defineHook({
  name: 'pay-refund',
  version: '1',
  on: Complaint,
  when: [gte('cents', 100)],
  run: ({ data }) => [action('refund.pay', { target: data.complaint, cents: data.cents })],
});
const cap = defineGuard({ name: 'refund-cap', on: Refund, deny: [gt('cents', 10_000)] });

const { values } = parseArgs({
  options: { data: { type: 'string', default: './data' }, remote: { type: 'string' } },
});
const { data, remote } = values;
const repository = `${data}.git`;
const keys = openKeys(`${data}.keys`, { origin });
// Who can sign checkpoints cannot sign commits, and the other way round.
const key = openLockchainKey(`${data}.keys`, { origin });

const runtime = await openRuntime({
  ...{ origin, data, signer: keys.signer, secret: keys.secret },
  ...{ observations: [Complaint], rules: [Refund, payRefund, cap] },
});
const lockchain = await openLockchain({
  ...{ repository, data, keyring: keys.keyring, key, log: runtime, create: true },
  ...(remote === undefined ? {} : { remote: { url: remote } }),
});
for (let number = 1; number <= 100; number++) {
  const complaint = `urn:complaint:${number}`;
  await runtime.apply(Complaint, { complaint, cents: 150 * number }, { id: complaint });
  if (number % 25 === 0) await lockchain.commit();
}
await runtime.close();
// After the runtime, so that its last receipts are covered.
await lockchain.close();

const { ok, commits, compared, size } = await verifyLockchain({
  ...{ repository, data, keyring: keys.keyring },
  allowedSigners: allowedSigners(key),
});
const { status, pushed } = lockchain.status;
const isPushed = pushed !== undefined;
process.stdout.write(`${JSON.stringify({ ok, commits, compared, size, status, isPushed })}\n`);
