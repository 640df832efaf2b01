import { describe, expect, it } from 'vitest';
import {
  brokenCount,
  brokenEvery,
  type LabelledRecord,
  labelledFlights,
} from '../../examples/flights/broken.ts';
import { type Flight, flights } from '../../examples/flights/data.ts';
import { formatTable, type Output, progress } from '../../examples/flights/terminal.ts';

const groupRows = 272_727;

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('flights', () => {
  it('gives the first rows as the file has them', async () => {
    const [first, ...rest] = await collect(flights({ limit: 3 }));
    expect(rest).toHaveLength(2);
    expect(first).toEqual({
      row: 0,
      flight: 'urn:flight:2001:0',
      departed: new Date('2001-01-01T00:01:00Z'),
      origin: 'LAS',
      destination: 'PHL',
      delayMinutes: 33,
      miles: 2176,
    });
  });
  it('gives nothing for a limit of 0', async () => {
    expect(await collect(flights({ limit: 0 }))).toEqual([]);
  });
  it('crosses row groups without a gap', async () => {
    const seen: Flight[] = [];
    for await (const flight of flights({ limit: groupRows + 2 })) {
      if (flight.row >= groupRows - 1) seen.push(flight);
    }
    expect(seen.map(({ row }) => row)).toEqual([groupRows - 1, groupRows, groupRows + 1]);
    expect(seen[1]).toMatchObject({
      departed: new Date('2001-01-17T15:35:00Z'),
      origin: 'OAK',
      destination: 'BUR',
      delayMinutes: 14,
      miles: 325,
    });
  });
  it('gives all 3,000,000 in order of departure within bounded memory', async () => {
    const before = process.memoryUsage.rss();
    let count = 0;
    let last: Flight | undefined;
    let peak = 0;
    for await (const flight of flights()) {
      if (flight.row !== count++) throw new Error(`row ${flight.row} came as number ${count}`);
      if (last !== undefined && flight.departed < last.departed) throw new Error('went back');
      last = flight;
      if (count % 100_000 === 0) peak = Math.max(peak, process.memoryUsage.rss() - before);
    }
    expect(count).toBe(3_000_000);
    expect(last).toMatchObject({ row: 2_999_999, origin: 'ATL', destination: 'CVG', miles: 373 });
    // All rows at once would take more than 600 MB.
    expect(peak).toBeLessThan(400e6);
  });
});

describe('broken records', () => {
  it('come at fixed places and on top of the limit', async () => {
    const records = await collect(labelledFlights({ limit: 32_000 }));
    const bad = records.filter(({ label }) => label !== 'ok');
    expect(bad).toHaveLength(brokenCount(32_000));
    expect(records).toHaveLength(32_000 + bad.length);
    expect(bad.map(({ label }) => label)).toEqual([
      ...['unreadable', 'violating', 'unreadable', 'violating', 'unreadable', 'violating'],
    ]);
    const places = bad.map((record, number) => records.indexOf(record) - number);
    expect(places).toEqual(bad.map((_record, number) => 2_501 + number * brokenEvery));
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
    const [asText, sameTown, noOrigin, noWay, extra, twoLetters] = bad.map(inputOf);
    expect(asText!['delayMinutes']).toBeTypeOf('string');
    expect(sameTown!['destination']).toBe(sameTown!['origin']);
    expect(noOrigin).not.toHaveProperty('origin');
    expect(noWay!['miles']).toBe(0);
    expect(extra).toHaveProperty('tailNumber');
    expect(twoLetters!['origin']).toHaveLength(2);
  });
  it('are the same on every run, and a smaller limit gives the beginning', async () => {
    const long = await collect(labelledFlights({ limit: 8_000 }));
    const again = await collect(labelledFlights({ limit: 8_000 }));
    const short = await collect(labelledFlights({ limit: 3_000 }));
    expect(again).toEqual(long);
    expect(short).toEqual(long.slice(0, short.length));
    expect([0, 2_500, 2_501, 7_500, 7_501].map(brokenCount)).toEqual([0, 0, 1, 1, 2]);
  });
});

const inputOf = (record: LabelledRecord): Record<string, unknown> => ({ ...record.input });

describe('terminal', () => {
  const recorder = (isTTY: boolean): Output & { readonly text: () => string } => {
    let written = '';
    return {
      isTTY,
      text: () => written,
      write: (text) => {
        written += text;
      },
    };
  };
  const run = (isTTY: boolean, environment: Record<string, string>): string => {
    const output = recorder(isTTY);
    let time = 0;
    const now = (): number => time;
    const bar = progress({ label: 'apply', total: 50_000, output, now, environment });
    for (let count = 1_000; count <= 50_000; count += 1_000) {
      time += 20;
      bar.update(count);
    }
    bar.done();
    return output.text();
  };
  it('writes plain lines into a pipe', () => {
    expect(run(false, {}).split('\n')).toEqual([
      'apply  40%  20,000 of 50,000  50,000/s',
      'apply  80%  40,000 of 50,000  50,000/s',
      'apply  100%  50,000 of 50,000  50,000/s',
      '',
    ]);
  });
  it('redraws one line on a terminal, in colour unless NO_COLOR is set', () => {
    const colour = '\u001b[36m';
    expect(run(true, {})).toContain(colour);
    expect(run(true, { NO_COLOR: '1' })).not.toContain(colour);
    // 50 updates over a second at 100 ms a redraw, and the last one.
    expect(run(true, {}).split('\r').length - 1).toBe(11);
    expect(run(true, {}).endsWith('50,000/s\n')).toBe(true);
  });
  it('aligns tables', () => {
    const rows = [
      ['outcome', 'count'],
      ['acted', 12_345],
      ['idle', 7],
    ];
    expect(formatTable(rows)).toBe(
      'outcome   count\n-------  ------\nacted    12,345\nidle          7\n',
    );
  });
});
