import { levelOf, ownGroups, type Registry, type RegistryGroup } from '../registry/load.ts';
import type { Seen, SeenMetric, SeenSpan } from './watch.mjs';

type Values = { readonly [name: string]: unknown };

/** A signal as it is declared, and every occurrence of it. */
interface Signal {
  readonly group: RegistryGroup;
  readonly occurrences: readonly Values[];
}

/**
 * Compares what arrived with what the registry declares, both ways: names, instruments, units,
 * kinds, attributes with their types and members, events. An empty list means that they are the
 * same. Weaver's live check looks up no spans and passes on silence; this does neither.
 */
export function differences(registry: Registry, seen: Seen): string[] {
  const metrics = ownGroups(registry, 'metric');
  const spans = ownGroups(registry, 'span');
  const events = ownGroups(registry, 'event');
  const spanName = ({ annotations }: RegistryGroup): string => annotations?.knhk?.span_name ?? '';
  const seenEvents = seen.spans.flatMap((span) => span.events);
  const problems = [
    ...names('metric', metrics, ({ metric_name }) => metric_name!, seen.metrics),
    ...names('span', spans, spanName, seen.spans),
    ...names('event', events, ({ name }) => name!, seenEvents),
    ...metrics.flatMap((group) => metricProblems(group, seen.metrics)),
    ...spans.flatMap((group) => spanProblems(registry, group, seen.spans)),
    ...resourceProblems(registry, seen),
  ];
  const signals: Signal[] = [
    ...metrics.map((group) => ({
      group,
      occurrences: seen.metrics
        .filter(({ name }) => name === group.metric_name)
        .flatMap(({ points }) => points.map(({ attributes }) => attributes)),
    })),
    ...spans.map((group) => ({
      group,
      occurrences: attributesOf(seen.spans, spanName(group)),
    })),
    ...events.map((group) => ({ group, occurrences: attributesOf(seenEvents, group.name!) })),
  ];
  return [...problems, ...signals.flatMap((signal) => attributeProblems(registry, signal))];
}

const attributesOf = (
  list: readonly { readonly name: string; readonly attributes: Values }[],
  wanted: string,
): Values[] => list.filter(({ name }) => name === wanted).map(({ attributes }) => attributes);

function names(
  what: string,
  groups: readonly RegistryGroup[],
  nameOf: (group: RegistryGroup) => string,
  seen: readonly { readonly name: string }[],
): string[] {
  const declared = new Set(groups.map(nameOf));
  const emitted = new Set(seen.map(({ name }) => name));
  return [
    ...[...declared].filter((name) => !emitted.has(name)).map((name) => `${what} ${name} unseen`),
    ...[...emitted].filter((name) => !declared.has(name)).map((name) => `${what} ${name} unknown`),
  ];
}

function metricProblems(group: RegistryGroup, seen: readonly SeenMetric[]): string[] {
  const metric = seen.find(({ name }) => name === group.metric_name);
  if (metric === undefined) return [];
  const { instrument, unit, brief } = group;
  const buckets = group.annotations?.knhk?.buckets;
  const bounds = metric.points.map(
    ({ value }) => (value as { readonly buckets?: { boundaries: number[] } }).buckets?.boundaries,
  );
  return [
    ...(metric.instrument === instrument ? [] : [`${metric.name} is a ${metric.instrument}`]),
    ...(metric.unit === unit ? [] : [`${metric.name} has the unit ${metric.unit}`]),
    ...(metric.description === brief ? [] : [`${metric.name} is described otherwise`]),
    ...(bounds.every((each) => JSON.stringify(each) === JSON.stringify(buckets))
      ? []
      : [`${metric.name} has other buckets`]),
  ];
}

function spanProblems(
  registry: Registry,
  group: RegistryGroup,
  seen: readonly SeenSpan[],
): string[] {
  const name = group.annotations?.knhk?.span_name;
  const spans = seen.filter((span) => span.name === name);
  const events = new Set(spans.flatMap((span) => span.events.map((event) => event.name)));
  // A span names its events by the ids of their groups.
  const groups = registry.groups.filter(({ id }) => group.events?.includes(id));
  const declared = new Set(groups.map((event) => event.name!));
  return [
    ...spans
      .filter(({ kind }) => kind !== group.span_kind)
      .map(({ kind }) => `span ${name} is of kind ${kind}`),
    ...[...events].filter((event) => !declared.has(event)).map((e) => `${name} has event ${e}`),
    ...[...declared].filter((event) => !events.has(event)).map((e) => `${name} lacks event ${e}`),
  ];
}

function attributeProblems(registry: Registry, { group, occurrences }: Signal): string[] {
  const problems = new Set<string>();
  const declared = new Map((group.attributes ?? []).map((each) => [each.ref!, levelOf(each)]));
  for (const values of occurrences) {
    for (const [name, value] of Object.entries(values)) {
      if (!declared.has(name)) problems.add(`${group.id} has ${name}, undeclared`);
      else if (!fits(registry, name, value)) problems.add(`${group.id}: ${name} is ${value}`);
    }
    for (const [name, level] of declared) {
      if (level === 'required' && !(name in values)) problems.add(`${group.id} lacks ${name}`);
    }
  }
  for (const name of declared.keys()) {
    const isSeen = occurrences.some((values) => name in values);
    if (!isSeen) problems.add(`${group.id}: ${name} unseen`);
  }
  return [...problems];
}

function fits(registry: Registry, id: string, value: unknown): boolean {
  const attributes = registry.groups.flatMap((group) => group.attributes ?? []);
  const type = attributes.find((attribute) => attribute.id === id)?.type;
  if (typeof type === 'object') return type.members.some((member) => member.value === value);
  if (type === 'int') return Number.isInteger(value);
  return typeof value === (type === 'double' ? 'number' : type);
}

function resourceProblems(registry: Registry, { resource, scopes }: Seen): string[] {
  const host = registry.groups.filter(({ file }) => file.endsWith('/upstream-resource.yaml'));
  const declared = host.flatMap(({ attributes = [] }) => attributes.map(({ id }) => id!));
  const emitted = Object.keys(resource);
  return [
    ...declared.filter((name) => !emitted.includes(name)).map((name) => `resource lacks ${name}`),
    ...emitted.filter((name) => !declared.includes(name)).map((name) => `resource has ${name}`),
    ...(new Set(scopes).size === 1 ? [] : [`scopes: ${scopes.join(', ')}`]),
  ];
}
