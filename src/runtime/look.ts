import { type FiredLanes, findLanes, ownersOf, scratchOf } from '../kernel/run.ts';
import type { ContextState } from '../rules/context.ts';
import type { TypePlan } from '../rules/snapshot.ts';
import { otherMode, otherPlace, type PlaceSource, placeOf } from './place.ts';

/**
 * Whether anything fires, straight from raw input: 0 nothing, 1 something, -1 a field that
 * conditions read cannot be read. After 1, the lanes that fired stand where the look was told.
 */
export type Look = (
  input: Record<string, unknown>,
  context: ContextState,
  at: number,
) => -1 | 0 | 1;

/**
 * The portable look: places by a loop over the columns, then the program's blocks. Nothing is
 * allocated.
 *
 * @param fired receives the lanes as given
 */
export function portableLook(
  { program }: Pick<TypePlan, 'program'>,
  sources: readonly PlaceSource[],
  fired: FiredLanes,
): Look {
  const kept = scratchOf(program);
  let depth = 0;
  return (input, context, at) => {
    // A getter of the host's object may look in its turn: that look has places of its own.
    const scratch = depth === 0 ? kept : scratchOf(program);
    const { places } = scratch;
    depth++;
    try {
      for (let index = 0; index < sources.length; index++) {
        const source = sources[index]!;
        const place =
          source.mode === otherMode
            ? otherPlace(source, input, context, at)
            : placeOf(source, valueAt(input, index, source.name));
        if (Number.isNaN(place)) return -1;
        places[index] = place;
      }
      const count = findLanes(program.layout, scratch);
      if (count === 0) return 0;
      ownersOf(program, scratch, count, fired);
      return 1;
    } finally {
      depth--;
    }
  };
}

/**
 * `input[name]`, each of the first eight columns at a load of its own. One shared load sees all
 * names and becomes megamorphic, which takes five times as long as these do (V8's inline caches).
 */
function valueAt(input: Record<string, unknown>, index: number, name: string): unknown {
  switch (index) {
    case 0:
      return input[name];
    case 1:
      return input[name];
    case 2:
      return input[name];
    case 3:
      return input[name];
    case 4:
      return input[name];
    case 5:
      return input[name];
    case 6:
      return input[name];
    default:
      return input[name];
  }
}
