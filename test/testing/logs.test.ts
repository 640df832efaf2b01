import { describe, expect, test } from 'vitest';
import { logConformance } from '../../src/testing/index.ts';
import { brokenLogs } from './broken-logs.ts';
import { expectAllCaught, expectCaught, expectConformance } from './conformance.ts';
import { inMemory, onDisk } from './stores.ts';

describe('the local log on disk', () => {
  expectConformance(logConformance(onDisk()));
});

describe('the local log in memory', () => {
  expectConformance(logConformance(inMemory()));
});

describe('a broken log', () => {
  expectCaught(brokenLogs, (make) => logConformance(make(inMemory())));
  test('is caught by every case of the suite', () => {
    expectAllCaught(logConformance(inMemory()), brokenLogs);
  });
});

test('cases about crashes need a way to crash', () => {
  const names = logConformance(onDisk()).map(({ name }) => name);
  const all = logConformance(inMemory()).map(({ name }) => name);
  expect(all.filter((name) => !names.includes(name))).toEqual([
    'a crash loses nothing that was acknowledged',
    'a checkpoint that was seen outlives a crash',
    'blobs and savepoints outlive a crash',
    'payloads outlive a crash with their leaves',
    'what is left of leaves in flight is the first of them, whole',
    'a crash after a crash loses nothing either',
  ]);
});
