/** Cause and cure of the codes of operating a log: copies, restoring, retention. */
export const operateCodes = {
  KNHK_LOG_COPY: {
    cause: 'A backup or archive is incomplete, damaged or of another log, or may not lie there.',
    cure: 'Name another directory, or remove the damaged copy; nothing in it was changed.',
  },
  KNHK_LOG_EXISTS: {
    cause: 'The directory holds a log, or other files, already.',
    cure: 'Name an absent or empty directory; what is there is never written over.',
  },
  KNHK_LOG_POLICY: {
    cause: 'A retention policy is malformed, or asks for the removal of receipts.',
    cure: 'Correct the member that `where` names; receipts and audit leaves are always kept.',
  },
} as const;
