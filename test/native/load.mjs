import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** The addon whose path is the process's first word, and the bits of its engines. */
export const addon = createRequire(import.meta.url)(resolve(process.argv[2]));
export const engines = [1, 2, 4, 8].filter((bit) => (addon.features() & bit) !== 0);
