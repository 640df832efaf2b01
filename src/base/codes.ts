/** Cause and cure of each error code. Codes are stable: they are added, never renamed. */
export const errorCodes = {
  KNHK_BASE_NOT_CANONICAL: {
    cause: 'A value is not plain JSON data, or holds NaN, -0, a lone surrogate or deep nesting.',
    cure: 'Pass plain objects, arrays, strings, finite numbers, booleans and null only.',
  },
  KNHK_TERMS_NAME: {
    cause:
      'A name of a type, field, rule, parameter, window or budget has a form that is not allowed.',
    cure: 'Types: lower-case words joined by dots or hyphens. Fields: letters, digits, underscores.',
  },
  KNHK_TERMS_DECLARATION: {
    cause: 'A declaration contradicts itself: a role names a missing field, a predicate is no IRI.',
    cure: 'Follow `expected` in the details; roles need required fields of the kind named there.',
  },
  KNHK_TERMS_CONDITION: {
    cause: 'A condition names an unknown field, or compares it with a value of another kind.',
    cure: 'Use a declared field and a value that the field could hold; ordered kinds only for lt..gte.',
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
} as const;

/** A stable error code `KNHK_<ROOM>_<WHAT>`. */
export type ErrorCode = keyof typeof errorCodes;
