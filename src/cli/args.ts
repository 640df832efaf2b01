import { parseArgs } from 'node:util';
import { UsageError } from './io.ts';

/** An option of a command beside `--data`, `--json` and `--help`. */
export interface OptionSpec {
  readonly name: string;
  /** How help shows its value, such as `N=20`; an option without one is a switch. */
  readonly value?: string;
  readonly about: string;
  readonly required?: boolean;
}

/** What a command is given. */
export interface Args {
  readonly data: string;
  /** False where `data` is only the default. */
  readonly isDataGiven: boolean;
  readonly json: boolean;
  readonly help: boolean;
  readonly options: Readonly<Record<string, string | undefined>>;
  /** Names of the switches that were set. */
  readonly switches: ReadonlySet<string>;
  readonly positionals: readonly string[];
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** Reads the words behind a command's name by its options. */
export function readArgs(
  words: readonly string[],
  specs: readonly OptionSpec[],
  positionals: readonly string[],
): Args {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const named = specs.map((spec) => [spec.name, spec.value === undefined ? flag : text] as const);
  const parsed = orUsageError(() =>
    parseArgs({
      args: [...words],
      options: {
        ...Object.fromEntries(named),
        data: text,
        json: flag,
        help: { ...flag, short: 'h' },
      },
      allowPositionals: true,
      strict: true,
    }),
  );
  const values = parsed.values as Values;
  const help = values['help'] === true;
  if (!help) checkComplete(values, parsed.positionals, specs, positionals);
  const { data } = values;
  if (data === '') throw new UsageError('--data expects a directory');
  const texts = specs.filter(({ value }) => value !== undefined);
  return {
    data: typeof data === 'string' ? data : './data',
    isDataGiven: data !== undefined,
    json: values['json'] === true,
    help,
    options: Object.fromEntries(
      texts.map(({ name }) => [name, values[name] as string | undefined]),
    ),
    switches: new Set(specs.flatMap(({ name }) => (values[name] === true ? [name] : []))),
    positionals: parsed.positionals,
  };
}

function checkComplete(
  values: Values,
  got: readonly string[],
  specs: readonly OptionSpec[],
  positionals: readonly string[],
): void {
  if (got.length !== positionals.length) {
    const expected = positionals.length === 0 ? 'no argument' : positionals.join(' ');
    throw new UsageError(`expected ${expected}, got ${got.join(' ') || 'none'}`);
  }
  const missing = specs.find(({ name, required }) => required && values[name] === undefined);
  if (missing !== undefined) throw new UsageError(`--${missing.name} is required`);
}

function orUsageError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number of at least `min` in decimal digits. */
export function readInteger(name: string, text: string, min: number, max: number): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name} expects a whole number from ${min} to ${max}, got ${text}`);
}

/** Where the keys of a log lie unless said otherwise: beside it, never inside. */
export function keysDirectory(data: string): string {
  return `${data.replace(/[\\/]+$/, '')}.keys`;
}

/** The words of a text. */
export const words = (text: string): readonly string[] => text.split(' ');
