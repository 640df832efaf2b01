import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, utf8 } from '../../src/base/bytes.ts';
import { tableCrc32 } from '../../src/receipts/verify/crc32.ts';
import { FrameReader } from '../../src/receipts/verify/frame-reader.ts';
import {
  decodeEpoch,
  encodeEpoch,
  encodeFrame,
  type FrameType,
  frameTypes,
  readHeader,
} from '../../src/receipts/verify/frames.ts';
import { runs } from '../support/effort.ts';

/** Events as short texts: contents are only valid until the next push. */
function eventsOf(chunks: readonly Uint8Array[], reader = new FrameReader(tableCrc32)): string[] {
  const events: string[] = [];
  const take = (source: ReturnType<FrameReader['push']>): void => {
    for (const event of source) {
      if (event.kind !== 'frame') events.push(`${event.kind} ${event.offset}+${event.length}`);
      else {
        const { type, enc, intact, content, offset } = event;
        const text = Buffer.from(content).toString('latin1');
        events.push(`${intact ? 'frame' : 'broken'} ${type}/${enc} @${offset} ${text}`);
      }
    }
  };
  for (const chunk of chunks) take(reader.push(chunk));
  take(reader.finish());
  return events;
}

const frame = (type: FrameType, content: string): Uint8Array => encodeFrame(type, utf8(content));
const whole = concatBytes(frame(2, 'one'), frame(1, 'two'), frame(3, 'three'));
const changed = (bytes: Uint8Array, at: number, by = 1): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] as number) ^ by;
  return copy;
};
const good = ['frame 2/0 @0 one', 'frame 1/0 @15 two', 'frame 3/0 @30 three'];

describe('what bytes are read as', () => {
  test.each<[string, Uint8Array, readonly string[]]>([
    ['frames one after the other', whole, good],
    ['nothing', new Uint8Array(), []],
    ['an empty frame', frame(4, ''), ['frame 4/0 @0 ']],
    ['a header alone', whole.subarray(0, 8), ['torn 0+8']],
    ['less than a header', whole.subarray(0, 7), ['torn 0+7']],
    ['one byte', whole.subarray(0, 1), ['torn 0+1']],
    ['a CRC that is cut', whole.subarray(0, 14), ['torn 0+14']],
    ['a frame and a part', whole.subarray(0, 20), [good[0]!, 'torn 15+5']],
    ['a frame and a header', whole.subarray(0, 23), [good[0]!, 'torn 15+8']],
    ['a changed byte in the first', changed(whole, 9), ['broken 2/0 @0 ooe', good[1]!, good[2]!]],
    ['a changed CRC in the first', changed(whole, 12), ['broken 2/0 @0 one', good[1]!, good[2]!]],
    [
      'a changed byte in the last',
      changed(whole, 40),
      [good[0]!, good[1]!, 'broken 3/0 @30 thsee'],
    ],
    ['another type', changed(whole, 4, 1), ['broken 3/0 @0 one', good[1]!, good[2]!]],
    ['a type that there is not', changed(whole, 4, 8), ['garbage 0+15', good[1]!, good[2]!]],
    ['type 0', changed(whole, 4, 2), ['garbage 0+15', good[1]!, good[2]!]],
    ['a leaf that says it is encrypted', changed(whole, 5), ['garbage 0+15', good[1]!, good[2]!]],
    [
      'an encryption that there is not',
      changed(whole, 20, 2),
      [good[0]!, 'garbage 15+15', good[2]!],
    ],
    ['a first spare byte', changed(whole, 6), ['garbage 0+15', good[1]!, good[2]!]],
    ['a second spare byte', changed(whole, 7), ['garbage 0+15', good[1]!, good[2]!]],
    ['a length too short', changed(whole, 0, 1), ['garbage 0+15', good[1]!, good[2]!]],
    ['a length far too long', changed(whole, 2, 1), ['garbage 0+15', good[1]!, good[2]!]],
    ['the last length too long', changed(whole, 30, 64), [good[0]!, good[1]!, 'torn 30+17']],
    ['the last length too short', changed(whole, 30, 4), [good[0]!, good[1]!, 'garbage 30+17']],
    [
      'bytes before',
      concatBytes(utf8('xyz'), whole),
      ['garbage 0+3', ...['frame 2/0 @3 one', 'frame 1/0 @18 two', 'frame 3/0 @33 three']],
    ],
    ['bytes behind', concatBytes(frame(2, 'one'), utf8('rest of it')), [good[0]!, 'garbage 15+10']],
    ['few bytes behind', concatBytes(frame(2, 'one'), utf8('rest')), [good[0]!, 'torn 15+4']],
    [
      'a broken frame and bytes behind',
      concatBytes(changed(frame(2, 'one'), 9), utf8('abc')),
      ['garbage 0+18'],
    ],
    ['a broken frame alone', changed(frame(2, 'one'), 9), ['broken 2/0 @0 ooe']],
    [
      'a broken frame, then no frame',
      concatBytes(changed(frame(2, 'one'), 9), utf8('no header')),
      ['garbage 0+24'],
    ],
    [
      'a broken frame behind garbage',
      concatBytes(utf8('xyz'), changed(frame(2, 'one'), 9), frame(1, 'two')),
      ['garbage 0+18', 'frame 1/0 @18 two'],
    ],
    [
      'a torn frame behind garbage',
      concatBytes(utf8('no header'), whole.subarray(0, 10)),
      ['garbage 0+19'],
    ],
    [
      'a long frame that is torn, another in it',
      concatBytes(changed(frame(2, 'one'), 1), frame(1, 'two')),
      ['garbage 0+15', 'frame 1/0 @15 two'],
    ],
    [
      'a long frame that is torn, an empty one at its end',
      concatBytes(Uint8Array.of(64, 0, 0, 0, 2, 0, 0, 0), utf8('abc'), frame(4, '')),
      ['garbage 0+11', 'frame 4/0 @11 '],
    ],
    ['an encrypted payload', changed(frame(1, 'two'), 5), ['broken 1/1 @0 two']],
  ])('%s', (_name, bytes, events) => {
    expect(eventsOf([bytes])).toEqual(events);
    expect(eventsOf(Array.from(bytes, (_, at) => bytes.slice(at, at + 1)))).toEqual(events);
  });

  test('the same, however the bytes are cut, and again for the next segment', () => {
    const part = fc.oneof(
      fc
        .tuple(fc.constantFrom<FrameType>(1, 2, 3, 4), fc.string({ maxLength: 6 }))
        .map(([type, text]) => frame(type, text)),
      fc.uint8Array({ maxLength: 12 }),
    );
    const damage = fc.option(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        damage,
        fc.array(fc.nat({ max: 20 })),
        (parts, hit, cuts) => {
          const joined = concatBytes(...parts);
          const bytes =
            hit === undefined || joined.length === 0
              ? joined
              : changed(joined, hit[0] % joined.length, hit[1]);
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.slice(at, at + cut));
            at += cut;
          }
          chunks.push(bytes.slice(at));
          const expected = eventsOf([bytes]);
          const reader = new FrameReader(tableCrc32);
          expect(eventsOf(chunks, reader)).toEqual(expected);
          expect(eventsOf(chunks, reader)).toEqual(expected);
          // Nothing is lost and nothing is read twice.
          let end = 0;
          for (const event of expected) {
            const [, kind, , offset = '', length = ''] =
              /^(\w+) (\S+ @)?(\d+)\+?(\d*)/.exec(event) ?? [];
            expect(Number(offset)).toBe(end);
            end +=
              kind === 'garbage' || kind === 'torn'
                ? Number(length)
                : event.slice(event.indexOf(' ', event.indexOf('@')) + 1).length + 12;
          }
          expect(end).toBe(bytes.length);
        },
      ),
      { numRuns: runs(2_000) },
    );
  });

  test('a search that finds nothing for too long is given up', () => {
    let checked = 0;
    const never = (): number => {
      checked++;
      return -1;
    };
    // Every eight bytes look like the header of a payload of 2^20 bytes.
    const header = Uint8Array.of(0, 0, 16, 0, 1, 0, 0, 0);
    const bytes = new Uint8Array(3 << 20);
    for (let at = 0; at < bytes.length; at += 8) bytes.set(header, at);
    expect(eventsOf([bytes], new FrameReader(never))).toEqual([`garbage 0+${bytes.length}`]);
    expect(checked).toBe(257);
  });
});

describe('headers', () => {
  const header = (type: number, length: number, enc = 0): unknown => {
    const bytes = Uint8Array.of(
      length,
      length >>> 8,
      length >>> 16,
      length >>> 24,
      type,
      enc,
      0,
      0,
    );
    return readHeader(concatBytes(new Uint8Array(3), bytes), 3);
  };
  test.each<[FrameType, number]>([
    [1, 1_048_576],
    [2, 65_535],
    [3, 4 + 256 * 32 + 65_536],
    [4, 65_535],
  ])('type %i holds %i bytes and no more', (type, max) => {
    expect(header(type, max)).toEqual({ type, enc: 0, length: max });
    expect(header(type, max + 1)).toBeUndefined();
    expect(header(type, 2 ** 31)).toBeUndefined();
    const encrypted = type === frameTypes.payload ? { type, enc: 1, length: 5 } : undefined;
    expect(header(type, 5, 1)).toEqual(encrypted);
    expect(header(type, 5, 2)).toBeUndefined();
  });
  test('there are no other types', () => {
    for (const type of [0, 5, 6, 255]) expect(header(type, 0)).toBeUndefined();
  });
});

describe('epochs', () => {
  const bytes = (count: number, hashes: number, note: Uint8Array): Uint8Array => {
    const encoded = encodeEpoch(new Uint8Array(32 * hashes).fill(9), '');
    encoded[0] = count & 255;
    encoded[1] = count >>> 8;
    return concatBytes(encoded, note);
  };
  test('1 to 256 hashes, then the note', () => {
    for (const count of [1, 2, 256]) {
      const epoch = decodeEpoch(bytes(count, count, utf8('n\u00e9')));
      expect(epoch).toMatchObject({ count, note: 'n\u00e9' });
      expect(epoch?.hashes).toEqual(new Uint8Array(32 * count).fill(9));
    }
    expect(decodeEpoch(bytes(1, 1, new Uint8Array()))).toMatchObject({ note: '' });
    expect(decodeEpoch(bytes(0, 0, utf8('n')))).toBeUndefined();
    expect(decodeEpoch(bytes(257, 257, utf8('n')))).toBeUndefined();
    expect(decodeEpoch(bytes(2, 1, utf8('n')))).toBeUndefined();
    expect(decodeEpoch(bytes(1, 1, Uint8Array.of(0xff)))).toBeUndefined();
    for (const length of [0, 3, 4, 35])
      expect(decodeEpoch(bytes(1, 1, new Uint8Array()).slice(0, length))).toBeUndefined();
  });
});
