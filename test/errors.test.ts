import { describe, expect, it } from 'vitest';
import { errorCodes } from '../src/base/codes.ts';
import { expectGolden } from './golden.ts';

interface Explanation {
  readonly cause: string;
  readonly cure: string;
}

/** ERRORS.md: every code with its cause and cure, sorted by code. */
function renderErrors(codes: Readonly<Record<string, Explanation>>): string {
  const rows = Object.entries(codes)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([code, { cause, cure }]) => `| \`${code}\` | ${cell(cause)} | ${cell(cure)} |`);
  return `# Errors

Every \`KnhkError\` has one of these codes, and \`details\` with what was \`expected\`, what it
\`got\`, and \`where\`. Codes are stable: they are added, never renamed. This file is generated from
\`src/base/codes.ts\`.

| code | cause | cure |
| --- | --- | --- |
${rows.join('\n')}
`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

describe('error codes', () => {
  it('stand in ERRORS.md', () => {
    expectGolden('ERRORS.md', renderErrors(errorCodes));
  });
  it('say KNHK_<ROOM>_<WHAT>, and cause and cure in full sentences', () => {
    const codes: Readonly<Record<string, Explanation>> = errorCodes;
    for (const [code, { cause, cure }] of Object.entries(codes)) {
      expect(code).toMatch(/^KNHK(_[A-Z0-9]+){2,}$/);
      for (const sentence of [cause, cure]) expect(sentence).toMatch(/^[A-Z`].*\.$/);
    }
  });
  it('are rendered sorted, with bars escaped', () => {
    const text = renderErrors({
      KNHK_B_B: { cause: 'A | B.', cure: 'C.' },
      KNHK_A_A: { cause: 'D.', cure: 'E.' },
    });
    expect(text.indexOf('KNHK_A_A')).toBeLessThan(text.indexOf('KNHK_B_B'));
    expect(text).toContain('| `KNHK_B_B` | A \\| B. | C. |');
  });
});
