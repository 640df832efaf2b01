/** Cause and cure of the codes of declarations, of rules, and of the mistakes rules make. */
export const ruleCodes = {
  KNHK_BASE_NOT_CANONICAL: {
    cause: 'A value is not plain JSON data, or holds NaN, -0, a lone surrogate or deep nesting.',
    cure: 'Pass plain objects, arrays, strings, finite numbers, booleans and null only.',
  },
  KNHK_CODE_OPAQUE: {
    cause: 'A function has no readable source, so its hash would not see edits.',
    cure: 'Give the rule a version.',
  },
  KNHK_GUARD_ANSWER: {
    cause: "A guard's check gave an unknown answer, which denies.",
    cure: 'Return allow(), deny(code) or requiresApproval(code), synchronously.',
  },
  KNHK_GUARD_MISSING: {
    cause: "A guard's code is not in the catalogue, which denies.",
    cure: 'Give openRuntime the guard with the version that was deployed.',
  },
  KNHK_GUARD_THREW: {
    cause: "A guard's check threw, which denies.",
    cure: 'Mend the check.',
  },
  KNHK_HOOK_ACTION: {
    cause: 'An action does not fit its declaration or is too large; the outcome is failed.',
    cure: 'Follow the message: it names the field, what was expected and what came.',
  },
  KNHK_HOOK_ANSWER: {
    cause: 'A hook returned something other than an array of actions; the outcome is failed.',
    cure: 'Return an array of action(...) values, synchronously.',
  },
  KNHK_HOOK_MISSING: {
    cause: 'A hook fired whose code is not in the catalogue; the outcome is failed.',
    cure: 'Give openRuntime the hook with the version that was deployed.',
  },
  KNHK_HOOK_THREW: {
    cause: 'A hook threw; the outcome is failed and nothing leaves.',
    cure: 'Mend the hook; its message is in the outcome, never in a receipt.',
  },
  KNHK_RULES_BUDGET: {
    cause: "A budget's declaration is not usable.",
    cure: 'Give an action type, a key, a positive perMs and max from 0 to the limit.',
  },
  KNHK_RULES_CHANGE: {
    cause: 'A change to the rules does not fit the snapshot it is applied to.',
    cure: 'Propose it against the current snapshot; see expected.',
  },
  KNHK_RULES_DOCTRINE: {
    cause: "A doctrine's rule is not usable.",
    cure: 'Give unique ids and an inclusive range of two finite numbers.',
  },
  KNHK_RULES_DUPLICATE: {
    cause: 'Two definitions of one kind share a name.',
    cure: 'Names are unique in a snapshot: rename one.',
  },
  KNHK_RULES_GUARD: {
    cause: "A guard's declaration is not usable.",
    cure: 'Give on and exactly one of deny, requireApproval and check.',
  },
  KNHK_RULES_HOOK: {
    cause: "A hook's declaration is not usable.",
    cure: 'Give on, when, and exactly one of run and act.',
  },
  KNHK_RULES_PARAMETER: {
    cause: "A parameter's value, range or kind is not usable.",
    cure: 'Give a value of its kind within min and max.',
  },
  KNHK_RULES_SLO: {
    cause: 'The slo record has an unknown name or a value that is no positive number.',
    cure: 'Use the names of the defaults table.',
  },
  KNHK_RULES_TEMPLATE: {
    cause: 'An action template names an unknown field or parameter.',
    cure: 'Use literals, {field} or {param} with declared names.',
  },
  KNHK_RULES_UNKNOWN: {
    cause: 'A rule names something that is not declared to this runtime.',
    cure: 'Pass the missing observation, action, parameter or window to openRuntime.',
  },
  KNHK_RULES_WINDOW: {
    cause:
      "A window's declaration is incomplete, names unknown fields, or compares with a parameter.",
    cure: 'Give one aggregate, a declared key and perMs as a multiple of 60 (none: consecutive).',
  },
  KNHK_TERMS_CONDITION: {
    cause: 'A condition names an unknown field, or compares it with a value of another kind.',
    cure: 'Use a declared field, a value it could hold, and ordered kinds only for lt to gte.',
  },
  KNHK_TERMS_DECLARATION: {
    cause: 'A declaration contradicts itself: a role names a missing field, a predicate is no IRI.',
    cure: 'Follow `expected` in the details; roles need required fields of the kind named there.',
  },
  KNHK_TERMS_NAME: {
    cause:
      'A name of a type, field, rule, parameter, window or budget has a form that is not allowed.',
    cure: 'Types: lower-case words with dots or hyphens. Fields: letters, digits, underscores.',
  },
  KNHK_TERMS_PATTERN: {
    cause: 'A pattern has a syntax error, needs more than a finite automaton, or crosses a limit.',
    cure: 'No back references or lookaround; fewer or smaller repetitions; see where and expected.',
  },
  KNHK_TERMS_RDF: {
    cause: 'RDF has a syntax error, or is not what was asked for, such as one declared record.',
    cure: 'Follow line, column and what was expected; of an observation give exactly its triples.',
  },
} as const;
