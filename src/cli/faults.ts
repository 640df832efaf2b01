import { KnhkError } from '../base/errors.ts';
import { harmless, type Io, UsageError } from './io.ts';

/** Why a command could not do, or could only half do, what it was asked for. */
export interface Fault {
  /** A code of ERRORS.md, USAGE, a code of the system such as ENOENT, or ERROR. */
  readonly code: string;
  readonly message: string;
  readonly expected: string | null;
  readonly got: string | null;
  readonly where: string | null;
}

/** The fault that an error means. */
export function faultOf(error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = { message, expected: null, got: null, where: null };
  if (error instanceof UsageError) return { ...unknown, code: 'USAGE', where: 'command line' };
  if (error instanceof KnhkError) return { ...error.details, code: error.code, message };
  const { code, path } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly path?: unknown;
  };
  return {
    ...unknown,
    code: typeof code === 'string' ? code : 'ERROR',
    where: typeof path === 'string' ? path : null,
  };
}

/** Says a fault on stderr: for people, or as the one line of JSON that a program expects there. */
export function sayFault(io: Io, json: boolean, fault: Fault): void {
  const { code, expected, got, where, message } = fault;
  const line = json
    ? JSON.stringify({ code, expected, got, where, message })
    : `knhk: ${harmless(message)}`;
  io.stderr.write(`${line}\n`);
}

/** Says on stderr what is being done; a program that asked for JSON gets silence instead. */
export function sayProgress(io: Io, json: boolean, text: string): void {
  if (!json) io.stderr.write(`${harmless(text)}\n`);
}
