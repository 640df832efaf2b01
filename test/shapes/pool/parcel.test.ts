import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSmall, parcelOf, parcelOfSlices, textOf } from '../../../src/shapes/pool/parcel.ts';

const slice = 262_144;

describe('a text that crosses', () => {
  it('is itself where it is small', async () => {
    const text = 'a'.repeat(slice);
    expect(isSmall(text)).toBe(true);
    expect(await parcelOf(text)).toBe(text);
    expect(isSmall(`${text}a`)).toBe(false);
  });

  it('is memory of both threads where it is large, and the same text', async () => {
    const unit = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
    // Pairs fall on both sides of each border between slices, and across it.
    const text = fc
      .record({ unit, shift: fc.nat(3), length: fc.integer({ min: slice + 1, max: 3 * slice }) })
      .map(
        (given) => 'x'.repeat(given.shift) + given.unit.repeat(given.length / given.unit.length),
      );
    await fc.assert(
      fc.asyncProperty(
        text.filter((one) => !isSmall(one)),
        async (one) => {
          const parcel = await parcelOf(one);
          expect(parcel).toBeInstanceOf(SharedArrayBuffer);
          expect(textOf(parcel) === one).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('keeps a pair of surrogates that a border would part', async () => {
    const text = `${'x'.repeat(slice - 1)}😀${'y'.repeat(10)}`;
    expect(textOf(await parcelOf(text)) === text).toBe(true);
  });

  it('stays a string where UTF-8 cannot say it', async () => {
    const text = `${'x'.repeat(slice)}\ud800y`;
    expect(await parcelOf(text)).toBe(text);
    expect(await parcelOfSlices(['x'.repeat(slice), '\udc00'])).toBe(`${'x'.repeat(slice)}\udc00`);
  });

  it('gives the event loop a turn for each slice', async () => {
    const text = 'x'.repeat(4 * slice);
    let turns = 0;
    let going = true;
    const count = (): void => {
      turns++;
      if (going) setImmediate(count);
    };
    setImmediate(count);
    await parcelOf(text);
    going = false;
    // Four slices are measured, and four are written.
    expect(turns).toBeGreaterThanOrEqual(8);
  });

  it('is joined from small slices', async () => {
    expect(await parcelOfSlices(['a', 'b'])).toBe('ab');
    expect(await parcelOfSlices([])).toBe('');
    const slices = ['ä'.repeat(slice), 'b'];
    expect(textOf(await parcelOfSlices(slices)) === slices.join('')).toBe(true);
  });
});
