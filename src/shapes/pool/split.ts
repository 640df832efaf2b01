/** Where a thread was when it ended: nobody knows, at the shapes, or from 1 on at an item. */
export const unknownPlace = 0;
export const atShapes = -1;

/** What {@link takeApart} gives: a part to be tried next, and parts that others go before. */
export interface Parts<One> {
  readonly next: readonly One[];
  readonly last: readonly (readonly One[])[];
}

/**
 * Takes apart what a thread died of, or cannot finish. The item that it was at stays alone and
 * comes last, since it may do so again; where nobody knows, the items are halved, and each half
 * waits for the other before it is halved again. Each part is smaller, so whoever is guilty ends
 * alone. What happened at the shapes says nothing about the items, and they stay together.
 */
export function takeApart<One>(items: readonly One[], place: number): Parts<One> {
  if (items.length < 2 || place === atShapes) return { next: items, last: [] };
  const suspect = items[place - 1];
  if (suspect !== undefined) {
    return { next: items.filter((item) => item !== suspect), last: [[suspect]] };
  }
  const half = items.length >> 1;
  return { next: [], last: [items.slice(0, half), items.slice(half)] };
}
