import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/runtime/audit.ts';
import { testRuntime } from '../../src/testing/index.ts';
import { Visit } from '../support/ops.ts';
import { codeOf, entriesOf, openTest, temporary } from '../support/runtime.ts';

const entry: AuditEntry = {
  ...{ kind: 'access', actor: 'eve', resource: 'receipts', action: 'export', outcome: 'success' },
};
const nothing = { observations: [Visit as never], rules: [] };

describe('audit', () => {
  test('is a durable leaf with what was said, and changes nothing else', async () => {
    const data = temporary();
    const runtime = await openTest({ ...nothing, data });
    const before = runtime.snapshot;
    const { seq, hash, time } = await runtime.audit({ ...entry, reason: 'case 7', trace: 't-1' });
    expect(runtime.health()).toMatchObject({ durableSize: seq + 1, applied: 0, status: 'ok' });
    expect(runtime.snapshot).toEqual(before);
    await runtime.audit({ ...entry, kind: 'config', outcome: 'denied' });
    await runtime.close();
    const entries = await entriesOf(data);
    expect(entries.map(({ leaf }) => leaf.kind)).toEqual(['deploy', 'access', 'config']);
    const { v, prev, ...leaf } = entries[seq]!.leaf;
    expect(leaf).toEqual({ ...entry, reason: 'case 7', trace: 't-1', seq, time });
    expect([v, prev.length, entries[seq]?.hash]).toEqual([1, 64, hash]);
  });

  test('survives a power cut once it is acknowledged', async () => {
    await using desk = await testRuntime(nothing);
    const { seq } = await desk.runtime.audit(entry);
    const runtime = await desk.crash();
    expect(runtime.health().size).toBe(seq + 1);
    expect((await desk.verify()).ok).toBe(true);
  });

  const cases: readonly (readonly [string, object, string])[] = [
    ['of another kind', { kind: 'erase' }, 'KNHK_RUNTIME_OPTION'],
    ['without an actor', { actor: '' }, 'KNHK_LOG_LEAF'],
    ['without a resource', { resource: undefined }, 'KNHK_LOG_LEAF'],
    ['with an action of two words', { action: 'read it' }, 'KNHK_LOG_LEAF'],
    ['with another outcome', { outcome: 'maybe' }, 'KNHK_LOG_LEAF'],
    ['with a reason that is no text', { reason: 7 }, 'KNHK_LOG_LEAF'],
  ];
  test.each(cases)('is refused %s', async (_, change, code) => {
    const runtime = await openTest(nothing);
    expect(await codeOf(() => runtime.audit({ ...entry, ...change } as AuditEntry))).toBe(code);
    expect(runtime.health().size).toBe(1);
    await runtime.close();
  });

  test('is refused while nothing may be written', async () => {
    const runtime = await openTest(nothing);
    runtime.freeze();
    expect(await codeOf(() => runtime.audit(entry))).toBe('KNHK_RUNTIME_FROZEN');
    runtime.unfreeze();
    await runtime.close();
    expect(await codeOf(() => runtime.audit(entry))).toBe('KNHK_RUNTIME_CLOSED');
  });
});
