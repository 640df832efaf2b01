import { Buffer } from 'node:buffer';
import { fromUtf8, toBase64 } from '../base/bytes.ts';
import type { SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import { type Keyring, trustKeys } from '../receipts/verify/keyring.ts';
import { encodeTree, parseTree, type TreeEntry } from './objects.ts';
import type { ObjectStore } from './store.ts';

/** What the message of a commit says of its checkpoint. */
export interface Trailers {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** First receipt that the commit before does not cover. */
  readonly from: number;
}

const checkpointFile = 'checkpoint';

const readme = (origin: string): string => `Checkpoints of the receipt log ${origin}

Each commit holds one checkpoint: a signed note (C2SP tlog-checkpoint) that says how many receipts
the log had and which root its tree (RFC 6962). Commits and tags are signed with a key of their
own; the keys that sign checkpoints are in keys/. Trust no key only because it lies here: compare
allowed_signers and keys/policy with what you were given by another way.

    git -c gpg.ssh.allowedSignersFile=FILE log --show-signature
    git fsck --full --strict
    knhk lockchain verify --data LOG --repository . --keyring FILE --allowed FILE
`;

/** Writes the tree of a checkpoint and gives its id; files that did not change cost nothing. */
export async function writeTree(
  store: ObjectStore,
  note: string,
  keyring: Keyring,
  allowedSigners: string,
): Promise<string> {
  const file = async (name: string, text: string): Promise<TreeEntry> => {
    const id = await store.write('blob', Buffer.from(text, 'utf8'));
    return { mode: '100644', name, id };
  };
  const keys = new Map(trustKeys(keyring).keys.map((key) => [key.id, key]));
  const files = [await file('policy', `${JSON.stringify(keyring, undefined, 2)}\n`)];
  for (const { id, vkey } of keys.values()) files.push(await file(`${id}.vkey`, `${vkey}\n`));
  const folder = await store.write('tree', encodeTree(files));
  return store.write(
    'tree',
    encodeTree([
      await file(checkpointFile, note),
      { mode: '40000', name: 'keys', id: folder },
      await file('allowed_signers', allowedSigners),
      await file('README', readme(keyring.origin)),
    ]),
  );
}

/**
 * The checkpoint of a commit's tree as text; undefined where the tree holds none.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_OBJECT
 */
export function readNote(store: ObjectStore, tree: string): string | undefined {
  const entry = parseTree(store.read(tree, 'tree'))?.find(({ name }) => name === checkpointFile);
  return entry === undefined ? undefined : fromUtf8(store.read(entry.id, 'blob'));
}

/** A commit's message; Git reads its last lines as trailers (git-interpret-trailers). */
export function messageOf({ origin, size, root }: SignedCheckpoint, from: number): string {
  return `Checkpoint of size ${size}

Knhk-Origin: ${origin}
Knhk-Tree-Size: ${size}
Knhk-Root: ${toBase64(root)}
Knhk-Entries: ${from}..${size - 1}
`;
}

/** What a message says; undefined where a trailer is missing or malformed. */
export function parseMessage(message: string): Trailers | undefined {
  const find = (name: string, form: string): string =>
    new RegExp(`^Knhk-${name}: (${form})$`, 'mu').exec(message)?.[1] ?? '';
  const digits = '0|[1-9][0-9]{0,15}';
  const [origin, root] = [find('Origin', '.+'), find('Root', '.+')];
  const [size, entries] = [
    find('Tree-Size', digits),
    find('Entries', `(?:${digits})\\.\\.(?:${digits})`),
  ];
  if (origin === '' || root === '' || size === '' || entries === '') return undefined;
  const [from, to] = entries.split('..').map(Number) as [number, number];
  return to === Number(size) - 1 ? { origin, size: Number(size), root, from } : undefined;
}
