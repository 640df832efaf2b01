import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** A domestic departure in the United States, 2001-01-01 to 2001-07-01. */
export interface Flight {
  /** Position in the file, from 0; rows are in order of departure. */
  readonly row: number;
  readonly flight: string;
  readonly departed: Date;
  readonly origin: string;
  readonly destination: string;
  readonly delayMinutes: number;
  readonly miles: number;
}

export interface FlightsOptions {
  /** How many flights at most; default all 3,000,000. */
  readonly limit?: number;
}

/** The data set's own file, wherever the package manager put it. */
function flightsFile(): string {
  // Its exports name only the main module, build/index.js; the data lies beside build/.
  const main = pathToFileURL(createRequire(import.meta.url).resolve('vega-datasets'));
  return fileURLToPath(new URL('../data/flights-3m.parquet', main));
}

/** The flights of the file in its order, one row group (272,727 rows) in memory at a time. */
export async function* flights(options: FlightsOptions = {}): AsyncGenerator<Flight, void> {
  const file = await asyncBufferFromFile(flightsFile());
  const metadata = await parquetMetadataAsync(file);
  const limit = Math.min(options.limit ?? Number.POSITIVE_INFINITY, Number(metadata.num_rows));
  let start = 0;
  for (const group of metadata.row_groups) {
    if (start >= limit) return;
    const columns = await readGroup(file, metadata, start, start + Number(group.num_rows));
    const end = Math.min(limit, start + Number(group.num_rows));
    for (let row = start; row < end; row++) yield flightAt(columns, row - start, row);
    start += Number(group.num_rows);
  }
}

interface Columns {
  readonly date: ArrayLike<Date>;
  readonly delay: ArrayLike<bigint>;
  readonly distance: ArrayLike<bigint>;
  readonly origin: ArrayLike<string>;
  readonly destination: ArrayLike<string>;
}

const names = ['date', 'delay', 'distance', 'origin', 'destination'] as const;

/**
 * Decodes the rows of one row group. A group is the smallest unit that decodes alone, so reading
 * whole groups decodes nothing twice; column by column, the event loop waits 100 ms at most.
 */
async function readGroup(
  file: Awaited<ReturnType<typeof asyncBufferFromFile>>,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<Columns> {
  const columns: Partial<Record<(typeof names)[number], ArrayLike<unknown>>> = {};
  for (const name of names) {
    let chunks = 0;
    const onChunk = (chunk: { columnData: ArrayLike<unknown> }): void => {
      columns[name] = chunk.columnData;
      chunks++;
    };
    await parquetRead({ file, metadata, compressors, columns: [name], rowStart, rowEnd, onChunk });
    const count = columns[name]?.length ?? 0;
    if (chunks !== 1 || count !== rowEnd - rowStart) {
      throw new Error(`column ${name}: ${count} values in ${chunks} chunks at row ${rowStart}`);
    }
  }
  return columns as Columns;
}

function flightAt(columns: Columns, index: number, row: number): Flight {
  return {
    row,
    flight: `urn:flight:2001:${row}`,
    departed: columns.date[index]!,
    origin: columns.origin[index]!,
    destination: columns.destination[index]!,
    delayMinutes: Number(columns.delay[index]),
    miles: Number(columns.distance[index]),
  };
}
