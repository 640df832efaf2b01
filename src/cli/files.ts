import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ReplayOptions } from '../runtime/replay-types.ts';
import { UsageError } from './io.ts';

/** A text file that the command line names. */
export function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

const stdin = 0;

/** The same, or what is on stdin where the path is a hyphen. */
export function readInput(path: string): string {
  return path === '-' ? readFileSync(stdin, 'utf8') : readText(path);
}

/** The bytes of a file that the command line names. */
export function readBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

/** The definitions of a rules module. */
export type CatalogueModule = Pick<
  ReplayOptions,
  'observations' | 'rules' | 'slo' | 'unguarded' | 'protected'
>;

/**
 * Loads a module whose default export, or export named `catalogue`, is
 * `{ observations, rules, shapes?, slo?, unguarded?, protected? }`.
 */
export async function loadCatalogue(path: string): Promise<CatalogueModule> {
  const module: unknown = await import(pathToFileURL(resolve(path)).href);
  const { default: first, catalogue: second } = module as Readonly<Record<string, unknown>>;
  for (const candidate of [first, second]) if (isCatalogue(candidate)) return candidate;
  throw new UsageError(
    `${path} exports no catalogue: default or catalogue as { observations, rules, ... }`,
  );
}

function isCatalogue(value: unknown): value is CatalogueModule {
  if (typeof value !== 'object' || value === null) return false;
  const { observations, rules } = value as Readonly<Record<string, unknown>>;
  return Array.isArray(observations) && Array.isArray(rules);
}

/** What the command line reads of the package's own package.json. */
export interface PackageManifest {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The package's own package.json. */
export function packageManifest(): PackageManifest {
  // The same two steps up from src/cli and from dist/cli.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return JSON.parse(text) as PackageManifest;
}
