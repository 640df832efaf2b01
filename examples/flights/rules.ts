import {
  action,
  defineAction,
  defineBudget,
  defineDoctrine,
  defineGuard,
  defineHook,
  defineObservation,
  defineParameter,
  defineWindow,
  exceeds,
  gt,
  gte,
  instant,
  integer,
  iri,
  lt,
  observed,
  param,
  type Rule,
  string,
} from 'knhk';

/** A departure as the data set has it. */
export const Flight = defineObservation('flight.departed', {
  class: 'https://example.com/ops#Departure',
  subject: 'flight',
  time: 'departed',
  sector: 'logistics',
  fields: {
    flight: iri(),
    departed: instant(),
    origin: string(),
    destination: string(),
    delayMinutes: integer(),
    miles: integer(),
  },
});

const lateMinutes = defineParameter({
  name: 'lateMinutes',
  kind: 'integer',
  value: 45,
  min: 15,
  max: 180,
});

const lateInARow = defineWindow({
  name: 'lateInARow',
  on: Flight,
  key: 'origin',
  consecutive: gte('delayMinutes', 15),
});

const Hold = defineAction('connection.hold', { fields: { minutes: integer() } });
const holds = defineBudget({
  name: 'holdsPerHour',
  on: 'connection.hold',
  key: 'target',
  perMs: 3_600_000,
  max: 10,
});

/** Connections at the destination wait for a late flight, a third of its delay. */
const holdConnections = defineHook({
  name: 'hold-connections',
  version: '1',
  on: Flight,
  when: [gte('delayMinutes', param('lateMinutes')), lt('delayMinutes', 240)],
  run: ({ data }) => [
    action('connection.hold', {
      target: data.destination,
      minutes: Math.ceil(data.delayMinutes / 3),
    }),
  ],
});

/** Nobody makes a connection after four hours: passengers are rebooked. */
const rebook = defineHook({
  name: 'rebook-passengers',
  on: Flight,
  when: [gte('delayMinutes', 240)],
  act: { type: 'passengers.rebook', target: { field: 'flight' } },
});

/** A very late long flight is put before a person. */
const escalate = defineHook({
  name: 'escalate-long-flight',
  on: Flight,
  priority: 10,
  when: [gte('delayMinutes', 180), gte('miles', 1_500)],
  act: {
    type: 'desk.escalate',
    target: { field: 'flight' },
    data: { origin: { field: 'origin' }, delayMinutes: { field: 'delayMinutes' } },
  },
});

/** Six late departures in a row from one airport: something is wrong there. */
const lateStreak = defineHook({
  name: 'late-streak',
  on: Flight,
  priority: 20,
  when: [gte(lateInARow, 5), gte('delayMinutes', 15)],
  act: { type: 'airport.alert', target: { field: 'origin' } },
});

const holdBudget = defineGuard({
  name: 'hold-budget',
  on: Hold,
  protected: true,
  deny: [exceeds(holds)],
});

const holdLength = defineGuard({
  name: 'hold-length',
  on: Hold,
  protected: true,
  deny: [gt('minutes', 60)],
});

const rebookApproval = defineGuard({
  name: 'rebook-approval',
  on: 'passengers.rebook',
  requireApproval: [gte(observed('delayMinutes'), 720)],
});

const airline = defineDoctrine({
  name: 'airline',
  rules: [{ id: 'late-is-late', parameter: 'lateMinutes', between: [15, 120] }],
});

/** Everything that decides at the operations desk. */
export const rules: readonly Rule[] = [
  lateMinutes,
  lateInARow,
  Hold,
  holds,
  holdConnections,
  rebook,
  escalate,
  lateStreak,
  holdBudget,
  holdLength,
  rebookApproval,
  airline,
];

/** What `knhk receipts replay --rules` takes. */
export const catalogue = { observations: [Flight], rules, unguarded: 'allow' } as const;
