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
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Each of its faults ends, hangs or starves the thread it is in; test/shapes/pool.test.ts
      // makes them happen in the threads of what is built, where nothing is measured.
      exclude: ['src/shapes/faults.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'build/coverage',
      // A part of the tests, or tests that fail, say nothing about thresholds.
      reportOnFailure: false,
      thresholds: {
        lines: 95,
        branches: 90,
        // What auditors, guards and hashes stand on.
        'src/receipts/verify/**': { 100: true },
        'src/rules/{guards,guardPlan,judge}.ts': { 100: true },
        'src/base/canonical.ts': { 100: true },
      },
    },
  },
});
