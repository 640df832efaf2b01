import type { SurveyedLeaf, SurveyListener, UnreadablePlace } from '../receipts/log/survey.ts';
import type { LeafPlace, StatusFinding } from './status-types.ts';

const kinds = [
  ...['apply', 'count', 'deploy', 'promote', 'rollback', 'approve'],
  ...['key', 'access', 'config', 'erase'],
];
const outcomes = ['acted', 'pending', 'denied', 'idle', 'failed', 'invalid'] as const;
const findingsMax = 100;

const zeros = (names: readonly string[]): Map<string, number> =>
  new Map([...names, 'other'].map((name) => [name, 0]));

function count(counts: Map<string, number>, name: string): void {
  const known = counts.has(name) ? name : 'other';
  counts.set(known, (counts.get(known) as number) + 1);
}

/** Where the rules changed last. */
interface Change extends LeafPlace {
  readonly kind: 'deploy' | 'promote' | 'rollback';
  readonly snapshot: string;
}

/** What is counted while a log is walked through; its size does not depend on the log's. */
export class StatusFold implements SurveyListener {
  readonly #kinds = zeros(kinds);
  readonly #outcomes = zeros(outcomes);
  readonly #findings: StatusFinding[] = [];
  #dropped = 0;
  /** Seqs whose time is wanted, and sizes whose checkpoint is. */
  readonly #times: ReadonlySet<number>;
  readonly #sizes: ReadonlySet<number>;
  readonly timeAt: Map<number, number> = new Map();
  readonly noteAt: Map<number, string> = new Map();
  /** Documents of retention. */
  readonly retentions: string[] = [];
  note: string | undefined;
  first: LeafPlace | undefined;
  last: LeafPlace | undefined;
  deployed: Change | undefined;
  changed: Change | undefined;

  constructor(times: Iterable<number>, sizes: Iterable<number>) {
    this.#times = new Set(times);
    this.#sizes = new Set(sizes);
  }

  leaf({ seq, kind, time, outcome, snapshot, removed }: SurveyedLeaf): void {
    count(this.#kinds, kind);
    if (outcome !== undefined) count(this.#outcomes, outcome);
    this.first ??= { seq, time };
    this.last = { seq, time };
    if (this.#times.has(seq)) this.timeAt.set(seq, time);
    if (removed !== undefined) this.retentions.push(removed);
    if (snapshot === undefined) return;
    if (kind === 'deploy') this.deployed = { seq, time, kind, snapshot };
    if (kind === 'promote' || kind === 'rollback') this.changed = { seq, time, kind, snapshot };
  }

  epoch(size: number, note: string): void {
    this.note = note;
    if (this.#sizes.has(size)) this.noteAt.set(size, note);
  }

  unreadable({ seq, where, what }: UnreadablePlace): void {
    this.find({ kind: 'unreadable', severity: 'problem', seq, message: `${where}: ${what}` });
  }

  find(finding: StatusFinding): void {
    if (this.#findings.length < findingsMax) this.#findings.push(finding);
    else this.#dropped++;
  }

  get findings(): readonly StatusFinding[] {
    return this.#findings;
  }

  get findingsDropped(): number {
    return this.#dropped;
  }

  get kinds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#kinds);
  }

  get outcomes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#outcomes);
  }

  /** The leaf that made the current rules current. */
  get current(): Change | undefined {
    const { deployed, changed } = this;
    return (deployed?.seq ?? -1) > (changed?.seq ?? -1) ? deployed : changed;
  }
}
