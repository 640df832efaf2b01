import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Unit tests run against src; only packaging, worker and example tests load dist.
    alias: { '#sha256': source('./src/base/sha256.node.ts') },
  },
  test: {
    include: ['test/**/*.test.ts'],
    // These need a registry; vitest.package.config.ts runs them.
    exclude: ['test/**/*.net.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    coverage: { include: ['src/**/*.ts'] },
  },
});
