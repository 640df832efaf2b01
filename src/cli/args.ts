import { parseArgs } from 'node:util';
import { UsageError } from './io.ts';

/** An option of a verb beside `--data` and `--json`; every one takes a value. */
export interface OptionSpec {
  readonly name: string;
  /** How help shows its value, such as `N=20`. */
  readonly value: string;
  readonly about: string;
  readonly required?: boolean;
}

/** What a verb is given. */
export interface Args {
  readonly data: string;
  readonly json: boolean;
  readonly help: boolean;
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly positionals: readonly string[];
}

/** Reads the words behind noun and verb by the verb's options. */
export function readArgs(
  words: readonly string[],
  specs: readonly OptionSpec[],
  positionals: readonly string[],
): Args {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const named = Object.fromEntries(specs.map(({ name }) => [name, text]));
  const parsed = orUsageError(() =>
    parseArgs({
      args: [...words],
      options: { ...named, data: text, json: flag, help: flag },
      allowPositionals: true,
      strict: true,
    }),
  );
  const values = parsed.values as Record<string, string | boolean | undefined>;
  const help = values['help'] === true;
  const options = Object.fromEntries(
    specs.map(({ name }) => [name, values[name] as string | undefined]),
  );
  if (!help) {
    if (parsed.positionals.length !== positionals.length) {
      const expected = positionals.length === 0 ? 'no argument' : positionals.join(' ');
      throw new UsageError(`expected ${expected}, got ${parsed.positionals.join(' ') || 'none'}`);
    }
    const missing = specs.find(({ name, required }) => required && options[name] === undefined);
    if (missing !== undefined) throw new UsageError(`--${missing.name} is required`);
  }
  const data = (values['data'] as string | undefined) ?? './data';
  if (data === '') throw new UsageError('--data expects a directory');
  return { data, json: values['json'] === true, help, options, positionals: parsed.positionals };
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
