/**
 * Every bound of the library in one table (DESIGN section 11). Formats and array sizes rely on
 * these ceilings; crossing one is a tested error. Those of parts that are not built yet stand here
 * already: factsPerPass, listItems, countObserved, cycleMs.
 */
export const limits = {
  /** Fields one kernel pass reads. */
  factsPerPass: 8,
  fieldsPerObservation: 64,
  conditionsPerHook: 8,
  firedPerObservation: 256,
  listItems: 8,
  hooks: 16_384,
  guards: 1_024,
  verdictsPerAction: 8,
  actionsPerObservation: 16,
  actionBytes: 4_096,
  recordBytes: 65_536,
  stringBytes: 8_192,
  idBytes: 256,
  jsonDepth: 8,
  entryBytes: 65_535,
  payloadBytes: 1_048_576,
  epochLeaves: 256,
  inFlight: 1_024,
  poolThreads: 2,
  poolQueue: 256,
  shapesBatch: 256,
  shapesDeadlineMs: 5_000,
  turtleBytes: 16_777_216,
  shapeTriples: 100_000,
  segmentBytes: 67_108_864,
  ids: 16_777_216,
  windowKeys: 65_536,
  windowDistinct: 4_096,
  budgetMax: 65_536,
  countObserved: 65_536,
  patternsPerCycle: 256,
  cycleMs: 5_000,
  /** Sectors that telemetry tells apart. */
  telemetrySectors: 64,
  inSetValues: 1_024,
} as const;

/** A table of limits: the names of {@link limits}, each a positive integer. */
export type Limits = { readonly [Name in keyof typeof limits]: number };
