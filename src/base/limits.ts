/**
 * Every bound of the library in one table. Formats and array sizes rely on these ceilings;
 * crossing one is a tested error. Those of parts that are not built yet stand here already:
 * factsPerPass, cycleMs.
 *
 * @example
 * limits.epochLeaves; // => 256
 */
export const limits = {
  /** Fields one kernel pass reads. */
  factsPerPass: 8,
  fieldsPerObservation: 64,
  /** Conditions of one hook, guard or window. */
  conditionsPerHook: 8,
  /** Hooks that may fire on one observation. */
  firedPerObservation: 256,
  /** Items of a list field. */
  listItems: 8,
  /** Hooks of one snapshot. */
  hooks: 16_384,
  /** Guards of one snapshot. */
  guards: 1_024,
  /** Verdicts that a leaf names for one action; it counts the others. */
  verdictsPerAction: 8,
  /** Actions that hooks may propose on one observation. */
  actionsPerObservation: 16,
  /** Canonical text of one action. */
  actionBytes: 4_096,
  /** Canonical text of one observation. */
  recordBytes: 65_536,
  /** One string or IRI in UTF-8. */
  stringBytes: 8_192,
  /** The host's id of an observation in UTF-8. */
  idBytes: 256,
  /** Levels of objects and arrays in an action. */
  jsonDepth: 8,
  /** Leaves that an old key signs along for after a rotation, unless told. */
  rotationOverlap: 256,
  /** Most of them. */
  rotationOverlapMax: 65_536,
  /** One leaf. */
  entryBytes: 65_535,
  /** What is stored beside one leaf. */
  payloadBytes: 1_048_576,
  /** Leaves that one checkpoint signs. */
  epochLeaves: 256,
  /** Observations that are applied and not yet answered. */
  inFlight: 1_024,
  /** Threads of the shapes pool, where there are as many cores. */
  poolThreads: 2,
  /** Tasks that wait for a thread of the shapes pool. */
  poolQueue: 256,
  /** Records that are validated in one task. */
  shapesBatch: 256,
  shapesDeadlineMs: 5_000,
  /** Heap of one thread of the shapes pool in MiB. */
  poolMemoryMb: 512,
  /** Characters of graphs that are validated on the calling thread beside an idle pool. */
  inlineCharacters: 16_384,
  /** Characters of one observation that is given as Turtle. */
  recordTurtle: 1_048_576,
  /** Characters of one Turtle text. */
  turtleBytes: 16_777_216,
  /** Triples of all shapes together. */
  shapeTriples: 100_000,
  segmentBytes: 67_108_864,
  /** Observation ids that one log remembers. */
  ids: 16_777_216,
  /** Records of one store of subject keys. */
  subjects: 16_777_216,
  /** Keys of one window or budget. */
  windowKeys: 65_536,
  /** Different values that a window tells apart at one key. */
  windowDistinct: 4_096,
  /** Greatest `max` of a budget. */
  budgetMax: 65_536,
  /** Observations that are evaluated together. */
  observeBatch: 64,
  /** Observations that one count leaf stands for. */
  countObserved: 65_536,
  /** Characters of streamed records at which a count leaf is written. */
  recordsBytes: 16_777_216,
  /** Patterns that one cycle of the loop looks at. */
  patternsPerCycle: 256,
  /** Readings that one cycle of a control loop takes. */
  readingsPerCycle: 65_536,
  /** Outcomes of choices that a planner that looks ahead weighs for one decision. */
  lookaheadOutcomes: 4_194_304,
  /** Steps that it looks ahead. */
  lookaheadSteps: 4_096,
  /** Cells of one belief. */
  beliefCells: 1_048_576,
  cycleMs: 5_000,
  /** Sectors that telemetry tells apart. */
  telemetrySectors: 64,
  /** Values of oneOf and isIn. */
  inSetValues: 1_024,
  /** UTF-16 code units of one pattern. */
  patternUnits: 1_024,
  /** Greatest number in a pattern's repetition. */
  patternRepeat: 256,
  /** Groups of a pattern that stand inside each other. */
  patternDepth: 64,
  /** Parts of a pattern once its repetitions are written out. */
  patternParts: 8_192,
  /** Steps that building one pattern's automaton may take. */
  patternSteps: 2_097_152,
  /** States of one pattern's smallest automaton. */
  patternStates: 1_024,
  /** Tables of one pattern's automaton. */
  patternBytes: 65_536,
  /** Compiled patterns that are kept for the next rule with the same source. */
  patternsKept: 256,
} as const;

/** A table of limits: the names of {@link limits}, each a positive integer. */
export type Limits = { readonly [Name in keyof typeof limits]: number };
