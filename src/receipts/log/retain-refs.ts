import type { Leaf } from '../verify/leaf-types.ts';
import { type Blob, getBlob } from './blobs.ts';
import type { LogFs } from './fs.ts';

/** Kind of the document that says what retention removed. */
export const retentionKind = 'retention';

/** Hashes of the stored documents that a leaf names. Its parent is not among them: it is past. */
export function blobsNamed(leaf: Leaf): readonly string[] {
  switch (leaf.kind) {
    case 'apply':
      return [leaf.snapshot];
    case 'count':
      return leaf.records === undefined ? [leaf.snapshot] : [leaf.snapshot, leaf.records];
    case 'deploy':
      return [leaf.snapshot, leaf.catalogue];
    case 'promote':
    case 'rollback':
      return [leaf.snapshot, leaf.proposal];
    case 'access':
    case 'config':
      return leaf.detail === undefined ? [] : [leaf.detail];
    default:
      return [];
  }
}

/** The member of a document that names the one before it, by the document's kind. */
const pastMembers: ReadonlyMap<string, string> = new Map([
  ['snapshot', 'parent'],
  ['loop', 'previous'],
]);

/** Everything in a text that has the form of a hash. */
export const hashesIn = (text: string): readonly string[] =>
  text.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g) ?? [];

/**
 * What a stored document refers to: this room does not know the documents, so whatever looks like
 * a hash counts. A snapshot's parent and what an entry of the loop's journal links to do not, or
 * nothing would ever be past; nor does the list of what was removed.
 */
function referencesOf({ kind, text }: Blob): readonly string[] {
  if (kind === retentionKind) return [];
  const past = pastMembers.get(kind);
  if (past === undefined) return hashesIn(text);
  const value: unknown = JSON.parse(text);
  return hashesIn(JSON.stringify({ ...(value as object), [past]: null }));
}

/**
 * The stored documents that some lead to, themselves included.
 *
 * @throws KnhkError KNHK_LOG_BLOB where one is damaged: what it led to cannot be told
 */
export function reachable(
  fs: LogFs,
  directory: string,
  roots: Iterable<string>,
  known: ReadonlySet<string> = new Set(),
): Set<string> {
  const found = new Set<string>();
  const open = [...roots];
  for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
    if (found.has(hash) || known.has(hash)) continue;
    const blob = getBlob(fs, directory, hash);
    if (blob === undefined) continue;
    found.add(hash);
    open.push(...referencesOf(blob));
  }
  return found;
}
