import { KnhkError } from '../base/errors.ts';

/**
 * A failure of the file system as the library's own error, so that a host has one class to catch;
 * anything else (a mistake in code) stays what it is.
 */
export function systemError(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof KnhkError) return error;
  // Errors of node:fs carry a code such as EIO; those of a program do not.
  if (!/^E[A-Z0-9]+$/.test(String((error as { readonly code?: unknown }).code))) return error;
  const expected = 'a directory that can be read and written';
  return new KnhkError('KNHK_LOG_OPEN', { expected, got: error.message, where }, { cause: error });
}
