/** Cause and cure of each error code. Codes are stable: they are added, never renamed. */
export const errorCodes = {
  KNHK_BASE_NOT_CANONICAL: {
    cause: 'A value is not plain JSON data, or holds NaN, -0, a lone surrogate or deep nesting.',
    cure: 'Pass plain objects, arrays, strings, finite numbers, booleans and null only.',
  },
  KNHK_TERMS_NAME: {
    cause:
      'A name of a type, field, rule, parameter, window or budget has a form that is not allowed.',
    cure: 'Types: lower-case words with dots or hyphens. Fields: letters, digits, underscores.',
  },
  KNHK_TERMS_DECLARATION: {
    cause: 'A declaration contradicts itself: a role names a missing field, a predicate is no IRI.',
    cure: 'Follow `expected` in the details; roles need required fields of the kind named there.',
  },
  KNHK_TERMS_CONDITION: {
    cause: 'A condition names an unknown field, or compares it with a value of another kind.',
    cure: 'Use a declared field, a value it could hold, and ordered kinds only for lt to gte.',
  },
  KNHK_TERMS_RDF: {
    cause: 'RDF input does not read back to one declared record, or Turtle has a syntax error.',
    cure: 'Give exactly the triples of one observation, without blank nodes; see line and column.',
  },
  KNHK_LIMIT_FIELDS: {
    cause: 'A declaration has no field or more than the limit allows.',
    cure: 'Split the observation into two types.',
  },
  KNHK_LIMIT_CONDITIONS: {
    cause: 'A rule has more conditions than the limit allows.',
    cure: 'Split the rule in two, or derive one field from several before applying.',
  },
  KNHK_RECEIPTS_KEY: {
    cause: 'A signing or verifying key has a wrong length or a name that notes cannot carry.',
    cure: 'Use 32-byte Ed25519 keys and names without spaces, plus signs and control characters.',
  },
  KNHK_RECEIPTS_KEYRING: {
    cause: 'A keyring is not {origin, keys: [{vkey, from, to?}]} with valid vkeys and ranges.',
    cure: 'Correct the member that `where` names; a keyring comes from outside the log directory.',
  },
  KNHK_RECEIPTS_CHECKPOINT: {
    cause:
      'A checkpoint cannot be written: bad origin, size beyond 2^53-1, or a root of wrong size.',
    cure: 'Name the log without spaces, plus signs and control characters, like example.com/ops.',
  },
  KNHK_LOG_OPEN: {
    cause: 'The log directory cannot be created, read or written.',
    cure: 'Check the path, its owner and free space; the system error is in `cause`.',
  },
  KNHK_LOG_FORMAT: {
    cause: 'The directory holds a log of another origin or format version, or has lost its FORMAT.',
    cure: 'Open it with the origin it was created with; never reuse a directory for another log.',
  },
  KNHK_LOG_NETWORK_FS: {
    cause:
      'The directory is on a network file system, which keeps neither locks nor syncs reliably.',
    cure: 'Use a local disk, or PostgreSQL where several machines share one log.',
  },
  KNHK_LOG_LOCKED: {
    cause: 'Another open log, in this process or another one, writes to the directory.',
    cure: 'Close the other one first; verifyLog reads beside a writer without a lock.',
  },
  KNHK_LOG_CORRUPT: {
    cause: 'Stored bytes before the last epoch are damaged or missing; nothing was changed.',
    cure: 'Run verifyLog for all findings and restore the named segment from a copy.',
  },
  KNHK_LOG_ROLLBACK: {
    cause: 'The log holds fewer leaves than its head says were acknowledged.',
    cure: 'Restore the newest copy. Delete `head` only to accept the loss knowingly.',
  },
  KNHK_LOG_SIGNATURE: {
    cause:
      'The last checkpoint is not signed by a trusted key, or the signer is not in the keyring.',
    cure: 'Open with the signer or keyring that the log was written with.',
  },
  KNHK_LOG_POISONED: {
    cause: 'A write, sync or signature failed; what was not acknowledged may or may not be stored.',
    cure: 'Close the log, remove the cause and open it again; recovery decides what is kept.',
  },
  KNHK_LOG_CLOSED: {
    cause: 'The log was closed.',
    cure: 'Open it again.',
  },
  KNHK_LOG_LEAF: {
    cause: 'A leaf to be appended does not have the shape of its kind, or its time runs backwards.',
    cure: 'Correct the member that `got` names; take the time from tick().',
  },
  KNHK_LOG_SEQ: {
    cause: 'A leaf was asked for that the log does not hold durably.',
    cure: 'Ask for seq 0 to durableSize - 1.',
  },
  KNHK_LOG_BLOB: {
    cause: 'A stored blob does not hash to its name.',
    cure: 'Restore the file from a copy.',
  },
  KNHK_LOG_KEYS: {
    cause: 'The key directory is incomplete or its files do not belong together.',
    cure: 'Restore secret, signing.key and keyring.json from a backup; they cannot be made again.',
  },
  KNHK_LIMIT_ENTRY: {
    cause: 'A leaf would be longer than 65,535 bytes, the most that an entry of a log may have.',
    cure: 'Fewer actions or guards for one observation; shorter codes and sector names.',
  },
  KNHK_LIMIT_PAYLOAD: {
    cause: 'A payload is longer than 1 MiB.',
    cure: 'Smaller records; windows and actions count too.',
  },
  KNHK_LIMIT_IDS: {
    cause: 'The table of observation ids is full.',
    cure: 'Raise idsMax up to 2^24, or start a new log.',
  },
  KNHK_SHAPES_SYNTAX: {
    cause:
      'A shapes file is not Turtle 1.1, or holds relative IRIs, named graphs or RDF 1.2 terms.',
    cure: 'Follow file and line in `where`; give prefixes and absolute IRIs.',
  },
  KNHK_SHAPES_UNSUPPORTED: {
    cause: 'A shape uses what would be ignored or misread: SPARQL, a misspelt or unknown sh: term.',
    cure: 'Stay within SHACL Core; `where` names the shape and the property, `expected` the form.',
  },
  KNHK_SHAPES_RECORD: {
    cause: 'A record handed to the shapes gate is not one of the declared observations.',
    cure: 'Open the gate with all declarations; pass the canonical text that reading gave.',
  },
  KNHK_SHAPES_OPTION: {
    cause: 'An option of the shapes gate is no integer or out of range.',
    cure: 'See `expected`; leave the option out for its default.',
  },
  KNHK_SHAPES_UNAVAILABLE: {
    cause: 'Validation could not finish: full queue, deadline, crashed worker, closed gate.',
    cure: 'Nothing was decided, so apply again later; raise threads, queueMax or deadlineMs.',
  },
  KNHK_LIMIT_SHAPES: {
    cause: 'Shapes have more than 100,000 triples, or a batch has more than 256 records.',
    cure: 'Split the shapes by observation type; send smaller batches.',
  },
  KNHK_RULES_PARAMETER: {
    cause: "A parameter's value, range or kind is not usable.",
    cure: 'Give a value of its kind within min and max.',
  },
  KNHK_RULES_WINDOW: {
    cause:
      "A window's declaration is incomplete, names unknown fields, or compares with a parameter.",
    cure: 'Give one aggregate, a declared key and perMs as a multiple of 60 (none: consecutive).',
  },
  KNHK_RULES_BUDGET: {
    cause: "A budget's declaration is not usable.",
    cure: 'Give an action type, a key, a positive perMs and max from 0 to the limit.',
  },
  KNHK_RULES_HOOK: {
    cause: "A hook's declaration is not usable.",
    cure: 'Give on, when, and exactly one of run and act.',
  },
  KNHK_RULES_GUARD: {
    cause: "A guard's declaration is not usable.",
    cure: 'Give on and exactly one of deny, requireApproval and check.',
  },
  KNHK_RULES_DOCTRINE: {
    cause: "A doctrine's rule is not usable.",
    cure: 'Give unique ids and an inclusive range of two finite numbers.',
  },
  KNHK_RULES_SLO: {
    cause: 'The slo record has an unknown name or a value that is no positive number.',
    cure: 'Use the names of the defaults table.',
  },
  KNHK_RULES_DUPLICATE: {
    cause: 'Two definitions of one kind share a name.',
    cure: 'Names are unique in a snapshot: rename one.',
  },
  KNHK_RULES_UNKNOWN: {
    cause: 'A rule names something that is not declared to this runtime.',
    cure: 'Pass the missing observation, action, parameter or window to openRuntime.',
  },
  KNHK_RULES_TEMPLATE: {
    cause: 'An action template names an unknown field or parameter.',
    cure: 'Use literals, {field} or {param} with declared names.',
  },
  KNHK_RULES_CHANGE: {
    cause: 'A change to the rules does not fit the snapshot it is applied to.',
    cure: 'Propose it against the current snapshot; see expected.',
  },
  KNHK_CODE_OPAQUE: {
    cause: 'A function has no readable source, so its hash would not see edits.',
    cure: 'Give the rule a version.',
  },
  KNHK_LIMIT_RULES: {
    cause: 'There are more hooks or guards than the limit allows.',
    cure: 'Split the rules over several runtimes.',
  },
  KNHK_LIMIT_FIRED: {
    cause: 'More hooks fired on one observation than a receipt can name; its outcome is failed.',
    cure: 'Make conditions more selective.',
  },
  KNHK_LIMIT_ACTIONS: {
    cause: 'Hooks proposed more actions on one observation than allowed; its outcome is failed.',
    cure: 'Propose fewer actions, or one that stands for several.',
  },
  KNHK_HOOK_THREW: {
    cause: 'A hook threw; the outcome is failed and nothing leaves.',
    cure: 'Mend the hook; its message is in the outcome, never in a receipt.',
  },
  KNHK_HOOK_ANSWER: {
    cause: 'A hook returned something other than an array of actions; the outcome is failed.',
    cure: 'Return an array of action(...) values, synchronously.',
  },
  KNHK_HOOK_ACTION: {
    cause: 'An action does not fit its declaration or is too large; the outcome is failed.',
    cure: 'Follow the message: it names the field, what was expected and what came.',
  },
  KNHK_HOOK_MISSING: {
    cause: 'A hook fired whose code is not in the catalogue; the outcome is failed.',
    cure: 'Give openRuntime the hook with the version that was deployed.',
  },
  KNHK_GUARD_THREW: {
    cause: "A guard's check threw, which denies.",
    cure: 'Mend the check.',
  },
  KNHK_GUARD_ANSWER: {
    cause: "A guard's check gave an unknown answer, which denies.",
    cure: 'Return allow(), deny(code) or requiresApproval(code), synchronously.',
  },
  KNHK_GUARD_MISSING: {
    cause: "A guard's code is not in the catalogue, which denies.",
    cure: 'Give openRuntime the guard with the version that was deployed.',
  },
  KNHK_RUNTIME_TYPE: {
    cause: 'An observation type was not given to openRuntime, or with another declaration.',
    cure: 'Pass the same declaration to openRuntime and to decide or apply.',
  },
  KNHK_RUNTIME_OPTION: {
    cause: 'An option beside the observation, or of openRuntime, is not usable.',
    cure: 'See where and expected in the details.',
  },
  KNHK_RUNTIME_CLOSED: {
    cause: 'The runtime is closed.',
    cure: 'Open a new one; apply before close().',
  },
  KNHK_RUNTIME_FROZEN: {
    cause: 'The runtime is read-only: freeze() was called or a finding froze it.',
    cure: 'Look at health().reasons; unfreeze() when the cause is gone.',
  },
  KNHK_RUNTIME_STALE: {
    cause: 'A promotion was made for a snapshot that is no longer current.',
    cure: 'Propose again against the current snapshot.',
  },
  KNHK_LIMIT_IN_FLIGHT: {
    cause: 'More observations are in flight than the limit allows.',
    cure: 'Await outcomes, or use applyAll, which has back-pressure.',
  },
  KNHK_LOOP_OPTION: {
    cause: 'An option of openLoop is not usable.',
    cure: 'See where and expected in the details.',
  },
  KNHK_LOOP_CLOSED: {
    cause: 'The loop is closed.',
    cure: 'Open a new one over the runtime.',
  },
  KNHK_LOOP_BUSY: {
    cause: 'A cycle is under way.',
    cure: 'Await it before the next one.',
  },
  KNHK_LOOP_PROPOSAL: {
    cause: 'A proposal does not hold together: stage 1 refuses it.',
    cure: 'Carry the text of the shapes that the change names, and only then.',
  },
  KNHK_LOOP_INVARIANT: {
    cause: 'Measurements break an invariant: stage 2 refuses every proposal meanwhile.',
    cure: 'Mend what the message names; rules are not changed on a system that is unwell.',
  },
  KNHK_LOOP_DOCTRINE: {
    cause: 'A proposal leaves what a doctrine allows: stage 3 refuses it.',
    cure: 'Propose a value within the doctrine.',
  },
  KNHK_LOOP_PROTECTED: {
    cause: 'A proposal touches something protected: stage 4 refuses it.',
    cure: 'Change protected things by a deploy.',
  },
  KNHK_LOOP_COST: {
    cause: 'A proposal would make evaluation too costly: stage 5 refuses it.',
    cure: 'Use fewer distinct values, or split the hook.',
  },
  KNHK_LOOP_INVERSE: {
    cause: "A proposal's inverse does not restore the parent's rules: stage 6 refuses it.",
    cure: 'Take the inverse from the parent snapshot.',
  },
  KNHK_LOOP_INCOMPATIBLE: {
    cause:
      'A proposal was made for another snapshot, does not link, or breaks recorded observations.',
    cure: 'Propose again against the current snapshot; see the message.',
  },
  KNHK_LOOP_STAGE: {
    cause: 'A stage threw, which refuses.',
    cure: 'Report it: stages must judge, not throw.',
  },
  KNHK_LOOP_ROLLBACK: {
    cause: 'The snapshot to go back to is not an earlier one of this deploy.',
    cure: 'Name one of the snapshots since the last deploy leaf.',
  },
} as const;

/** A stable error code `KNHK_<ROOM>_<WHAT>`. */
export type ErrorCode = keyof typeof errorCodes;
