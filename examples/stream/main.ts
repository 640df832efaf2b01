import { parseArgs } from 'node:util';
import {
  action,
  defineAction,
  defineBudget,
  defineGuard,
  defineHook,
  defineObservation,
  exceeds,
  gte,
  instant,
  integer,
  iri,
  type Outcome,
  openKeys,
  openRuntime,
  replayLog,
  string,
  verifyLog,
} from 'knhk';
import { flights } from '../flights/data.ts';

// A stream: flights are observed, not applied. The few that matter have receipts of their own, the
// others are counted, and the log proves the few and the counts. Prints what became of them.

const origin = 'example.com/stream-desk';

const Flight = defineObservation('flight.departed', {
  class: 'https://example.com/ops#Departure',
  subject: 'flight',
  time: 'departed',
  fields: { flight: iri(), departed: instant(), origin: string(), delayMinutes: integer() },
});
const Call = defineAction('desk.call', { fields: { minutes: integer() } });
const calls = defineBudget({
  ...{ name: 'callsPerHour', on: 'desk.call', key: 'target', perMs: 3_600_000, max: 2 },
});
const callDesk = defineHook({
  name: 'call-desk',
  version: '1',
  on: Flight,
  when: [gte('delayMinutes', 180)],
  run: ({ data }) => [action('desk.call', { target: data.origin, minutes: data.delayMinutes })],
});
const callBudget = defineGuard({ name: 'call-budget', on: Call, deny: [exceeds(calls)] });

const definitions = { observations: [Flight], rules: [Call, calls, callDesk, callBudget] };

const { values } = parseArgs({
  options: {
    limit: { type: 'string', default: '200000' },
    data: { type: 'string', default: './data' },
  },
});
const { data } = values;
const keys = openKeys(`${data}.keys`, { origin });
const outcomes: Record<string, number> = {};
const onOutcome = ({ outcome }: Outcome): void => {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
};

const knhk = await openRuntime({ origin, data, ...keys, ...definitions, streaming: { onOutcome } });
let observed = 0;
try {
  for await (const { flight, departed, origin: from, delayMinutes } of flights({
    limit: Number(values.limit),
  })) {
    const input = { flight, departed, origin: from, delayMinutes };
    // Back-pressure: nothing was taken, so the same one is offered again.
    while (knhk.observe(Flight, input) === 'full') await knhk.flush();
    observed++;
  }
  await knhk.flush();
} finally {
  await knhk.close();
}
const verified = await verifyLog(data, keys.keyring);
const replayed = await replayLog({ data, secret: keys.secret, ...definitions });
const report = {
  observed,
  outcomes,
  leaves: verified.total_count,
  verified: verified.ok,
  replayed: replayed.ok,
  counted: replayed.streamed.observed,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
