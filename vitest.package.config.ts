import { defineConfig } from 'vitest/config';

// The package as a stranger gets it: packed, installed from the tarball, run. Needs the npm client
// and a registry, so `npm test` leaves these out.
export default defineConfig({
  test: {
    include: ['test/**/*.net.test.ts'],
    globalSetup: ['test/package/setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
