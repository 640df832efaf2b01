import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/**
 * Compares a text with a file of the repository; with UPDATE_GOLDEN=1 it writes the file instead,
 * and the difference is reviewed in the commit.
 */
export function expectGolden(path: string, text: string): void {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(readGolden(file), `${path} is out of date: UPDATE_GOLDEN=1 npx vitest run`).toBe(text);
}

function readGolden(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
