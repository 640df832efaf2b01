import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';

const label = 'one label in each language';
const comment = 'a comment says what is meant';

it('validates published ontologies, and one of them again as it changes', async () => {
  const args = ['build/examples/vocabularies/main.js'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: projectRoot });
  const lines = stdout.split('\n');
  expect(lines.slice(0, 8).map((line): unknown => JSON.parse(line))).toEqual([
    { name: 'foaf', triples: 620, conforms: true, found: {} },
    { name: 'org', triples: 748, conforms: false, found: { [label]: 8, [comment]: 4 } },
    { name: 'prov', triples: 1664, conforms: false, found: { [label]: 10, [comment]: 60 } },
    { name: 'skos', triples: 252, conforms: false, found: { [label]: 1, [comment]: 24 } },
    { name: 'time', triples: 1296, conforms: false, found: { [label]: 3, [comment]: 4 } },
    { session: 'org', size: 748, conforms: false, results: 12 },
    { added: 2, checked: 1, conforms: false, results: 14 },
    { removed: 2, conforms: false, results: 12 },
  ]);
  const turtle = lines.slice(8).join('\n');
  expect(turtle).toContain('sh:conforms false');
  expect(turtle.match(/sh:ValidationResult ;/g)).toHaveLength(2);
}, 60_000);
