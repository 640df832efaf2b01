import { Buffer } from 'node:buffer';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { fail } from '../base/errors.ts';
import { isObjectId } from './objects.ts';
import { flush, parsePktLines, pktLine } from './pkt-line.ts';
import type { RefChange, Remote } from './push-types.ts';
import type { RemoteSession } from './remote-session.ts';

const service = 'git-receive-pack';
const zeroId = '0'.repeat(40);
const timeoutMs = 60_000;
const answerBytesMax = 16_777_216;

interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Address for messages: without what it may hold of credentials. */
const shown = (url: URL): string => `${url.origin}${url.pathname}`;

function targetOf({ url, authorization, timeoutMs: given = timeoutMs }: Remote): Target {
  if (!URL.canParse(url))
    return fail('KNHK_LOCKCHAIN_OPTION', 'remote.url', 'a URL', 'another text');
  const parsed = new URL(url);
  const { username, password } = parsed;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const inside = username === '' ? undefined : `Basic ${Buffer.from(pair).toString('base64')}`;
  const header = authorization ?? inside;
  parsed.username = '';
  parsed.password = '';
  const headers = { 'user-agent': 'git/knhk', ...(header && { authorization: header }) };
  return { url: parsed, headers, timeoutMs: given };
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Content type that the answer must have. */
  readonly answer: string;
}

function ask(target: Target, sent: Sent): Promise<Buffer> {
  const base = target.url.pathname.replace(/\/$/, '');
  const url = new URL(`${base}/${sent.path}`, target.url);
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
  const where = shown(target.url);
  return new Promise((done, reject) => {
    const refuse = (got: string, cause?: unknown): void => {
      try {
        fail('KNHK_LOCKCHAIN_REMOTE', where, 'a repository over smart HTTP', got, cause);
      } catch (error) {
        reject(error);
      }
    };
    const signal = AbortSignal.timeout(target.timeoutMs);
    const headers = { ...target.headers, ...sent.headers };
    const outgoing = send(url, { method: sent.method, headers, signal }, (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on('data', (part: Buffer) => {
        length += part.length;
        if (length <= answerBytesMax) parts.push(part);
        else outgoing.destroy(new Error('an answer without end'));
      });
      response.on('error', (error) => refuse(error.message, error));
      response.on('end', () => {
        const { statusCode, headers: got } = response;
        // A redirection is not followed: it would carry credentials elsewhere.
        if (statusCode !== 200) refuse(`status ${statusCode}`);
        else if (got['content-type'] !== sent.answer) refuse(`content type ${got['content-type']}`);
        else done(Buffer.concat(parts));
      });
    });
    outgoing.on('error', (error) => refuse(error.message, error));
    outgoing.end(sent.body);
  });
}

/**
 * Connects to a repository over Git's smart HTTP (gitprotocol-http, version 0).
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REMOTE, KNHK_LOCKCHAIN_OPTION
 */
export async function httpRemote(remote: Remote): Promise<RemoteSession> {
  const target = targetOf(remote);
  const where = shown(target.url);
  const answer = await ask(target, {
    method: 'GET',
    path: `info/refs?service=${service}`,
    answer: `application/x-${service}-advertisement`,
  });
  const refs = refsOf(parsePktLines(answer));
  if (refs === undefined) {
    return fail('KNHK_LOCKCHAIN_REMOTE', where, 'refs of a repository of SHA-1', 'another answer');
  }
  return {
    refs,
    send: async (changes, { pack }) => {
      const type = `application/x-${service}`;
      const report = await ask(target, {
        method: 'POST',
        path: service,
        headers: { 'content-type': `${type}-request`, accept: `${type}-result` },
        body: Buffer.concat([...changes.map(command), flush, pack]),
        answer: `${type}-result`,
      });
      const problem = problemOf(parsePktLines(report) ?? [], changes);
      if (problem !== undefined) {
        fail('KNHK_LOCKCHAIN_REMOTE', where, 'that it takes what is pushed', problem);
      }
    },
  };
}

/** The refs of an advertisement; undefined where it is none. */
function refsOf(
  lines: readonly (string | undefined)[] | undefined,
): ReadonlyMap<string, string> | undefined {
  if (lines?.[0] !== `# service=${service}` || lines[1] !== undefined) return undefined;
  const [first, ...rest] = lines.slice(2, -1);
  const [line, capabilities = ''] = first?.split('\0') ?? [];
  const words = capabilities.split(' ');
  const format = words.find((word) => word.startsWith('object-format=')) ?? 'object-format=sha1';
  if (line === undefined || format !== 'object-format=sha1') return undefined;
  if (!words.includes('report-status')) return undefined;
  const refs = new Map<string, string>();
  for (const text of [line, ...rest]) {
    const [id = '', name = ''] = text?.split(' ', 2) ?? [];
    if (!isObjectId(id)) return undefined;
    if (id !== zeroId) refs.set(name, id);
  }
  return refs;
}

function command({ ref, before, after }: RefChange, index: number): Buffer {
  const capabilities = index === 0 ? '\0 report-status agent=git/knhk' : '';
  return pktLine(`${before ?? zeroId} ${after} ${ref}${capabilities}`);
}

/** What the report says against it, undefined where everything was taken. */
function problemOf(
  lines: readonly (string | undefined)[],
  changes: readonly RefChange[],
): string | undefined {
  if (lines[0] !== 'unpack ok') return lines[0] ?? 'no report';
  const refused = lines.find((line) => line?.startsWith('ng '));
  if (refused !== undefined) return refused;
  const missing = changes.find(({ ref }) => !lines.includes(`ok ${ref}`));
  return missing === undefined ? undefined : `nothing about ${missing.ref}`;
}
