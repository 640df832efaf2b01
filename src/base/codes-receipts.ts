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
  KNHK_APPROVAL_DUPLICATE: {
    cause: 'One key signed an approval twice.',
    cure: 'Keep one signature line of each key.',
  },
  KNHK_APPROVAL_EXPIRED: {
    cause: 'The approval has expired, or was checked as of a later time than it is about.',
    cure: 'Have it signed again with an expiry that lies ahead.',
  },
  KNHK_APPROVAL_HORIZON: {
    cause: 'The approval expires further ahead than approvals may.',
    cure: 'Have it signed with a nearer expiry, or allow more with `maxAgeMs`.',
  },
  KNHK_APPROVAL_KEY: {
    cause: 'A signature is by a key that is not registered for any approver.',
    cure: 'Register the key, if its owner may approve; remove the line otherwise.',
  },
  KNHK_APPROVAL_KEY_TIME: {
    cause: 'A signature is by a key of an approver that is not valid at this time.',
    cure: 'Sign with a key whose range covers the time of checking.',
  },
  KNHK_APPROVAL_ORIGIN: {
    cause: 'The approval is for another log.',
    cure: 'Sign one that names this log.',
  },
  KNHK_APPROVAL_POLICY: {
    cause: 'Approvers contradict each other, or quorum, proposer or times cannot be.',
    cure: 'Give each key once, under one name, and a quorum that so many names can reach.',
  },
  KNHK_APPROVAL_PROPOSER: {
    cause: 'Who proposed the change or action signed its approval too.',
    cure: 'Have somebody else approve it; all keys of one name are one person.',
  },
  KNHK_APPROVAL_QUORUM: {
    cause: 'Fewer approvers signed than are required; two keys of one name count once.',
    cure: 'Have more approvers add their signatures to the same text.',
  },
  KNHK_APPROVAL_SIGNATURE: {
    cause: 'A signature of an approval does not verify.',
    cure: 'Sign the text again; it changed afterwards, or the signer does not hold its key.',
  },
  KNHK_APPROVAL_SUBJECT: {
    cause: 'The approval is about another proposal or action.',
    cure: 'Sign one that names this proposal or action.',
  },
  KNHK_APPROVAL_TEXT: {
    cause: 'An approval is not the signed note of its five lines, or is about what cannot be.',
    cure: 'Write it with approvalText or signApproval; nothing may be added or left out.',
  },
} as const;
