/** Cause and cure of the codes of streaming, shapes, runtime, loop, replay and command line. */
export const runtimeCodes = {
  KNHK_KERNEL_ENGINE: {
    cause: 'The engine asked for is unknown, or this machine or its prebuilt kernel lacks it.',
    cure: 'Leave the option and KNHK_ENGINE out, or name one that the message lists.',
  },
  KNHK_KERNEL_OBSERVE_WINDOW: {
    cause:
      'Counts of a type with windows were to be streamed; they cannot rebuild what windows hold.',
    cure: "Open the runtime with streaming: { evidence: 'records' }, or apply() this type.",
  },
  KNHK_LOOP_BUSY: {
    cause: 'A cycle is under way.',
    cure: 'Await it before the next one.',
  },
  KNHK_LOOP_CLOSED: {
    cause: 'The loop is closed.',
    cure: 'Open a new one over the runtime.',
  },
  KNHK_LOOP_COST: {
    cause: 'A proposal would make evaluation too costly: stage 5 refuses it.',
    cure: 'Use fewer distinct values, or split the hook.',
  },
  KNHK_LOOP_CUT: {
    cause: 'A proposal passed, but its cycle ran out of time or a part of it failed.',
    cure: 'Look at the problems of the cycle; the same change may be proposed again.',
  },
  KNHK_LOOP_DOCTRINE: {
    cause: 'A proposal leaves what a doctrine allows: stage 3 refuses it.',
    cure: 'Propose a value within the doctrine.',
  },
  KNHK_LOOP_INCOMPATIBLE: {
    cause:
      'A proposal was made for another snapshot, does not link, or breaks recorded observations.',
    cure: 'Propose again against the current snapshot; see the message.',
  },
  KNHK_LOOP_INVARIANT: {
    cause: 'Measurements break an invariant: stage 2 refuses every proposal meanwhile.',
    cure: 'Mend what the message names; rules are not changed on a system that is unwell.',
  },
  KNHK_LOOP_INVERSE: {
    cause: "A proposal's inverse does not restore the parent's rules: stage 6 refuses it.",
    cure: 'Take the inverse from the parent snapshot.',
  },
  KNHK_LOOP_NOT_HELD: {
    cause: 'An approval names a proposal that is not held: decided, stale, or of another log.',
    cure: 'Approve one of those that loop.status() lists as held.',
  },
  KNHK_LOOP_OPTION: {
    cause: 'An option of openLoop, controlLoop, a belief or of looking ahead is not usable.',
    cure: 'See where and expected in the details.',
  },
  KNHK_LOOP_PROPOSAL: {
    cause: 'A proposal does not hold together: stage 1 refuses it.',
    cure: 'Carry the text of the shapes that the change names, and only then.',
  },
  KNHK_LOOP_PROTECTED: {
    cause: 'A proposal touches something protected: stage 4 refuses it.',
    cure: 'Change protected things by a deploy.',
  },
  KNHK_LOOP_ROLLBACK: {
    cause: 'The snapshot to go back to is not an earlier one of this deploy.',
    cure: 'Name one of the snapshots since the last deploy leaf.',
  },
  KNHK_LOOP_SHAPES: {
    cause: "A proposal's shapes are not well-formed by SHACL's own rules: stage 1 refuses it.",
    cure: 'See which property breaks which rule (W3C SHACL, appendix A).',
  },
  KNHK_LOOP_SETTING: {
    cause: 'An option of a detector or planner is not usable.',
    cure: 'See where and expected in the details.',
  },
  KNHK_LOOP_STATE: {
    cause: 'A saved state of a sketch or of the monitor is not one that this version reads.',
    cure: 'Give back what toJSON wrote; without a savepoint the loop folds the whole log.',
  },
  KNHK_LOOP_SERIES: {
    cause: 'A value, a time or a saved state given to a series detector is not usable.',
    cure: 'Give finite numbers, times for all records or none, and states as toJSON() gave them.',
  },
  KNHK_LOOP_STAGE: {
    cause: 'A stage threw or gave no answer that has the form of one, which refuses.',
    cure: 'Report it: stages must judge, not throw.',
  },
  KNHK_LOOP_STAGE_TIMEOUT: {
    cause: 'A stage had not answered at its deadline, or when validation was given up.',
    cure: 'Give it more time, or find what holds it up; nothing is promoted meanwhile.',
  },
  KNHK_LOOP_CYCLE: {
    cause: 'The journal in the log tells of no such cycle.',
    cure: 'List those that there are with knhk loop history.',
  },
  KNHK_LOOP_KNOWLEDGE: {
    cause: 'A document of knowledge is malformed, too large, or was changed after its export.',
    cure: 'Export it again, and import the text as it is.',
  },
  KNHK_LOOP_SNAPSHOT: {
    cause: 'The log names no snapshot by these digits, or more than one.',
    cure: 'Give the hash, or more of its digits, as knhk snapshots list shows it.',
  },
  KNHK_RUNTIME_CLOSED: {
    cause: 'The runtime is closed.',
    cure: 'Open a new one; apply before close().',
  },
  KNHK_RUNTIME_FROZEN: {
    cause: 'The runtime is read-only: freeze() was called or a finding froze it.',
    cure: 'Look at health().reasons; unfreeze() when the cause is gone.',
  },
  KNHK_RUNTIME_OPTION: {
    cause: 'An option beside the observation, or of openRuntime, is not usable.',
    cure: 'See where and expected in the details.',
  },
  KNHK_RUNTIME_STALE: {
    cause: 'A promotion was made for a snapshot that is no longer current.',
    cure: 'Propose again against the current snapshot.',
  },
  KNHK_RUNTIME_TYPE: {
    cause: 'An observation type was not given to openRuntime, or with another declaration.',
    cure: 'Pass the same declaration to openRuntime and to decide or apply.',
  },
  KNHK_SHAPES_OPTION: {
    cause: 'An option of the shapes gate or of a validation is none of its values or out of range.',
    cure: 'See `expected`; leave the option out for its default.',
  },
  KNHK_SHAPES_RECORD: {
    cause: 'A record handed to the shapes gate is not one of the declared observations.',
    cure: 'Open the gate with all declarations; pass the canonical text that reading gave.',
  },
  KNHK_SHAPES_SESSION: {
    cause: 'A session was given a delta while it applied another: by its quads or its evaluator.',
    cure: 'Apply the second delta once the first has returned.',
  },
  KNHK_SHAPES_SPARQL: {
    cause:
      'A SPARQL query of shapes gave no verdict: the evaluator threw, gave no terms, or ?failure.',
    cure: 'See `got` and the query of the shape in `where`; try it with the evaluator alone.',
  },
  KNHK_SHAPES_SYNTAX: {
    cause:
      'A shapes file is not Turtle 1.1, or holds relative IRIs, named graphs or RDF 1.2 terms.',
    cure: 'Follow file and line in `where`; give prefixes and absolute IRIs.',
  },
  KNHK_SHAPES_UNAVAILABLE: {
    cause: 'Validation could not finish: full queue, deadline, crashed worker, closed gate.',
    cure: 'Nothing was decided, so apply again later; raise threads, queueMax or deadlineMs.',
  },
  KNHK_SHAPES_UNSUPPORTED: {
    cause:
      'A shape says what would be ignored or misread: a misspelt sh: term, SPARQL, a lost import.',
    cure: 'Follow shape, file and line in `where`, and `expected`; see CompileShapesOptions.',
  },
  KNHK_TELEMETRY_OPEN: {
    cause: 'An earlier telemetry of this process is still open.',
    cure: 'Open it once in a process; close the earlier one first.',
  },
  KNHK_LOOP_MODEL: {
    cause: 'A model to look ahead over gives no distribution, or a reward that is no number.',
    cure: 'Let the outcomes of each choice have probabilities that add up to 1, finite rewards.',
  },
} as const;
