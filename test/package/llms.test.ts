import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
const text = read('llms.txt');
const surface = read('test/golden/api.txt');
const manifest = JSON.parse(read('package.json')) as {
  name: string;
  exports: Record<string, unknown>;
  peerDependencies: Record<string, string>;
};
const prose = text.replace(/^```[\s\S]*?^```/gm, '');

/** The names in the code spans of a text: words that begin with a letter, and their members. */
function namesIn(markdown: string): string[] {
  const spans = [...markdown.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
  return spans
    .filter((span) => /^[A-Za-z_][\w.]*(?:\([^)]*\))?$/.test(span))
    .flatMap((span) => span.replace(/\(.*$/, '').split('.'));
}

/** Names that the public face does not hold as a whole word. */
const unknownNames = (names: readonly string[]): string[] =>
  names.filter((name) => !new RegExp(`\\b${name}\\b`).test(surface));

describe('llms.txt', () => {
  it('has the form that llmstxt.org describes', () => {
    const lines = text.split('\n');
    expect(lines[0]).toBe(`# ${manifest.name}`);
    expect(lines[2]).toMatch(/^> .{40,}/);
    const headings = prose.split('\n').filter((line) => /^#/.test(line));
    expect(headings.slice(1)).toEqual(['## Docs', '## Optional']);
    // Behind the first heading of the second rank there are lists of links and nothing else.
    const lists = prose.slice(prose.indexOf('\n## ')).split('\n');
    const rest = lists.filter((line) => line !== '' && !line.startsWith('## '));
    for (const line of rest) expect(line).toMatch(/^- \[[^\]]+\]\([^)]+\): ./);
  });
  it('links to files that there are', () => {
    const links = [...prose.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!);
    for (const name of ['README.md', 'ERRORS.md', 'ARCHITECTURE.md']) expect(links).toContain(name);
    for (const link of links) expect(existsSync(join(projectRoot, link)), link).toBe(true);
  });
  it('names only what the package exports or a member of it', () => {
    const names = namesIn(prose).filter((name) => name !== manifest.name);
    expect(new Set(names).size).toBeGreaterThan(60);
    expect(unknownNames(names)).toEqual([]);
  });
  it('names every entry, and no other', () => {
    const entries = Object.keys(manifest.exports)
      .filter((path) => path !== './package.json')
      .map((path) => manifest.name + path.slice(1));
    const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
    const named = new Set(spans.filter((span) => /^knhk(?:\/\w+)?$/.test(span)));
    expect([...named].sort()).toEqual(entries.sort());
    for (const peer of Object.keys(manifest.peerDependencies)) expect(spans).toContain(peer);
  });
  it('would be caught at a name that is not there', () => {
    expect(namesIn('`applyTwice` and `runtime.applyThrice()`, not "words"')).toEqual([
      'applyTwice',
      'runtime',
      'applyThrice',
    ]);
    expect(unknownNames(['applyTwice', 'runtime', 'apply'])).toEqual(['applyTwice']);
  });
});
