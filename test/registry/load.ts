import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { listFiles, projectRoot } from '../tidy/files.ts';

/** A member of an enumeration, in Weaver's v1 form. */
export interface RegistryMember {
  readonly id: string;
  readonly value: string;
  readonly brief?: string;
  readonly stability?: string;
}

/** An attribute as a group declares it, or a reference to one. */
export interface RegistryAttribute {
  readonly id?: string;
  readonly ref?: string;
  readonly type?: string | { readonly members: readonly RegistryMember[] };
  readonly brief?: string;
  readonly examples?: readonly unknown[];
  readonly stability?: string;
  readonly requirement_level?: string | { readonly [level: string]: string };
}

/** One group of a registry file. */
export interface RegistryGroup {
  readonly id: string;
  readonly type: 'attribute_group' | 'metric' | 'span' | 'event';
  readonly brief: string;
  readonly stability: string;
  readonly metric_name?: string;
  readonly instrument?: 'counter' | 'gauge' | 'histogram' | 'updowncounter';
  readonly unit?: string;
  readonly span_kind?: string;
  readonly name?: string;
  readonly events?: readonly string[];
  readonly annotations?: {
    readonly knhk?: { readonly buckets?: readonly number[]; readonly span_name?: string };
  };
  readonly attributes?: readonly RegistryAttribute[];
}

/** The registry's groups with the file that each stands in. */
export interface Registry {
  readonly manifest: { readonly [name: string]: unknown };
  readonly groups: readonly (RegistryGroup & { readonly file: string })[];
}

/** Reads every YAML file below registry/, as Weaver does. */
export function loadRegistry(): Registry {
  const files = listFiles('registry').filter((path) => /\.ya?ml$/.test(path));
  const read = (path: string): unknown => parse(readFileSync(`${projectRoot}${path}`, 'utf8'));
  const groups = files
    .filter((path) => !path.endsWith('/manifest.yaml'))
    .flatMap((file) => {
      const { groups } = read(file) as { readonly groups: readonly RegistryGroup[] };
      return groups.map((group) => ({ ...group, file }));
    });
  return { manifest: read('registry/manifest.yaml') as Registry['manifest'], groups };
}

/** Groups of one type that are knhk's own, not the host's resource. */
export function ownGroups(
  registry: Registry,
  type: RegistryGroup['type'],
): readonly RegistryGroup[] {
  return registry.groups.filter(
    (group) => group.type === type && !group.file.endsWith('/upstream-resource.yaml'),
  );
}

/** The level of a reference; Weaver's default is recommended. */
export function levelOf(attribute: RegistryAttribute): string {
  const { requirement_level: level = 'recommended' } = attribute;
  return typeof level === 'string' ? level : Object.keys(level)[0]!;
}
