import { parseArgs } from 'node:util';

/** How the operations desk is run. */
export interface DeskOptions {
  readonly limit: number;
  readonly data: string;
  /** Fixed keys and a clock that follows the data: two runs give the same leaves. */
  readonly deterministic: boolean;
  /** Control: the delays are dealt out anew, so that there is nothing to find. */
  readonly shuffled: boolean;
  readonly json: boolean;
  /** File descriptor that each acknowledged id is written to, one a line. */
  readonly acks: number | undefined;
}

const everything = 3_000_000;

/** Reads the command line; undefined (after saying why) where it cannot be read. */
export function readOptions(args: readonly string[]): DeskOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        limit: { type: 'string', default: '200000' },
        all: { type: 'boolean', default: false },
        data: { type: 'string', default: './data' },
        deterministic: { type: 'boolean', default: false },
        'shuffle-delays': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        acks: { type: 'string' },
      },
    });
    const limit = values.all ? everything : Number(values.limit);
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > everything) {
      throw new TypeError(`--limit takes a number from 1 to ${everything}`);
    }
    return {
      limit,
      data: values.data,
      deterministic: values.deterministic,
      shuffled: values['shuffle-delays'],
      json: values.json,
      acks: values.acks === undefined ? undefined : Number(values.acks),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.stderr.write(
      'usage: npm start -- [--limit N | --all] [--data DIR] [--deterministic] [--json]\n',
    );
    return undefined;
  }
}
