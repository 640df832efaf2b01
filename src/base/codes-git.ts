/** Cause and cure of the codes of the lockchain: checkpoints in a Git repository. */
export const gitCodes = {
  KNHK_LOCKCHAIN_CHECKPOINT: {
    cause: "The log's last checkpoint is not signed by its keyring, or not in its directory.",
    cure: 'Give the keyring and the directory of the log that the checkpoint is of.',
  },
  KNHK_LOCKCHAIN_CLOSED: {
    cause: 'The lockchain was closed.',
    cure: 'Open it again.',
  },
  KNHK_LOCKCHAIN_FORK: {
    cause: "The repository's newest checkpoint is not one of the log's: the two have parted.",
    cure: 'Keep both as evidence, find out which was changed, and run knhk lockchain verify.',
  },
  KNHK_LOCKCHAIN_KEY: {
    cause: "The lockchain's key is no Ed25519 key, belongs to the log, or signs wrongly.",
    cure: 'Give it a key of its own: knhk lockchain init makes one.',
  },
  KNHK_LOCKCHAIN_LOCKED: {
    cause: 'Another process, or another open lockchain in this one, writes to the repository.',
    cure: 'Close the other one first; verifying needs no lock.',
  },
  KNHK_LOCKCHAIN_OBJECT: {
    cause: 'An object of the repository is missing or damaged.',
    cure: 'Fetch it from a clone, or rebuild the repository from the log.',
  },
  KNHK_LOCKCHAIN_OPTION: {
    cause: 'An option of the lockchain is outside its range, or missing where it is needed.',
    cure: 'Correct the option that `where` names.',
  },
  KNHK_LOCKCHAIN_REMOTE: {
    cause: 'The remote repository cannot be reached, or did not take what was pushed.',
    cure: 'Correct address, credentials or rights; the next push sends what is missing.',
  },
  KNHK_LOCKCHAIN_REPOSITORY: {
    cause: 'There is no lockchain of this log at the path, or there is one where none may be.',
    cure: 'Make one with knhk lockchain init, or rebuild it from the log in a new directory.',
  },
  KNHK_LOCKCHAIN_REWRITTEN: {
    cause: 'The remote repository holds commits that are not in ours: history was rewritten.',
    cure: 'Compare both with knhk lockchain verify; a push never overwrites.',
  },
  KNHK_LOCKCHAIN_ROLLBACK: {
    cause: "The repository's newest checkpoint covers more leaves than the log holds.",
    cure: 'Restore the newest copy of the log; what the checkpoint covers was acknowledged.',
  },
} as const;
