/** Cause and cure of the codes of encryption and erasure. */
export const privacyCodes = {
  KNHK_LIMIT_SUBJECTS: {
    cause: 'The store of subject keys holds as many records as the limit allows.',
    cure: 'Go on in a new log with a store of its own.',
  },
  KNHK_LOG_KEK: {
    cause: 'The key encryption key is missing, or not the one that the subject keys are under.',
    cure: 'Give the key encryption key that the store was made with; it cannot be made again.',
  },
  KNHK_LOG_SUBJECT_KEYS: {
    cause: 'The store of subject keys is missing, damaged or of another log.',
    cure: 'Restore it from its own backup, which is kept apart from that of the data.',
  },
  KNHK_RUNTIME_ENCRYPTION: {
    cause: 'Something needs the option `encryption`, or the log was begun without it.',
    cure: 'Open an encrypted log with `encryption`; encrypt a log from its first observation on.',
  },
  KNHK_RUNTIME_ERASE: {
    cause: 'An erasure has no subject or reason, or its reason or actor names the subject.',
    cure: 'Name a ticket or an article of law instead: a leaf stays for ever.',
  },
} as const;
