import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HyperLogLog } from '../../../src/loop/monitor/hyper-log-log.ts';
import { textHash } from '../../../src/loop/monitor/text-hash.ts';
import { runs } from '../../support/effort.ts';

function sketchOf(texts: readonly string[], precision?: number): HyperLogLog {
  const sketch = new HyperLogLog(precision);
  for (const text of texts) sketch.add(text);
  return sketch;
}

const named = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('HyperLogLog', () => {
  it.each([6, 8, 10, 12, 14])('is off by its standard error, over 40 sets (precision %i)', (p) => {
    const error = 1.04 / Math.sqrt(2 ** p);
    for (const count of [10, 1_000, 20_000]) {
      const offs = Array.from({ length: 40 }, (_, seed) => {
        const sketch = sketchOf(named(`https://example.com/${seed}/`, count), p);
        return sketch.estimate() / count - 1;
      });
      const mean = offs.reduce((sum, off) => sum + off, 0) / offs.length;
      const spread = Math.sqrt(offs.reduce((sum, off) => sum + off * off, 0) / offs.length);
      // The sets are fixed; the bounds are those that chance would break once in thousands.
      expect(spread, `${count}`).toBeLessThan(1.6 * error);
      expect(Math.abs(mean), `${count}`).toBeLessThan((4 * error) / Math.sqrt(offs.length));
    }
  });

  it('counts few almost exactly, and repetitions once', () => {
    for (let count = 0; count <= 40; count++) {
      const texts = named('a', count);
      expect(Math.round(sketchOf([...texts, ...texts]).estimate())).toBe(count);
    }
  });

  it('merges to what all texts together give, in any order', () => {
    const texts = fc.array(fc.string(), { maxLength: 200 });
    fc.assert(
      fc.property(texts, texts, (one, two) => {
        const all = JSON.stringify(sketchOf([...one, ...two], 6));
        const [left, right] = [sketchOf(one, 6), sketchOf(two, 6)];
        left.merge(right);
        expect(JSON.stringify(left)).toBe(all);
        right.merge(sketchOf(one, 6));
        expect(JSON.stringify(right)).toBe(all);
        expect(left.estimate()).toBe(right.estimate());
      }),
      { numRuns: runs(200) },
    );
  });

  it('goes on from its state', () => {
    const live = sketchOf(named('a', 500));
    const read = HyperLogLog.from(JSON.parse(JSON.stringify(live)));
    for (const text of named('b', 500)) {
      live.add(text);
      read.add(text);
    }
    expect(JSON.stringify(read)).toBe(JSON.stringify(live));
    expect(read.estimate()).toBe(live.estimate());
  });

  it('refuses other precisions and damaged states', () => {
    for (const precision of [5, 17, 10.5]) {
      expect(() => new HyperLogLog(precision)).toThrow('KNHK_LOOP_OPTION');
    }
    expect(() => new HyperLogLog(10).merge(new HyperLogLog(11))).toThrow('KNHK_LOOP_OPTION');
    const saved = sketchOf(['a'], 6).toJSON();
    expect(() => HyperLogLog.from({ ...saved, precision: 7 })).toThrow('KNHK_LOOP_STATE');
    const registers = Buffer.from([34, 0, 63]).toString('base64');
    expect(() => HyperLogLog.from({ precision: 6, registers })).toThrow('KNHK_LOOP_STATE');
  });
});

describe('textHash', () => {
  it('is the same on every machine', () => {
    expect(['', 'a', 'JFK', 'héron', 'x'.repeat(100)].map(textHash)).toMatchInlineSnapshot(`
      [
        "ff78eb87edd14dc4",
        "6206cabba03da909",
        "4c59be001b2dc54c",
        "85e1584abb1e3699",
        "fe1f703253266ced",
      ]
    `);
  });

  it('tells two hundred thousand similar texts apart', () => {
    const seen = new Set<string>();
    const count = 200_000;
    for (let n = 0; n < count; n++) seen.add(textHash(`urn:sensor:${n}`));
    expect(seen.size).toBe(count);
  });

  it('changes half of its bits with any one of the text', () => {
    let flipped = 0;
    let compared = 0;
    for (let n = 0; n < 2_000; n++) {
      const text = `flight-${n}`;
      const other = text.replace('l', String.fromCharCode('l'.charCodeAt(0) ^ (1 << (n % 7))));
      const bits = BigInt(`0x${textHash(text)}`) ^ BigInt(`0x${textHash(other)}`);
      flipped += bits.toString(2).replaceAll('0', '').length;
      compared += 64;
    }
    expect(flipped / compared).toBeGreaterThan(0.48);
    expect(flipped / compared).toBeLessThan(0.52);
  });
});
