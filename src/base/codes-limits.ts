/** Cause and cure of the codes of limits that were crossed. */
export const limitCodes = {
  KNHK_LIMIT_ACTIONS: {
    cause: 'Hooks proposed more actions on one observation than allowed; its outcome is failed.',
    cure: 'Propose fewer actions, or one that stands for several.',
  },
  KNHK_LIMIT_CONDITIONS: {
    cause: 'A rule has more conditions than the limit allows.',
    cure: 'Split the rule in two, or derive one field from several before applying.',
  },
  KNHK_LIMIT_ENTRY: {
    cause: 'A leaf would be longer than 65,535 bytes, the most that an entry of a log may have.',
    cure: 'Fewer actions or guards for one observation; shorter codes and sector names.',
  },
  KNHK_LIMIT_EPOCH: {
    cause: 'More leaves were to share one epoch than an epoch holds.',
    cure: 'Append at most 256 leaves together.',
  },
  KNHK_LIMIT_FIELDS: {
    cause: 'A declaration has no field or more than the limit allows.',
    cure: 'Split the observation into two types.',
  },
  KNHK_LIMIT_FIRED: {
    cause: 'More hooks fired on one observation than a receipt can name; its outcome is failed.',
    cure: 'Make conditions more selective.',
  },
  KNHK_LIMIT_IDS: {
    cause: 'The table of observation ids is full.',
    cure: 'Raise idsMax up to 2^24, or start a new log.',
  },
  KNHK_LIMIT_IN_FLIGHT: {
    cause: 'More observations are in flight than the limit allows.',
    cure: 'Await outcomes, or use applyAll, which has back-pressure.',
  },
  KNHK_LIMIT_PAYLOAD: {
    cause: 'A payload is longer than 1 MiB.',
    cure: 'Smaller records; windows and actions count too.',
  },
  KNHK_LIMIT_RULES: {
    cause: 'There are more hooks or guards than the limit allows.',
    cure: 'Split the rules over several runtimes.',
  },
  KNHK_LIMIT_SHAPES: {
    cause: 'Shapes have more than 100,000 triples, or a batch has more than 256 records.',
    cure: 'Split the shapes by observation type; send smaller batches.',
  },
  KNHK_LIMIT_LOOKAHEAD: {
    cause: 'Looking ahead would weigh more outcomes than allowed.',
    cure: 'A shorter horizon, fewer choices, or a key that makes more states one.',
  },
} as const;
