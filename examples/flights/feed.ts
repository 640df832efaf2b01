import { type FlightInput, type LabelledRecord, labelledFlights } from './broken.ts';

/** The records of the run in order; shuffled for the control run. */
export async function* feed(limit: number, shuffled: boolean): AsyncGenerator<LabelledRecord> {
  if (!shuffled) {
    yield* labelledFlights({ limit });
    return;
  }
  const records: LabelledRecord[] = [];
  for await (const record of labelledFlights({ limit })) records.push(record);
  const delays = records.flatMap((record) =>
    record.label === 'ok' ? [(record.input as FlightInput).delayMinutes] : [],
  );
  shuffle(delays);
  let next = 0;
  for (const record of records) {
    yield record.label === 'ok'
      ? { ...record, input: { ...record.input, delayMinutes: delays[next++] as number } }
      : record;
  }
}

/** Fisher-Yates with a fixed linear congruential generator: the same deal in every run. */
function shuffle(values: number[]): void {
  let state = 20_010_101;
  for (let index = values.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (index + 1));
    const value = values[index] as number;
    values[index] = values[other] as number;
    values[other] = value;
  }
}
