import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

// The cheap and near tests come first, because the first failure ends a mutant's run.
const rooms = [
  'test/base',
  'test/terms',
  'test/receipts',
  'test/rules',
  'test/kernel',
  'test/laws',
];

class RoomByRoom extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      rooms.findIndex((room) => moduleId.includes(`/${room}/`));
    return files.sort(
      (left, right) => rank(left) - rank(right) || (left.moduleId < right.moduleId ? -1 : 1),
    );
  }
}

/** The fast tests of the rooms that are mutated; see SURVIVORS.md beside this file. */
export default defineConfig({
  root: path('../..'),
  resolve: { alias: { '#sha256': path('../../src/base/sha256.node.ts') } },
  test: {
    include: ['test/{base,terms,receipts,rules}/**/*.test.ts'],
    // A whole runtime takes longer to load than all the others to run.
    exclude: ['test/rules/apply.test.ts'],
    env: { KNHK_MUTATION: '1' },
    setupFiles: ['test/mutation/setup.ts'],
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: RoomByRoom },
  },
});
