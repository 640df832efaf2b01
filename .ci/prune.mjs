import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Removes from `dist` what no file of `src` is compiled to: tsc never deletes, and what a rename
 * leaves behind would be packed. Nothing else is touched, so a build can run beside a test.
 *
 * @param {string} root the project's folder
 * @returns {string[]} the paths removed, below dist
 */
export function prune(root) {
  const dist = join(root, 'dist');
  if (!existsSync(dist)) return [];
  const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const stale = files
    .map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1))
    .filter((path) => {
      const source = path.replace(/\.(?:d\.ts|js)$/, '.ts');
      return source === path || !existsSync(join(root, 'src', source));
    });
  for (const path of stale) rmSync(join(dist, path));
  return stale.sort();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  prune(fileURLToPath(new URL('..', import.meta.url)));
}
