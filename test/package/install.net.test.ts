import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyProject, type Project } from './project.ts';

const probe = `
import { openRuntime } from 'knhk';
import { checkNote } from 'knhk/receipts';
console.log(process.version.split('.')[0], typeof openRuntime, typeof checkNote);
`;

describe.each([
  { node: '20', version: process.version.split('.')[0] },
  { node: '24', version: 'v24' },
] as const)('the tarball in an empty project, Node $node', ({ node, version }) => {
  let project: Project;
  beforeAll(() => {
    project = emptyProject({ node, files: { 'probe.js': probe } });
  });
  afterAll(() => project?.remove());

  it('is installed with scripts disabled and imported', () => {
    const run = project.run('probe.js');
    expect(run).toMatchObject({ status: 0, stdout: `${version} function function\n` });
  });
});
