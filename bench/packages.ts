import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The project's folder. */
export const root: string = packageRoot(dirname(fileURLToPath(import.meta.url)));

const require = createRequire(join(root, 'bench', 'package.json'));

/** Benches run from bench/ or, compiled, from build/bench/; the peers lie below the former. */
function packageRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'bench', 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('bench/package.json not found');
    folder = parent;
  }
  return folder;
}

/** Where a peer lies, or undefined where it is not installed. */
export function resolvePeer(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** Imports a package of bench/package.json. */
export async function importPeer<Module>(name: string): Promise<Module> {
  const path = resolvePeer(name);
  if (path === undefined) throw new Error(`peer ${name} is not installed`);
  return (await import(pathToFileURL(path).href)) as Module;
}

/** Imports a module of dist by its path there, if the build has one. */
export async function importInternal<Module>(path: string): Promise<Module | undefined> {
  const file = join(root, 'dist', path);
  if (!existsSync(file)) return undefined;
  return (await import(pathToFileURL(file).href)) as Module;
}
