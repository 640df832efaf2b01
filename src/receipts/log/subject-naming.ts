import { Buffer } from 'node:buffer';
import { hmacKey } from '#sha256';
import type { SubjectNaming } from './queries.ts';
import { subjectName } from './segment-rows.ts';
import type { SubjectFields } from './subject-fields.ts';

/** Names the subject of an entry: an encrypted payload says it, a plain one holds it. */
export function subjectNaming(subjects: SubjectFields | undefined): SubjectNaming {
  const names = subjects === undefined ? undefined : hmacKey(subjects.key);
  return ({ leaf, payload, subject }) => {
    if (subject !== undefined) return subject;
    const field = leaf.kind === 'apply' ? subjects?.fields[leaf.type] : undefined;
    if (names === undefined || payload === undefined || field === undefined) return undefined;
    return subjectName(names, Buffer.from(payload, 'utf8'), field);
  };
}
