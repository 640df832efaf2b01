import { firedLanes } from '../kernel/run.ts';
import { conformsTo, type SigmaRoute } from '../rules/sigma.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import { type Look, portableLook } from './look.ts';
import { generatedLook } from './lookCode.ts';
import type { Checked } from './outcome.ts';
import { placeSource } from './place.ts';

/** How a type's shapes are looked at before its hooks are. */
export interface SigmaGlance {
  /** What is said of an observation that hooks and guards decide about. */
  readonly checked: Checked;
  /** 0 where raw input conforms; undefined where there is nothing to look at. */
  readonly look: Look | undefined;
  /** True where a record that was read violates. */
  violates(data: Data): boolean;
}

const nothingToCheck: SigmaGlance = {
  checked: 'conforms',
  look: undefined,
  violates: () => false,
};
const unchecked: SigmaGlance = { ...nothingToCheck, checked: 'unchecked' };

/** The look of a route; `generate` allows code from strings. */
export function sigmaOf(
  route: SigmaRoute | undefined,
  observation: Observation,
  generate: boolean,
): SigmaGlance {
  if (route === undefined) return nothingToCheck;
  if (route.kind === 'warm') return unchecked;
  if (route.lanes.length === 0) return nothingToCheck;
  // Lanes of shapes read no windows.
  const sources = route.program.columns.map((column) => placeSource(column, observation, {}));
  const fired = firedLanes(route.program);
  const generated = generate ? generatedLook(route, sources, fired) : undefined;
  return {
    checked: 'conforms',
    look: generated ?? portableLook(route, sources, fired),
    violates: (data) => !conformsTo(route, data),
  };
}

/**
 * Both looks as one: what {@link Look} answers, or 2 where the observation violates its shapes. An
 * unreadable field is found by the reading of the whole.
 */
export function shapedLook(
  shapes: Look | undefined,
  hooks: Look,
): (...given: Parameters<Look>) => -1 | 0 | 1 | 2 {
  if (shapes === undefined) return hooks;
  return (input, context, at) => {
    const found = shapes(input, context, 0);
    if (found !== 0) return found === 1 ? 2 : -1;
    return hooks(input, context, at);
  };
}
