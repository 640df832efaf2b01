import type { Registry } from './load.ts';
import { ownGroups } from './load.ts';

/** `knhk.receipt.chain_breaks` -> `receiptChainBreaks`. */
export function constantName(dotted: string): string {
  return dotted
    .replace(/^knhk\./, '')
    .replace(/[._]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const lineMax = 100;

/** A member as the formatter would write it. */
function member(indent: string, name: string, value: string): string {
  const line = `${indent}${name}: ${value},`;
  return line.length <= lineMax ? `${line}\n` : `${indent}${name}:\n${indent}  ${value},\n`;
}

const quoted = (text: string): string => (text.includes("'") ? JSON.stringify(text) : `'${text}'`);

function table(name: string, about: string, rows: readonly string[]): string {
  return `/** ${about} */\nexport const ${name} = {\n${rows.join('')}} as const;\n`;
}

/** The text of src/otel/generated.ts. */
export function generateConstants(registry: Registry, version: string): string {
  const metrics = ownGroups(registry, 'metric').map((group) => {
    const buckets = group.annotations?.knhk?.buckets;
    const bounds = buckets === undefined ? '' : `    bounds: [${buckets.join(', ')}],\n`;
    return (
      `  ${constantName(group.metric_name!)}: {\n    name: ${quoted(group.metric_name!)},\n` +
      `    instrument: ${quoted(group.instrument!)},\n    unit: ${quoted(group.unit!)},\n` +
      `${member('    ', 'description', quoted(group.brief))}${bounds}  },\n`
    );
  });
  const spans = ownGroups(registry, 'span').map(({ annotations }) => {
    const name = annotations!.knhk!.span_name!;
    return `  ${constantName(name)}: ${quoted(name)},\n`;
  });
  const events = ownGroups(registry, 'event').map(
    ({ name }) => `  ${constantName(name!)}: ${quoted(name!)},\n`,
  );
  const attributes = ownGroups(registry, 'attribute_group').flatMap((group) =>
    (group.attributes ?? []).map(({ id }) => `  ${constantName(id!)}: ${quoted(id!)},\n`),
  );
  return [
    '// Made from registry/*.yaml, which says what each name means; test/registry compares them.\n',
    table('scope', 'The instrumentation scope.', [
      "  name: 'knhk',\n",
      `  version: ${quoted(version)},\n`,
    ]),
    table('metrics', 'Every metric.', metrics),
    table('spans', 'Every span.', spans),
    table('events', 'Every span event.', events),
    table('attributes', 'Every attribute.', attributes),
  ].join('\n');
}
