import { type Flight, type FlightsOptions, flights } from './data.ts';

/** One record for `apply`: its id, its data, and what a correct runtime should make of it. */
export type LabelledRecord =
  | { readonly id: string; readonly input: FlightInput; readonly label: 'ok' }
  | {
      readonly id: string;
      readonly input: Readonly<Record<string, unknown>>;
      /** Unreadable: not of the declared form. Violating: readable, but against the shapes. */
      readonly label: 'unreadable' | 'violating';
      readonly why: string;
    };

/** A flight without its position in the file, which is no part of the observation. */
export type FlightInput = Omit<Flight, 'row'>;

interface Fault {
  readonly label: 'unreadable' | 'violating';
  readonly why: string;
  readonly break: (flight: FlightInput) => Readonly<Record<string, unknown>>;
}

/** The faults in the order in which they come round. */
const faults: readonly Fault[] = [
  {
    label: 'unreadable',
    why: 'the delay is a string',
    break: (flight) => ({ ...flight, delayMinutes: String(flight.delayMinutes) }),
  },
  {
    label: 'violating',
    why: 'origin and destination are the same',
    break: (flight) => ({ ...flight, destination: flight.origin }),
  },
  {
    label: 'unreadable',
    why: 'the origin is missing',
    break: ({ origin: _origin, ...rest }) => rest,
  },
  {
    label: 'violating',
    why: 'the distance is not positive',
    break: (flight) => ({ ...flight, miles: 0 }),
  },
  {
    label: 'unreadable',
    why: 'there is an unknown field',
    break: (flight) => ({ ...flight, tailNumber: 'N0' }),
  },
  {
    label: 'violating',
    why: 'the origin has two letters',
    break: (flight) => ({ ...flight, origin: flight.origin.slice(0, 2) }),
  },
];

/** A broken record follows every 5,000th row, first after row 2,500. */
export const brokenEvery = 5_000;
const brokenFirst = 2_500;

/** How many broken records come with this many flights. */
export function brokenCount(limit: number): number {
  return Math.max(0, Math.ceil((limit - brokenFirst) / brokenEvery));
}

/**
 * The flights with broken copies of some of them mixed in. The same limit gives the same
 * sequence, and a smaller limit gives its beginning; broken records come on top of the limit.
 */
export async function* labelledFlights(
  options: FlightsOptions = {},
): AsyncGenerator<LabelledRecord, void> {
  for await (const { row, ...input } of flights(options)) {
    yield { id: input.flight, input, label: 'ok' };
    if (row % brokenEvery === brokenFirst) yield broken(input, (row - brokenFirst) / brokenEvery);
  }
}

function broken(flight: FlightInput, number: number): LabelledRecord {
  const fault = faults[number % faults.length]!;
  const id = `urn:flight:2001:broken:${number}`;
  const input = fault.break({ ...flight, flight: id });
  return { id, input, label: fault.label, why: fault.why };
}
