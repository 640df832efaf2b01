import type { Pass } from './pass.ts';

type Memory = Pick<Pass, 'control' | 'cells' | 'rows' | 'masks' | 'fired' | 'laneBytes' | 'block'>;

/**
 * The portable engine over the memory of a pass: bit for bit what native code does there. Work per
 * cell depends on the number of lanes alone.
 */
export function portableRun(pass: Memory): void {
  const { control, fired } = pass;
  const count = Math.min(control[0]!, fired.length);
  if (pass.block.words <= 1) control[1] = oneWord(pass, count);
  else if (pass.laneBytes === 8) control[1] = twoWords(pass, count);
  else control[1] = manyWords(pass, count, pass.laneBytes / 4);
  control[2] = 0;
  control[3] = 0;
}

function oneWord({ cells, rows, masks, fired }: Memory, count: number): number {
  let found = 0;
  for (let cell = 0; cell < count; cell++) {
    const low = cells[2 * cell]!;
    const high = cells[2 * cell + 1]!;
    const mask =
      rows[(low & 255) << 1]! &
      rows[(((low >>> 8) & 255) + 256) << 1]! &
      rows[(((low >>> 16) & 255) + 512) << 1]! &
      rows[((low >>> 24) + 768) << 1]! &
      rows[((high & 255) + 1_024) << 1]! &
      rows[(((high >>> 8) & 255) + 1_280) << 1]! &
      rows[(((high >>> 16) & 255) + 1_536) << 1]! &
      rows[((high >>> 24) + 1_792) << 1]!;
    masks[2 * cell] = mask;
    masks[2 * cell + 1] = 0;
    fired[found] = cell;
    found += mask === 0 ? 0 : 1;
  }
  return found;
}

function twoWords({ cells, rows, masks, fired }: Memory, count: number): number {
  let found = 0;
  for (let cell = 0; cell < count; cell++) {
    const low = cells[2 * cell]!;
    const high = cells[2 * cell + 1]!;
    const a = (low & 255) << 1;
    const b = (((low >>> 8) & 255) + 256) << 1;
    const c = (((low >>> 16) & 255) + 512) << 1;
    const d = ((low >>> 24) + 768) << 1;
    const e = ((high & 255) + 1_024) << 1;
    const f = (((high >>> 8) & 255) + 1_280) << 1;
    const g = (((high >>> 16) & 255) + 1_536) << 1;
    const h = ((high >>> 24) + 1_792) << 1;
    const one =
      rows[a]! & rows[b]! & rows[c]! & rows[d]! & rows[e]! & rows[f]! & rows[g]! & rows[h]!;
    const two =
      rows[a + 1]! &
      rows[b + 1]! &
      rows[c + 1]! &
      rows[d + 1]! &
      rows[e + 1]! &
      rows[f + 1]! &
      rows[g + 1]! &
      rows[h + 1]!;
    masks[2 * cell] = one;
    masks[2 * cell + 1] = two;
    fired[found] = cell;
    found += (one | two) === 0 ? 0 : 1;
  }
  return found;
}

function manyWords({ cells, rows, masks, fired }: Memory, count: number, words: number): number {
  let found = 0;
  for (let cell = 0; cell < count; cell++) {
    const low = cells[2 * cell]!;
    const high = cells[2 * cell + 1]!;
    const a = (low & 255) * words;
    const b = (((low >>> 8) & 255) + 256) * words;
    const c = (((low >>> 16) & 255) + 512) * words;
    const d = ((low >>> 24) + 768) * words;
    const e = ((high & 255) + 1_024) * words;
    const f = (((high >>> 8) & 255) + 1_280) * words;
    const g = (((high >>> 16) & 255) + 1_536) * words;
    const h = ((high >>> 24) + 1_792) * words;
    let any = 0;
    for (let word = 0; word < words; word++) {
      const mask =
        rows[a + word]! &
        rows[b + word]! &
        rows[c + word]! &
        rows[d + word]! &
        rows[e + word]! &
        rows[f + word]! &
        rows[g + word]! &
        rows[h + word]!;
      masks[cell * words + word] = mask;
      any |= mask;
    }
    fired[found] = cell;
    found += any === 0 ? 0 : 1;
  }
  return found;
}
