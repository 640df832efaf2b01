// The definitions behind the golden log log-1, as `knhk receipts replay --rules` takes them.
import {
  action,
  allow,
  defineAction,
  defineBudget,
  defineGuard,
  defineHook,
  defineObservation,
  defineParameter,
  defineWindow,
  deny,
  exceeds,
  gt,
  gte,
  instant,
  integer,
  iri,
  lt,
  observed,
  param,
  string,
} from 'knhk';

export const Payment = defineObservation('payment.requested', {
  class: 'https://example.com/pay#Payment',
  subject: 'payment',
  time: 'requested',
  sector: 'finance',
  fields: { payment: iri(), requested: instant(), account: string(), cents: integer() },
});

// Without a time field: its time is the receipt's, or given beside it.
export const Note = defineObservation('note.taken', {
  class: 'https://example.com/pay#Note',
  subject: 'note',
  sectorField: 'desk',
  fields: { note: iri(), desk: string(), words: integer() },
});

const Transfer = defineAction('transfer', { fields: { cents: integer() } });
const transfers = defineBudget({
  name: 'transfersPerMinute',
  on: 'transfer',
  key: 'target',
  perMs: 60_000,
  max: 2,
});
const recent = defineWindow({
  name: 'recentPayments',
  on: Payment,
  key: 'account',
  perMs: 60_000,
  count: true,
});
const smallest = (value) =>
  defineParameter({ name: 'smallestCents', kind: 'integer', value, min: 1, max: 1_000 });

const pay = defineHook({
  name: 'pay',
  version: '1',
  on: Payment,
  when: [gte('cents', param('smallestCents'))],
  run: ({ data }) => {
    if (data.cents === 666) throw new Error('a hook that fails');
    return [action('transfer', { target: data.account, cents: data.cents })];
  },
});
const watch = defineHook({
  name: 'watch',
  on: Payment,
  priority: 10,
  when: [gte(recent, 3)],
  act: { type: 'alert', target: { field: 'account' }, data: { cents: { field: 'cents' } } },
});
const file = defineHook({
  name: 'file',
  version: '1',
  on: Note,
  when: [lt('words', 100)],
  run: ({ data, at, id }) => [action('file', { target: data.desk, at, id })],
});

const guards = [
  defineGuard({ name: 'budget', on: Transfer, protected: true, deny: [exceeds(transfers)] }),
  defineGuard({ name: 'big', on: Transfer, requireApproval: [gt('cents', 50_000)] }),
  defineGuard({ name: 'huge', on: Transfer, deny: [gt(observed('cents'), 900_000)] }),
  defineGuard({
    name: 'desk',
    version: '1',
    on: 'file',
    check: ({ action: { target }, principal }) =>
      target === 'closed' && principal !== 'manager' ? deny('desk-closed') : allow(),
  }),
];

export const shapes = `
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix pay: <https://example.com/pay#> .
pay:PaymentShape a sh:NodeShape ; sh:targetClass pay:Payment ;
  sh:property [ sh:path pay:account ; sh:pattern "^[A-Z]{2}[0-9]{4}$" ] ;
  sh:property [ sh:path pay:cents ; sh:minExclusive 0 ] .
`;

/** The catalogue of one deploy; the second one knows another default. */
export const catalogueOf = (smallestCents) => ({
  observations: [Payment, Note],
  rules: [smallest(smallestCents), Transfer, transfers, recent, pay, watch, file, ...guards],
  shapes,
  unguarded: 'allow',
});

export default catalogueOf(200);
