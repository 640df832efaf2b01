import { join } from 'node:path';
import { fromUtf8, utf8 } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import type { FileDigest } from './copy-files.ts';
import { readFile, replaceFile } from './files.ts';
import type { LogFs } from './fs.ts';

/** What a copy is for: the newest state of a log, or all that ever was in it. */
export type CopyKind = 'backup' | 'archive';

/** One file of a copy. */
export interface ManifestFile extends FileDigest {
  /** Below the log directory, with slashes. */
  readonly path: string;
  /** True for a segment whose payloads were not split off when it was copied. */
  readonly payloads?: true;
}

/** What a copy consists of; only what it lists counts. */
export interface Manifest {
  readonly v: 1;
  readonly kind: CopyKind;
  readonly origin: string;
  /** The signed checkpoint that the copied segments end with. */
  readonly checkpoint: string;
  /** When it was made, in milliseconds since 1970. */
  readonly time: number;
  readonly files: readonly ManifestFile[];
  /** Files whose new version had to wait beside the old one until this manifest was durable. */
  readonly staged: readonly string[];
}

/** The manifest's name, and that of the one which is about to take its place. */
export const manifestName = 'manifest.json';
export const nextManifestName = 'manifest.next.json';

// Nothing else is ever copied, so no manifest can make a restore write outside the log.
const pathPatterns = [
  /^(FORMAT|head)$/,
  /^seg\/[0-9]{12}\.seg$/,
  /^payload\/[0-9]{12}\.pay$/,
  /^blob\/[0-9a-f]{2}\/[0-9a-f]{64}$/,
  /^savepoint\/[0-9]{12}\.json$/,
];

/** True if a copy may hold a file of this path. */
export const isCopied = (path: string): boolean =>
  pathPatterns.some((pattern) => pattern.test(path));

/**
 * Reads a manifest; undefined where there is none.
 *
 * @throws KnhkError KNHK_LOG_COPY where it is damaged
 */
export function readManifest(fs: LogFs, directory: string, name: string): Manifest | undefined {
  const path = join(directory, name);
  const bytes = readFile(fs, path);
  if (bytes === undefined) return undefined;
  const manifest = parse(fromUtf8(bytes) ?? '');
  return manifest ?? fail('KNHK_LOG_COPY', path, 'a manifest of version 1', 'something else');
}

/** Puts a manifest in place, durably. */
export function writeManifest(fs: LogFs, directory: string, name: string, value: Manifest): void {
  replaceFile(fs, join(directory, name), utf8(`${JSON.stringify(value, undefined, 1)}\n`));
}

type Members = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value);

function parse(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['v'] !== 1) return undefined;
  const { kind, origin, checkpoint, time, files, staged } = value;
  if (kind !== 'backup' && kind !== 'archive') return undefined;
  if (typeof origin !== 'string' || typeof checkpoint !== 'string') return undefined;
  if (!isCount(time) || !Array.isArray(files) || !Array.isArray(staged)) return undefined;
  const isWhole =
    files.every(isFile) && new Set(files.map(({ path }) => path)).size === files.length;
  return isWhole ? { v: 1, kind, origin, checkpoint, time, files, staged } : undefined;
}

function isFile(value: unknown): value is ManifestFile {
  if (!isRecord(value)) return false;
  const { path, bytes, sha256, payloads } = value;
  const isNamed = typeof path === 'string' && isCopied(path);
  const isHash = typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
  return isNamed && isHash && isCount(bytes) && (payloads === undefined || payloads === true);
}
