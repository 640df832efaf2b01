import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** What Git stores. */
export type ObjectKind = 'blob' | 'tree' | 'commit' | 'tag';

/** A stored object without its header. */
export interface GitObject {
  readonly kind: ObjectKind;
  readonly content: Buffer;
}

/** A file or folder of a tree. */
export interface TreeEntry {
  readonly mode: '100644' | '40000';
  readonly name: string;
  /** 40 hexadecimal digits. */
  readonly id: string;
}

const idBytes = 20;

/** True for the name of an object in a repository of SHA-1. */
export const isObjectId = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

/** An object with its header, as it is hashed and, compressed, stored loose (gitformat-loose). */
export function frameObject(kind: ObjectKind, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${kind} ${content.length}\0`, 'latin1'), content]);
}

/** SHA-1 over the framed object: Git names objects so; what is signed rests on SHA-256 besides. */
export function objectId(kind: ObjectKind, content: Uint8Array): string {
  return createHash('sha1').update(frameObject(kind, content)).digest('hex');
}

/** Reads a framed object; undefined where header and content do not agree. */
export function parseFramed(bytes: Buffer): GitObject | undefined {
  const end = bytes.indexOf(0);
  const header = bytes.toString('latin1', 0, Math.max(0, end));
  const [, kind, length] = /^(blob|tree|commit|tag) (0|[1-9][0-9]{0,9})$/.exec(header) ?? [];
  const content = bytes.subarray(end + 1);
  if (kind === undefined || content.length !== Number(length)) return undefined;
  return { kind: kind as ObjectKind, content };
}

// Git orders folders as if their names ended in a slash.
const sortName = ({ mode, name }: TreeEntry): Buffer =>
  Buffer.from(mode === '40000' ? `${name}/` : name, 'utf8');

/** The content of a tree object, its entries in Git's order. */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const sorted = [...entries].sort((left, right) =>
    Buffer.compare(sortName(left), sortName(right)),
  );
  return Buffer.concat(
    sorted.flatMap(({ mode, name, id }) => [
      Buffer.from(`${mode} ${name}\0`, 'utf8'),
      Buffer.from(id, 'hex'),
    ]),
  );
}

/** Reads a tree object; undefined where it is malformed or holds links or programs. */
export function parseTree(content: Buffer): readonly TreeEntry[] | undefined {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    const next = end + 1 + idBytes;
    if (end < 0 || next > content.length) return undefined;
    const [, mode, name] =
      /^(100644|40000) ([^/]+)$/su.exec(content.toString('utf8', at, end)) ?? [];
    if (mode === undefined || name === undefined) return undefined;
    const id = content.toString('hex', end + 1, next);
    entries.push({ mode: mode as TreeEntry['mode'], name, id });
    at = next;
  }
  return entries;
}
