import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the oracle is asked; main.go says which question needs what. Hashes are base64. */
export interface Question {
  readonly op:
    | 'vkey'
    | 'note'
    | 'checkpoint'
    | 'inclusion'
    | 'consistency'
    | 'grow'
    | 'root'
    | 'prove'
    | 'extend'
    | 'tiles';
  readonly [name: string]: unknown;
}

export interface Answer {
  readonly ok: boolean;
  readonly verdict?: string;
  readonly names?: readonly string[];
  readonly hashes?: readonly string[];
  readonly error?: string;
}

/** Where Debian's golang-golang-x-mod-dev lies; found the old way, no module proxy is asked. */
const goPath = '/usr/share/gocode';
const answersMax = 268_435_456;

/** Why there is no oracle here, or undefined where it can be built. */
export function oracleMissing(): string | undefined {
  const version = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (version.status !== 0) return 'skipped where go is not installed';
  const isThere = existsSync(join(goPath, 'src/golang.org/x/mod/sumdb/tlog'));
  return isThere ? undefined : 'skipped where golang-golang-x-mod-dev is not installed';
}

/** The compiled oracle, in a directory of its own that `remove` takes away. */
export class Oracle {
  readonly #directory = mkdtempSync(join(tmpdir(), 'knhk-go-'));

  constructor() {
    const source = fileURLToPath(new URL('main.go', import.meta.url));
    const built = spawnSync('go', ['build', '-o', join(this.#directory, 'oracle'), source], {
      encoding: 'utf8',
      env: {
        ...process.env,
        GO111MODULE: 'off',
        GOPATH: goPath,
        GOCACHE: join(this.#directory, 'cache'),
        GOFLAGS: '',
        CGO_ENABLED: '0',
      },
    });
    if (built.status !== 0) throw new Error(`go build: ${built.error ?? built.stderr}`);
  }

  /** The answers to all questions, in their order. */
  ask(questions: readonly Question[]): Answer[] {
    const input = questions.map((question) => JSON.stringify(question)).join('\n');
    const run = spawnSync(join(this.#directory, 'oracle'), {
      ...{ input, encoding: 'utf8', maxBuffer: answersMax },
    });
    if (run.status !== 0) throw new Error(`oracle: ${run.error ?? run.stderr}`);
    const answers = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
    if (answers.length === questions.length) return answers;
    throw new Error(`${answers.length} answers to ${questions.length} questions`);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
