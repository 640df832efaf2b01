import type { Registry, RegistryAttribute, RegistryGroup } from './load.ts';

const nameForm = /^[a-z][a-z0-9]*([._][a-z0-9]+)*$/;

/**
 * What Weaver's `registry check` and its default policies would say of a registry in v1 form, as
 * far as ours uses it: an empty list is a clean registry.
 */
export function checkRegistry({ manifest, groups }: Registry): string[] {
  const problems: string[] = [];
  const isUrl = /^https?:\/\/[^/]+\/.+\/\d+\.\d+\.\d+$/.test(String(manifest['schema_url']));
  if (!isUrl) problems.push('manifest: schema_url is no URL with a path that ends in a version');
  problems.push(
    ...repeated(
      'group',
      groups.map(({ id }) => id),
    ),
  );
  const declared = groups.flatMap(({ attributes = [] }) =>
    attributes.filter(({ id }) => id !== undefined),
  );
  const ids = declared.map(({ id }) => id!);
  problems.push(...repeated('attribute', ids));
  for (const attribute of declared) problems.push(...attributeProblems(attribute, ids));
  for (const group of groups) problems.push(...groupProblems(group, groups, new Set(ids)));
  const used = new Set(groups.flatMap(({ attributes = [] }) => attributes.map(({ ref }) => ref)));
  const host = groups.filter(({ file }) => file.endsWith('/upstream-resource.yaml'));
  const hosts = new Set(host.flatMap(({ attributes = [] }) => attributes.map(({ id }) => id)));
  for (const id of ids) {
    if (!used.has(id) && !hosts.has(id)) problems.push(`${id}: no signal has it`);
  }
  return problems;
}

function repeated(what: string, names: readonly string[]): string[] {
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => `${name}: ${what} declared twice`);
}

function attributeProblems(attribute: RegistryAttribute, ids: readonly string[]): string[] {
  const { id = '', type, brief, examples, stability } = attribute;
  const problems: string[] = [];
  if (!nameForm.test(id)) problems.push(`${id}: no valid name`);
  if (!brief) problems.push(`${id}: no brief`);
  if (!stability) problems.push(`${id}: no stability`);
  if (type === undefined) problems.push(`${id}: no type`);
  if (type === 'string' && !examples?.length) problems.push(`${id}: a string without examples`);
  if (typeof type === 'object') {
    for (const member of type.members) {
      if (!member.stability || !member.brief || !member.value) {
        problems.push(`${id}: member ${member.id} lacks value, brief or stability`);
      }
    }
  }
  // Weaver's illegal_namespace: a name may not be the namespace of another.
  for (const other of ids) {
    if (other.startsWith(`${id}.`)) problems.push(`${other}: ${id} is an attribute itself`);
  }
  return problems;
}

function groupProblems(
  group: RegistryGroup,
  groups: readonly RegistryGroup[],
  ids: ReadonlySet<string>,
): string[] {
  const { id, type, attributes = [] } = group;
  const problems: string[] = [];
  const want = (holds: unknown, what: string): void => {
    if (!holds) problems.push(`${id}: ${what}`);
  };
  want(group.brief && group.stability, 'no brief or no stability');
  for (const { ref } of attributes) {
    if (ref !== undefined) want(ids.has(ref), `refers to ${ref}, which is not declared`);
  }
  problems.push(
    ...repeated(
      `reference in ${id}`,
      attributes.flatMap(({ ref }) => ref ?? []),
    ),
  );
  if (type === 'metric') {
    want(id === `metric.${group.metric_name}`, 'its id is not its name');
    want(nameForm.test(group.metric_name ?? ''), 'no valid name');
    want(['counter', 'gauge', 'histogram'].includes(group.instrument ?? ''), 'no instrument');
    // Only a unit in braces gives the same Prometheus name through every exporter.
    want(/^\{[a-z]+\}$/.test(group.unit ?? ''), 'no unit in braces');
    const isHistogram = group.instrument === 'histogram';
    want(isHistogram === (group.annotations?.knhk?.buckets !== undefined), 'buckets');
  }
  if (type === 'span') {
    want(group.span_kind, 'no span_kind');
    want(id === `span.${group.annotations?.knhk?.span_name}`, 'its id is not its name');
    for (const event of group.events ?? []) {
      want(
        groups.some((other) => other.type === 'event' && other.id === event),
        `event ${event} is not declared`,
      );
    }
  }
  if (type === 'event') want(id === `event.${group.name}`, 'its id is not its name');
  return problems;
}
