import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packInto } from './project.ts';

/** Packs once for all test files; the workers inherit the variable. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'knhk-pack-'));
  process.env['KNHK_TARBALL'] = packInto(folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
