import { describe, expect, test } from 'vitest';
import { nodeVerify } from '../../src/receipts/log/index.ts';
import {
  checkNote,
  nobleVerify,
  parseCheckpoint,
  parseNote,
  parseVkey,
  type VerifierKey,
} from '../../src/receipts/verify/index.ts';
import { noteVectors, vkeyVectors } from './vectors.ts';

describe('every note of the vectors is worth what they say', () => {
  test.each(noteVectors)('$name ($source)', ({ note, verdict, checkpoint, keys }) => {
    const known = keys.map((vkey) => parseVkey(vkey) as VerifierKey);
    expect(known).not.toContain(undefined);
    const parsed = parseNote(note);
    for (const verify of [nodeVerify, nobleVerify]) {
      const got = parsed === undefined ? 'malformed' : checkNote(parsed, known, verify);
      expect(got).toBe(verdict);
    }
    expect(parseCheckpoint(note) !== undefined).toBe(checkpoint);
  });
});

test.each(vkeyVectors)('the vkey $vkey reads: $ok', ({ vkey, ok }) => {
  expect(parseVkey(vkey) !== undefined).toBe(ok);
});
