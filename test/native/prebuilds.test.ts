import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadNative } from '../../src/kernel/native.ts';
import { projectRoot } from '../tidy/files.ts';
import { platforms, prebuildOf, prebuilt } from './prebuilt.ts';

const sums = join(projectRoot, 'prebuilds', 'SHA256SUMS');
const reason = '(skipped where prebuilds are deleted)';

/** The first bytes of a file for a platform, and where the architecture stands. */
const forms: Readonly<Record<string, { readonly magic: string; readonly arch: RegExp }>> = {
  'linux-x64': { magic: '7f454c460201', arch: /^.{36}3e00/ },
  'linux-arm64': { magic: '7f454c460201', arch: /^.{36}b700/ },
  'darwin-x64': { magic: 'cffaedfe', arch: /^.{8}07000001/ },
  'darwin-arm64': { magic: 'cffaedfe', arch: /^.{8}0c000001/ },
  'win32-x64': { magic: '4d5a', arch: /504500006486/ },
  'win32-arm64': { magic: '4d5a', arch: /5045000064aa/ },
};

describe.skipIf(!existsSync(sums))(`prebuilds ${reason}`, () => {
  it('are what SHA256SUMS says, for every platform', () => {
    const lines = platforms.map((platform) => {
      const digest = createHash('sha256')
        .update(readFileSync(prebuildOf(platform)))
        .digest('hex');
      return `${digest}  ${platform}/knhk.node\n`;
    });
    expect(readFileSync(sums, 'utf8')).toBe(lines.join(''));
  });
  it.each(platforms)('are made for the platform they are named after: %s', (platform) => {
    const start = readFileSync(prebuildOf(platform)).subarray(0, 512).toString('hex');
    const { magic, arch } = forms[platform]!;
    expect(start.startsWith(magic)).toBe(true);
    expect(start).toMatch(arch);
  });
  it.each(platforms)('name no file of the machine that made them: %s', (platform) => {
    const text = readFileSync(prebuildOf(platform), 'latin1');
    expect(text).toContain('napi_register_module_v1');
    expect(text.match(/[\w/\\.-]*(?:tmp|src|native)[/\\][\w/\\.-]*|[\w-]+\.(?:c|h|o|pdb)\b/g)).toBe(
      null,
    );
  });
});

const platform = `${process.platform}-${process.arch}`;

it('load wherever there is one for the platform: no skip hides a broken one', () => {
  const { kernel, reason: why } = loadNative();
  expect(why).toBe(prebuilt === undefined ? `no prebuilt kernel for ${platform}` : undefined);
  expect(kernel === undefined).toBe(prebuilt === undefined);
});
