import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';
import { filesOf, scriptsOf, stepsOf, workflow, workflows } from './workflows.ts';

const { scripts } = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};

// The values that GitHub itself makes; titles, branch names and the like come from strangers.
const safeExpressions = ['github.ref', 'matrix.node'];

describe.each([...workflows])('the workflow %s', (_name, { text, content }) => {
  const steps = stepsOf(content);
  const commands = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

  it('gives no more than reading, but for the job that publishes', () => {
    expect(content.permissions).toEqual({ contents: 'read' });
    for (const [name, job] of Object.entries(content.jobs)) {
      const publishes = job.steps.some(({ run = '' }) => run.includes('npm publish'));
      const wanted = publishes ? { contents: 'read', 'id-token': 'write' } : undefined;
      expect(job.permissions, name).toEqual(wanted);
      expect(job['timeout-minutes'], name).toBeLessThanOrEqual(40);
    }
  });
  it('runs actions of GitHub alone, each at a major version', () => {
    const used = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^actions\/[\w-]+@v\d+$/);
    const kept = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    for (const step of kept) expect(step.with?.['persist-credentials']).toBe(false);
  });
  it('names scripts and files that there are', () => {
    for (const script of commands.flatMap(scriptsOf))
      expect(Object.keys(scripts)).toContain(script);
    for (const path of commands.flatMap(filesOf)) expect(existsSync(projectRoot + path)).toBe(true);
    expect(commands.flatMap(filesOf)).toContain('.ci/run');
  });
  it('takes nothing from strangers into a command, and no stored secret', () => {
    const expressions = [...text.matchAll(/\$\{\{\s*(.*?)\s*\}\}/g)].map((match) => match[1]);
    for (const expression of expressions) expect(safeExpressions).toContain(expression);
    for (const command of commands) expect(command).not.toContain('${{');
    expect(text).not.toMatch(/\bsecrets\.|pull_request_target|workflow_run/);
  });
});

describe('ci.yml', () => {
  it('runs everything on the oldest and the newest Node', () => {
    const { on, jobs } = workflow('ci.yml');
    expect(Object.keys(on)).toEqual(['push', 'pull_request']);
    expect(jobs['check']?.strategy?.matrix['node']).toEqual(['20', '24']);
    const { engines } = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8')) as {
      engines: { node: string };
    };
    expect(engines.node).toMatch(/^>=20\./);
  });
});

describe('release.yml', () => {
  const release = workflow('release.yml');
  const steps = stepsOf(release);
  const publishing = steps.filter(({ run = '' }) => run.includes('npm publish'));

  it('starts by a tag, or by hand for a dry run', () => {
    expect(release.on).toEqual({ push: { tags: ['v*'] }, workflow_dispatch: null });
  });
  it('publishes with provenance, and only by a tag', () => {
    const real = publishing.filter(({ run = '' }) => !run.includes('--dry-run'));
    expect(real).toHaveLength(1);
    expect(real[0]?.if).toBe("github.event_name == 'push'");
    for (const word of ['--provenance', '--access public', '--ignore-scripts']) {
      expect(real[0]?.run).toContain(word);
    }
  });
  it('publishes by hand nothing but in appearance', () => {
    const always = publishing.filter((step) => step.if === undefined);
    expect(always).toHaveLength(1);
    expect(always[0]?.run).toContain('--dry-run');
  });
  it('publishes the very file that was tested, and installs nothing where it may publish', () => {
    const { pack, publish } = release.jobs;
    expect(publish?.needs).toBe('pack');
    const commands = publish?.steps.flatMap(({ run }) => run ?? []) ?? [];
    for (const command of commands) {
      expect(command).toMatch(/^npm publish \.\/build\/release\/knhk-\*\.tgz /);
    }
    const uses = publish?.steps.map(({ uses = '' }) => uses).join(' ');
    expect(uses).not.toContain('checkout');
    const order = ['.ci/run', 'npm run build', 'npm pkg set', 'npm pack', '.ci/sbom.mjs'];
    const packing = pack?.steps.flatMap(({ run }) => run ?? []) ?? [];
    const places = order.map((word) => packing.findIndex((command) => command.includes(word)));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((left, right) => left - right));
  });
});

describe('the reading of a command', () => {
  it('finds scripts and files', () => {
    const command = 'npm ci && npm run test:package -- --x; npm test; node .ci/sbom.mjs out';
    expect(scriptsOf(command)).toEqual(['test:package', 'test']);
    expect(filesOf(command)).toEqual(['.ci/sbom.mjs']);
  });
});
