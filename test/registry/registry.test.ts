import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TickMeter } from '../../src/kernel/ticks.ts';
import {
  appliedOutcomes,
  decidedOutcomes,
  ingestBoundsMs,
  parkedReasons,
} from '../../src/runtime/tally.ts';
import { expectGolden } from '../golden.ts';
import { projectRoot } from '../tidy/files.ts';
import { checkRegistry } from './check.ts';
import { constantName, generateConstants } from './generate.ts';
import { loadRegistry, type Registry, type RegistryGroup } from './load.ts';

const registry = loadRegistry();
const { version } = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8')) as {
  readonly version: string;
};

function membersOf(id: string): readonly string[] {
  const attributes = registry.groups.flatMap((group) => group.attributes ?? []);
  const type = attributes.find((attribute) => attribute.id === id)?.type;
  return typeof type === 'object' ? type.members.map(({ value }) => value) : [];
}

describe('registry', () => {
  it('is what the constants were made from', () => {
    expectGolden('src/otel/generated.ts', generateConstants(registry, version));
  });
  it('is in the form that Weaver reads', () => {
    expect(checkRegistry(registry)).toEqual([]);
    expect(String(registry.manifest['schema_url'])).toMatch(new RegExp(`/${version}$`));
  });
  it('names the outcomes and buckets of the runtime', () => {
    expect(membersOf('observation.outcome')).toEqual(appliedOutcomes);
    expect(membersOf('decision.outcome')).toEqual(decidedOutcomes);
    expect(membersOf('parked.reason')).toEqual(parkedReasons);
    const latency = registry.groups.find(({ id }) => id.endsWith('.ingest_latency_ms'));
    expect(latency?.annotations?.knhk?.buckets).toEqual(ingestBoundsMs);
    const portable = { kernel: undefined, report: { name: 'portable', others: [] } } as const;
    const { evaluated, appended } = new TickMeter(portable).sample();
    for (const [name, { bounds }] of Object.entries({
      'metric.knhk.hot_path.ticks': evaluated,
      'metric.knhk.observation.append_ticks': appended,
    })) {
      const ticks = registry.groups.find(({ id }) => id === name);
      expect(ticks?.annotations?.knhk?.buckets, name).toEqual(bounds);
    }
  });
  it('makes names as code writes them', () => {
    expect(constantName('knhk.mape_k.cycle_count')).toBe('mapeKCycleCount');
    expect(constantName('receipt.commit_ms')).toBe('receiptCommitMs');
  });
});

describe('the check of the registry', () => {
  const changed = (id: string, change: Partial<RegistryGroup>): Registry => ({
    ...registry,
    groups: registry.groups.map((group) => (group.id === id ? { ...group, ...change } : group)),
  });
  it.each([
    ['metric.knhk.errors', { unit: '1' }, 'unit in braces'],
    ['metric.knhk.errors', { instrument: undefined }, 'no instrument'],
    ['metric.knhk.errors', { metric_name: 'knhk.Errors' }, 'no valid name'],
    ['metric.knhk.errors', { attributes: [{ ref: 'no.such' }] }, 'not declared'],
    ['metric.knhk.decisions', { attributes: [] }, 'decision.outcome: no signal has it'],
    ['metric.knhk.errors', { stability: '' }, 'stability'],
    ['span.validation.shacl', { span_kind: '' }, 'span_kind'],
    ['span.validation.shacl', { events: ['event.no.such'] }, 'event event.no.such'],
    ['span.mape_k.plan', { id: 'span.mape_k.cycle' }, 'declared twice'],
    ['registry.knhk', { attributes: [{ id: 'a', type: 'string' }] }, 'a string without examples'],
  ] as const)('refuses %s with %j', (id, change, message) => {
    const problems = checkRegistry(changed(id, change as Partial<RegistryGroup>));
    expect(problems.join('\n')).toContain(message);
  });
  it('refuses an attribute whose name is the namespace of another', () => {
    const group = registry.groups.find(({ id }) => id === 'registry.knhk')!;
    const error = { id: 'error', type: 'int', brief: 'B.', stability: 'development' };
    const attributes = [...group.attributes!, error];
    const problems = checkRegistry(changed('registry.knhk', { attributes }));
    expect(problems).toContain('error.type: error is an attribute itself');
  });
});
