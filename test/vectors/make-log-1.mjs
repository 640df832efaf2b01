// Writes the golden log log-1: node make-log-1.mjs <directory>. Needs the build. Everything is
// fixed: clock, keys, ids. The keys are public and good for this test vector alone.
import { mkdirSync, writeFileSync } from 'node:fs';
import { nodeSigner, openRuntime } from 'knhk';
import { catalogueOf, Note, Payment } from './log-1-rules.mjs';

const origin = 'example.com/vectors/log-1';
const bytes = (first) => Uint8Array.from({ length: 32 }, (_, index) => first + index);
const secret = bytes(0x01);
const signer = nodeSigner({ name: origin, privateKey: bytes(0x41) });

const data = process.argv[2];
mkdirSync(`${data}.keys`, { recursive: true });
writeFileSync(`${data}.keys/secret`, secret);
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
writeFileSync(`${data}.keys/keyring.json`, `${JSON.stringify(keyring, undefined, 2)}\n`);

let now = Date.UTC(2026, 0, 1);
const clock = { now: () => now++ };
const open = (smallestCents) =>
  openRuntime({ origin, data, signer, secret, clock, shapesThreads: 0, ...catalogueOf(smallestCents) });

let count = 0;
const payment = (account, cents, seconds) => ({
  payment: `https://example.com/payment/${++count}`,
  requested: new Date(Date.UTC(2025, 11, 31, 12, 0, seconds)),
  account,
  cents,
});
const outcomes = new Map();
const tally = ({ outcome }) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

async function batch(runtime, inputs) {
  const pending = inputs.map((input) =>
    runtime.apply(Payment, input, { id: `payment-${input.payment.split('/').at(-1)}` }),
  );
  for (const outcome of await Promise.all(pending)) tally(outcome);
}

const first = await open(100);
await batch(first, [payment('NL0001', 50, 0)]);
await batch(first, [
  payment('NL0001', 150, 1),
  payment('NL0001', 200, 2),
  payment('NL0001', 300, 3),
  payment('NL0001', 400, 4),
  payment('DE0002', 60_000, 5),
  payment('DE0002', 950_000, 6),
]);
await batch(first, [
  payment('DE0002', 666, 7),
  payment('no account', 500, 8),
  payment('FR0003', 0, 9),
  payment('FR0003', 99, 9),
]);
await batch(first, Array.from({ length: 8 }, (_, step) => payment('FR0003', 90 + 20 * step, 20 * step)));
// Late: counted at the newest time seen of its key.
await batch(first, [payment('FR0003', 500, 2), payment('NL0001', 500, 130)]);
await first.close();

const second = await open(200);
await batch(second, Array.from({ length: 8 }, (_, step) => payment('NL0001', 190 + 5 * step, 131 + 11 * step)));
const note = (number, desk, words) => ({ note: `https://example.com/note/${number}`, desk, words });
const notes = [
  [note(1, 'north', 20), { id: 'note-1' }],
  [note(2, 'north', 200), { id: 'note-2', trace: '4bf92f3577b34da6a3ce929d0e0e4736' }],
  [note(3, 'closed', 20), { id: 'note-3', principal: 'clerk' }],
  [note(4, 'closed', 20), { id: 'note-4', principal: 'manager', at: 5 }],
  // A duplicate and an unreadable one leave no leaf.
  [note(1, 'north', 20), { id: 'note-1' }],
  [{ note: 'https://example.com/note/5', desk: 7, words: 1 }, { id: 'note-5' }],
  [note(6, 'zürich \u2028 \u0001', 1), {}],
];
for (const [input, options] of notes) tally(await second.apply(Note, input, options));
await second.close();
console.log(JSON.stringify(Object.fromEntries([...outcomes].sort())));
