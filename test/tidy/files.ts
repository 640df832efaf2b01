import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SourceText } from './parse.ts';

/** The project's root folder, ending in a slash. */
export const projectRoot: string = fileURLToPath(new URL('../../', import.meta.url));

const skipped: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'coverage', '.git']);

/** Every file below the folder, but what is installed, built or Git's own. */
export function listFiles(folder: string): string[] {
  let entries: ReturnType<typeof readEntries>;
  try {
    entries = readEntries(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter(({ name }) => !skipped.has(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return isRunData(path) ? [] : listFiles(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

const readEntries = (folder: string) =>
  readdirSync(`${projectRoot}${folder}`, { withFileTypes: true });

// The examples write their logs and keys here; .gitignore names the same two.
const isRunData = (path: string): boolean => path === 'data' || path === 'data.keys';

/** Reads files as text; bytes that are no UTF-8 do not matter to the checks. */
export function readTexts(paths: readonly string[]): SourceText[] {
  return paths.map((path) => ({ path, text: readFileSync(`${projectRoot}${path}`, 'utf8') }));
}
