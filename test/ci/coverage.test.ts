import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import config from '../../vitest.config.ts';
import { listFiles, projectRoot, readTexts } from '../tidy/files.ts';

const run = readFileSync(`${projectRoot}.ci/run`, 'utf8');
const { coverage } = config.test as { coverage: Readonly<Record<string, unknown>> };

describe('coverage', () => {
  it('is measured over all of src but what is listed here', () => {
    expect(coverage['include']).toEqual(['src/**/*.ts']);
    expect(coverage['exclude']).toEqual(['src/shapes/faults.ts']);
    for (const path of coverage['exclude'] as string[]) {
      expect(existsSync(projectRoot + path)).toBe(true);
    }
  });

  it('has thresholds that a change may raise', () => {
    expect(coverage['thresholds']).toEqual({
      lines: 95,
      branches: 90,
      'src/receipts/verify/**': { 100: true },
      'src/rules/{guards,guardPlan,judge}.ts': { 100: true },
      'src/base/canonical.ts': { 100: true },
    });
    // A pattern that meets no file would hold nothing.
    const paths = ['guards', 'guardPlan', 'judge'].map((name) => `src/rules/${name}.ts`);
    for (const path of [...paths, 'src/base/canonical.ts', 'src/receipts/verify/verifier.ts']) {
      expect(existsSync(projectRoot + path), path).toBe(true);
    }
  });

  it('is what CI runs the tests with, once', () => {
    expect(run.match(/^step suite .*$/gm)).toEqual([
      'step suite test --coverage',
      'step suite test:package',
    ]);
    expect(coverage['enabled']).toBeUndefined();
  });

  it('leaves out no line of src without a reason', () => {
    const sources = readTexts(listFiles('src'));
    const marks = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/(?:v8|c8|istanbul) ignore.*/g)].map(([mark]) => ({ path, mark })),
    );
    for (const { path, mark } of marks) expect(mark, path).toMatch(/ignore next -- \w.* \w/);
    expect(marks.length).toBeLessThanOrEqual(5);
  });
});
