import { Buffer } from 'node:buffer';
import { isObjectId } from './objects.ts';

/** A commit as this library writes it. */
export interface Commit {
  /** 40 hexadecimal digits. */
  readonly tree: string;
  readonly parents: readonly string[];
  /** Author and committer date in whole seconds since 1970, UTC. */
  readonly seconds: number;
  readonly message: string;
}

/** A commit or tag that was read, apart from its signature. */
export interface Signed<Content> {
  readonly value: Content;
  /** What the signature covers. */
  readonly payload: Buffer;
  /** The armored SSH signature, undefined where there is none. */
  readonly signature: string | undefined;
}

/** An annotated tag. */
export interface Tag {
  /** The tagged commit. */
  readonly commit: string;
  readonly name: string;
  readonly seconds: number;
  readonly message: string;
}

// A name that no mail reaches: what counts is the signature.
const identity = 'knhk <lockchain@knhk.invalid>';
const header = 'gpgsig ';

/** The bytes of a commit that are signed. */
export function commitPayload({ tree, parents, seconds, message }: Commit): Buffer {
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${identity} ${seconds} +0000`,
    `committer ${identity} ${seconds} +0000`,
    '',
    message,
  ];
  return Buffer.from(lines.join('\n'), 'utf8');
}

/** A commit object: the payload with its signature as one more header (gitformat-signature). */
export function signCommit(payload: Buffer, signature: string): Buffer {
  const end = payload.indexOf('\n\n') + 1;
  const folded = signature.trimEnd().replaceAll('\n', '\n ');
  return Buffer.concat([
    payload.subarray(0, end),
    Buffer.from(`${header}${folded}\n`, 'latin1'),
    payload.subarray(end),
  ]);
}

/** The bytes of a tag that are signed. */
export function tagPayload({ commit, name, seconds, message }: Tag): Buffer {
  const lines = [
    `object ${commit}`,
    'type commit',
    `tag ${name}`,
    `tagger ${identity} ${seconds} +0000`,
    '',
    message,
  ];
  return Buffer.from(lines.join('\n'), 'utf8');
}

/** A tag object: the signature follows the message. */
export function signTag(payload: Buffer, signature: string): Buffer {
  return Buffer.concat([payload, Buffer.from(signature, 'latin1')]);
}

/** Reads a commit; undefined where a header is missing or malformed. Others are ignored. */
export function parseCommit(content: Buffer): Signed<Commit> | undefined {
  const end = content.indexOf('\n\n');
  if (end < 0) return undefined;
  const kept: string[] = [];
  const folded: string[] = [];
  let isSignature = false;
  for (const line of content.toString('latin1', 0, end).split('\n')) {
    if (!line.startsWith(' ')) isSignature = line.startsWith(header);
    if (isSignature) folded.push(line.startsWith(' ') ? line.slice(1) : line.slice(header.length));
    else kept.push(line);
  }
  const rest = content.subarray(end);
  const payload = Buffer.concat([Buffer.from(kept.join('\n'), 'latin1'), rest]);
  const signature = folded.length === 0 ? undefined : `${folded.join('\n')}\n`;
  const tree = /^tree (.*)$/.exec(kept[0] ?? '')?.[1] ?? '';
  const parents = kept.flatMap((line) => /^parent (.*)$/.exec(line)?.[1] ?? []);
  const seconds = secondsOf(kept, 'committer');
  if (seconds === undefined || ![tree, ...parents].every(isObjectId)) return undefined;
  const message = rest.toString('utf8', 2);
  return { value: { tree, parents, seconds, message }, payload, signature };
}

/** Reads an annotated tag of a commit; undefined where it is anything else. */
export function parseTag(content: Buffer): Signed<Tag> | undefined {
  // The last one counts, as it does for Git: a message may quote another.
  const start = content.lastIndexOf('\n-----BEGIN SSH SIGNATURE-----\n') + 1;
  const payload = start === 0 ? content : content.subarray(0, start);
  const signature = start === 0 ? undefined : content.toString('latin1', start);
  const end = payload.indexOf('\n\n');
  if (end < 0) return undefined;
  const lines = payload.toString('utf8', 0, end).split('\n');
  const commit = /^object (.*)$/.exec(lines[0] ?? '')?.[1] ?? '';
  const name = /^tag (.*)$/.exec(lines[2] ?? '')?.[1];
  const seconds = secondsOf(lines, 'tagger');
  const isWhole = isObjectId(commit) && lines[1] === 'type commit';
  if (!isWhole || name === undefined || seconds === undefined) return undefined;
  const message = payload.toString('utf8', end + 2);
  return { value: { commit, name, seconds, message }, payload, signature };
}

function secondsOf(lines: readonly string[], role: string): number | undefined {
  const line = lines.find((candidate) => candidate.startsWith(`${role} `));
  const text = / (0|[1-9][0-9]{0,14}) [+-][0-9]{4}$/.exec(line ?? '')?.[1];
  return text === undefined ? undefined : Number(text);
}
