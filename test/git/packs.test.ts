import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDelta, makeDelta } from '../../src/git/delta.ts';
import { type ObjectKind, objectId } from '../../src/git/objects.ts';
import { encodeIndex, PackIndex } from '../../src/git/pack-index.ts';
import { PackReader } from '../../src/git/pack-reader.ts';
import { buildPack, type PackObject } from '../../src/git/pack-writer.ts';
import { ObjectStore } from '../../src/git/store.ts';
import { nodeFs } from '../../src/receipts/log/index.ts';
import { temporary } from '../receipts/support.ts';
import { git, gitWith, hasGit } from './support.ts';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  // Few different bytes, so that much of it is found again.
  fc.array(fc.constantFrom(65, 66), { maxLength: 400 }).map((list) => Uint8Array.from(list)),
);
/** A base, and a target made of pieces of it and of others. */
const related = fc
  .tuple(
    fc.uint8Array({ minLength: 40, maxLength: 400 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), bytes)),
  )
  .map(([base, pieces]) => {
    const parts = pieces.flatMap(([from, length, other]) => [
      base.subarray(from % base.length, (from % base.length) + (length % 64)),
      other,
    ]);
    return [Buffer.from(base), Buffer.concat(parts)] as const;
  });

const objectOf = (kind: ObjectKind, content: Uint8Array): PackObject => ({
  id: objectId(kind, content),
  kind,
  content: Buffer.from(content),
});

/** A bare repository for Git, with a pack in it. */
async function packed(
  objects: readonly PackObject[],
): Promise<{ readonly directory: string; readonly reader: PackReader }> {
  const directory = temporary();
  for (const name of ['objects/pack', 'refs'])
    mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, 'HEAD'), 'ref: refs/heads/main\n');
  const { name, pack, index } = await buildPack(objects);
  const path = join(directory, 'objects/pack', `pack-${name}`);
  writeFileSync(`${path}.pack`, pack);
  writeFileSync(`${path}.idx`, index);
  return { directory, reader: new PackReader(nodeFs, `${path}.pack`, PackIndex.read(index)!) };
}

const none = (): undefined => undefined;

describe('deltas', () => {
  it('make the target from the base', () => {
    fc.assert(
      fc.property(related, ([base, target]) => {
        expect(applyDelta(base, makeDelta(base, target))).toEqual(target);
      }),
      { numRuns: 500 },
    );
  });
  it('are short where target and base are alike', () => {
    const base = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) >> 7));
    const target = Buffer.concat([
      base.subarray(0, 200_000),
      Buffer.from('new'),
      base.subarray(200_000),
    ]);
    expect(makeDelta(base, target).length).toBeLessThan(64);
    expect(applyDelta(base, makeDelta(base, target))?.equals(target)).toBe(true);
  });
  it('that do not fit make nothing: another base, cut off, reserved, beyond the base', () => {
    const base = Buffer.from('0123456789abcdef0123456789abcdef');
    const delta = makeDelta(base, Buffer.concat([base, base]));
    expect(applyDelta(base.subarray(1), delta)).toBeUndefined();
    for (let length = 0; length < delta.length; length++) {
      expect(applyDelta(base, delta.subarray(0, length))).toBeUndefined();
    }
    const head = [base.length, 4];
    expect(applyDelta(base, Buffer.from([...head, 0]))).toBeUndefined();
    expect(applyDelta(base, Buffer.from([...head, 0x91, 30, 4]))).toBeUndefined();
    expect(applyDelta(base, Buffer.from([...head, 0x91, 28, 4]))?.toString()).toBe('cdef');
    // A size beyond any object of ours is not even begun.
    expect(
      applyDelta(base, Buffer.from([base.length, 255, 255, 255, 255, 1, 0x90, 1])),
    ).toBeUndefined();
  });
  it('copy 65,536 bytes where no count is given, as Git writes it', () => {
    const base = Buffer.alloc(65_536, 7);
    const delta = Buffer.from([0x80, 0x80, 4, 0x80, 0x80, 4, 0x80]);
    expect(applyDelta(base, delta)?.equals(base)).toBe(true);
    // Where it is said to be given, and is cut off, it is not that.
    expect(applyDelta(base, Buffer.from([...delta.subarray(0, -1), 0x90]))).toBeUndefined();
  });
});

const contents = fc
  .array(fc.tuple(fc.constantFrom<ObjectKind>('blob', 'commit', 'tag'), related), {
    minLength: 1,
    maxLength: 30,
  })
  .map((list) => {
    const objects = list.flatMap(([kind, [base, target]]) => [
      objectOf(kind, base),
      objectOf(kind, target),
    ]);
    return [...new Map(objects.map((object) => [object.id, object])).values()];
  });

describe('packs', () => {
  it('give back every object, and nothing that they do not hold', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (objects) => {
        const { reader } = await packed(objects);
        for (const { id, kind, content } of objects) {
          expect(reader.read(reader.index.find(id)!, none)).toEqual({ kind, content });
        }
        expect(reader.index.find('0'.repeat(40))).toBeUndefined();
        expect(reader.index.find('f'.repeat(40))).toBeUndefined();
        expect(reader.index.entries().map(({ id }) => id)).toEqual(
          objects.map(({ id }) => id).sort(),
        );
      }),
      { numRuns: 15 },
    );
  });
  it.skipIf(!hasGit)('are verified by Git, index and differences too', async () => {
    const checkpoint = (at: number): Buffer =>
      Buffer.from(
        `example.com/ops\n${at}\n${objectId('blob', Buffer.from([at]))}\n${'same '.repeat(40)}`,
      );
    const objects = Array.from({ length: 130 }, (_, at) => objectOf('blob', checkpoint(at)));
    const { directory, reader } = await packed([
      objectOf('blob', Buffer.from('readme\n'.repeat(9))),
      ...objects,
    ]);
    const checked = git(directory, 'verify-pack', '-v', reader.path.replace(/pack$/, 'idx'));
    expect(checked.status).toBe(0);
    // A chain of 50 at most, then a whole object.
    expect(checked.out).toContain('chain length = 50: 2 objects');
    expect(checked.out).not.toContain('chain length = 51');
    const ours = readFileSync(reader.path.replace(/pack$/, 'idx'));
    git(directory, 'index-pack', '-o', 'theirs.idx', reader.path);
    expect(ours.equals(readFileSync(join(directory, 'theirs.idx')))).toBe(true);
  });
  it.skipIf(!hasGit)(
    'are read where Git made them, with deltas that name their base by id',
    async () => {
      const directory = temporary();
      git(directory, 'init', '-q', '--bare');
      const texts = Array.from({ length: 20 }, (_, at) =>
        Buffer.from(`${'line of text '.repeat(50)}${at}`),
      );
      const ids = texts.map((text) =>
        gitWith(directory, text, 'hash-object', '-w', '--stdin').toString().trim(),
      );
      const list = Buffer.from(`${ids.join('\n')}\n`);
      const base = 'objects/pack/pack';
      for (const words of [['--delta-base-offset'], []]) {
        gitWith(directory, list, 'pack-objects', '-q', ...words, base);
      }
      git(directory, 'prune-packed');
      const store = new ObjectStore(nodeFs, directory);
      expect(store.packs().length).toBeGreaterThan(0);
      expect(store.loose()).toEqual([]);
      for (const [at, id] of ids.entries()) expect(store.read(id, 'blob')).toEqual(texts[at]);
    },
  );
  it('with any byte flipped give the right object, or none', async () => {
    const texts = Array.from({ length: 6 }, (_, at) => Buffer.from(`${'text '.repeat(20)}${at}`));
    const objects = texts.map((text) => objectOf('blob', text));
    const { directory, reader } = await packed(objects);
    const files = readdirSync(join(directory, 'objects/pack')).map((name) =>
      join(directory, 'objects/pack', name),
    );
    expect(files).toHaveLength(2);
    let damaged = 0;
    for (const file of files) {
      const sound = readFileSync(file);
      for (let at = 0; at < sound.length; at++) {
        const broken = Buffer.from(sound);
        broken[at]! ^= 0x55;
        writeFileSync(file, broken);
        const store = new ObjectStore(nodeFs, directory);
        for (const { id, content } of objects) {
          const found = store.look(id);
          if (typeof found === 'string') damaged++;
          else expect(found.content).toEqual(content);
        }
      }
      writeFileSync(file, sound);
    }
    expect(damaged).toBeGreaterThan(reader.index.count);
  }, 60_000);
});

describe('an index', () => {
  it('reads offsets beyond 2 GiB', () => {
    const entries = [1, 2 ** 31, 2 ** 33].map((offset, at) => ({
      id: String(at).repeat(40),
      offset,
      crc: at,
    }));
    const index = PackIndex.read(encodeIndex(entries, Buffer.alloc(20)))!;
    expect(index.entries()).toEqual(entries);
    for (const { id, offset } of entries) expect(index.find(id)).toBe(offset);
  });
  it('is refused cut off anywhere', async () => {
    const { index } = await buildPack([objectOf('blob', Buffer.from('a'))]);
    for (let length = 0; length < index.length; length += 7) {
      expect(PackIndex.read(index.subarray(0, length))).toBeUndefined();
    }
  });
});
