import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { listFiles, projectRoot } from '../tidy/files.ts';

/** What the tests read of a workflow; GitHub's schema has far more. */
export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
export type Permissions = Readonly<Record<string, string>>;
export interface Job {
  readonly needs?: string;
  readonly permissions?: Permissions;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
}
export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Permissions;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = '.github/workflows';

/** The workflows by their file's name, as text and as what it means. */
export const workflows: ReadonlyMap<string, { readonly text: string; readonly content: Workflow }> =
  new Map(
    listFiles(folder).map((path) => {
      const text = readFileSync(`${projectRoot}${path}`, 'utf8');
      return [path.slice(folder.length + 1), { text, content: parse(text) as Workflow }];
    }),
  );

/** A workflow that must be there. */
export function workflow(name: string): Workflow {
  const found = workflows.get(name);
  if (found === undefined) throw new Error(`${folder}/${name} is missing`);
  return found.content;
}

/** Every step of a workflow, with the name of its job. */
export function stepsOf(content: Workflow): (Step & { readonly job: string })[] {
  return Object.entries(content.jobs).flatMap(([job, { steps }]) =>
    steps.map((step) => ({ ...step, job })),
  );
}

/** The npm scripts that a command starts. */
export function scriptsOf(command: string): string[] {
  const started = [...command.matchAll(/\bnpm (?:run ([\w:.-]+)|(test|start)\b)/g)];
  return started.map(([, named, short]) => (named ?? short)!);
}

/** The files of the repository that a command names. */
export function filesOf(command: string): string[] {
  return [...command.matchAll(/(?<![\w/.-])\.ci\/[\w.-]+/g)].map(([path]) => path);
}
