import { describe, expect, it } from 'vitest';
import { brokenInvariants, type Measurements } from '../../src/loop/measurements.ts';
import { defaultSlo } from '../../src/rules/slo.ts';
import { fine } from './support.ts';

const judge = (change: Partial<Measurements>): string[] =>
  brokenInvariants({ ...fine, ...change }, defaultSlo);
const noTicks = { tickCompliancePercent: null } as const;

/** Name, what is set with it, the last value that holds, the first that does not. */
const limits: readonly (readonly [
  keyof Measurements,
  Partial<Measurements>,
  number,
  number,
  string,
])[] = [
  ['retrocausationViolations', {}, 0, 1, 'Q1'],
  ['violationsActedUpon', {}, 0, 1, 'Q2'],
  ['tickCompliancePercent', {}, 99, 98.9, 'Q4'],
  ['operationNs', noTicks, 100, 100.1, 'Q4'],
  ['warmP95Ms', {}, 100, 100.1, 'Q4'],
  ['errorPercent', {}, 1, 1.01, 'Q4'],
  ['rssBytes', {}, 2 ** 30, 2 ** 30 + 1, 'Q5'],
  ['cpuPercent', {}, 50, 50.1, 'Q5'],
  ['loopDelayP99Ms', {}, 500, 500.1, 'Q5'],
];

describe('invariants', () => {
  it('hold on measurements within all limits', () => {
    expect(judge({})).toEqual([]);
  });

  it.each(limits)('%s holds at its limit and breaks beyond it', (name, with_, last, first, law) => {
    expect(judge({ ...with_, [name]: last })).toEqual([]);
    const broken = judge({ ...with_, [name]: first });
    expect(broken).toHaveLength(1);
    expect(broken[0]).toContain(`${law} ${name}`);
    expect(broken[0]).toContain(String(first));
  });

  it.each(limits)('%s breaks where it is no number', (name, with_) => {
    for (const value of [Number.NaN, undefined, 'low', {}]) {
      const given = { ...with_, [name]: value } as Partial<Measurements>;
      expect(judge(given), String(value)).toHaveLength(1);
    }
  });

  it('break where neither ticks nor nanoseconds were measured', () => {
    const broken = judge({ ...noTicks, operationNs: null });
    expect(broken).toEqual(['Q4: neither ticks nor ns per operation were measured']);
  });

  it('take nanoseconds only where ticks are not measurable', () => {
    expect(judge({ operationNs: 5_000 })).toEqual([]);
    expect(judge({ operationNs: null })).toEqual([]);
    expect(judge({ ...noTicks, operationNs: 5_000 })).toHaveLength(1);
  });

  it('do not judge the warm path where there are no shapes', () => {
    expect(judge({ warmP95Ms: null })).toEqual([]);
  });

  it('name everything that is broken', () => {
    expect(judge({ errorPercent: 5, rssBytes: 2 ** 40, violationsActedUpon: 2 })).toHaveLength(3);
  });

  it("are judged by the snapshot's own limits", () => {
    const strict = { ...defaultSlo, errorPercent: 0.1, tickCompliancePercent: 100 };
    expect(brokenInvariants({ ...fine, errorPercent: 0.2 }, strict)).toHaveLength(2);
  });
});
