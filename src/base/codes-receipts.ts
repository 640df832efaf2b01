/** Cause and cure of the codes of the log and of its verification. */
export const receiptCodes = {
  KNHK_LOG_BLOB: {
    cause: 'A stored blob does not hash to its name.',
    cure: 'Restore the file from a copy.',
  },
  KNHK_LOG_CLOSED: {
    cause: 'The log was closed.',
    cure: 'Open it again.',
  },
  KNHK_LOG_CORRUPT: {
    cause: 'Stored bytes before the last epoch are damaged or missing; nothing was changed.',
    cure: 'Run verifyLog for all findings and restore the named segment from a copy.',
  },
  KNHK_LOG_FORMAT: {
    cause: 'The directory holds a log of another origin or format version, or has lost its FORMAT.',
    cure: 'Open it with the origin it was created with; never reuse a directory for another log.',
  },
  KNHK_LOG_KEYS: {
    cause: 'The key directory is incomplete or its files do not belong together.',
    cure: 'Restore secret, signing.key and keyring.json from a backup; they cannot be made again.',
  },
  KNHK_LOG_LEAF: {
    cause: 'A leaf to be appended does not have the shape of its kind, or its time runs backwards.',
    cure: 'Correct the member that `got` names; take the time from tick().',
  },
  KNHK_LOG_LOCKED: {
    cause: 'Another open log, in this process or another one, writes to the directory.',
    cure: 'Close the other one first; verifyLog reads beside a writer without a lock.',
  },
  KNHK_LOG_NETWORK_FS: {
    cause:
      'The directory is on a network file system, which keeps neither locks nor syncs reliably.',
    cure: 'Use a local disk, or PostgreSQL where several machines share one log.',
  },
  KNHK_LOG_OPEN: {
    cause: 'The log directory cannot be created, read or written.',
    cure: 'Check the path, its owner and free space; the system error is in `cause`.',
  },
  KNHK_LOG_POISONED: {
    cause: 'A write, sync or signature failed; what was not acknowledged may or may not be stored.',
    cure: 'Close the log, remove the cause and open it again; recovery decides what is kept.',
  },
  KNHK_LOG_QUERY: {
    cause: 'Leaves were looked for by nothing, by two things at once, or by what is no hash.',
    cure: 'Give exactly one of hash, subject and fired.',
  },
  KNHK_LOG_ROLLBACK: {
    cause: 'The log holds fewer leaves than its head says were acknowledged.',
    cure: 'Restore the newest copy. Delete `head` only to accept the loss knowingly.',
  },
  KNHK_LOG_SEQ: {
    cause: 'A leaf was asked for that the log does not hold durably.',
    cure: 'Ask for seq 0 to durableSize - 1.',
  },
  KNHK_LOG_ROTATION: {
    cause: 'A rotation or revocation names a key or a seq that it cannot be about.',
    cure: 'Rotate to a new key; revoke a key of the keyring that no longer signs.',
  },
  KNHK_LOG_SIGNATURE: {
    cause:
      'The last checkpoint is not signed by a trusted key, or the signer is not in the keyring.',
    cure: 'Open with the signer or keyring that the log was written with.',
  },
  KNHK_RECEIPTS_CHECKPOINT: {
    cause:
      'A checkpoint cannot be written: bad origin, size beyond 2^53-1, or a root of wrong size.',
    cure: 'Name the log without spaces, plus signs and control characters, like example.com/ops.',
  },
  KNHK_RECEIPTS_KEY: {
    cause: 'A signing or verifying key has a wrong length or a name that notes cannot carry.',
    cure: 'Use 32-byte Ed25519 keys and names without spaces, plus signs and control characters.',
  },
  KNHK_RECEIPTS_KEYRING: {
    cause: 'A keyring is not {origin, keys: [{vkey, from, to?, ...}]}, or contradicts itself.',
    cure: 'Correct the member that `where` names; a keyring comes from outside the log directory.',
  },
  KNHK_RECEIPTS_PROOF: {
    cause: 'A proof was asked for that the tree cannot give, or one with parts that cannot be.',
    cure: 'Ask for seq and sizes up to the size of the tree; hashes have 32 bytes.',
  },
  KNHK_RECEIPTS_WITNESS: {
    cause: 'Witness keys, their threshold or a cosignature to be written cannot be.',
    cure: 'Give each cosigner one vkey of type 0x04, and a threshold from 0 to their number.',
  },
} as const;
