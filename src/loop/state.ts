import type { RulesDocument } from '../rules/document.ts';
import type { Observation } from '../terms/observation.ts';
import type { TrialEvent } from './execute/execution.ts';
import { Execution, type ExecutionJson } from './execute/execution.ts';
import type { ExecutionPlan } from './execute/options.ts';
import { firstLink, type JournalItem, learn } from './journal-read.ts';
import { Knowledge, type KnowledgeState } from './knowledge/knowledge.ts';
import {
  Monitor,
  type MonitorCount,
  type MonitorEvent,
  type MonitorJson,
} from './monitor/monitor.ts';
import type { MonitorOptions } from './monitor/options.ts';
import type { TypeHandle } from './monitor/type-state.ts';
import { problemOf } from './problems.ts';
import type { CycleProblem, Detector, Pattern } from './types.ts';

/** What the loop keeps in a savepoint of the runtime. */
export interface SavedLoop {
  readonly size: number;
  /** Apply leaves among them. */
  readonly applied: number;
  readonly snapshot: string;
  readonly monitor: MonitorJson;
  /** Absent in older savepoints, as what follows. */
  readonly detectors?: { readonly [name: string]: unknown };
  readonly knowledge?: KnowledgeState;
  readonly execution?: ExecutionJson;
  readonly alerting?: readonly string[];
  /** Hash of the journal's last document. */
  readonly previous?: string;
}

/** What a loop's state is made for. */
export interface StateParts {
  readonly origin: string;
  /** The rules at the place where folding begins. */
  readonly document: RulesDocument;
  readonly detectors: readonly Detector[];
  readonly plan: ExecutionPlan;
  readonly monitor: MonitorOptions;
  /** The types that may be observed. */
  readonly observations: Iterable<Observation>;
}

const problemsMax = 16;

/**
 * Everything the loop knows: a deterministic fold over the log, the same whether its leaves are
 * read back or heard as they are written.
 */
export class LoopState {
  readonly monitor: Monitor;
  readonly knowledge: Knowledge;
  readonly execution: Execution;
  readonly #detectors: readonly Detector[];
  #alerting: ReadonlySet<string>;
  #previous: string;
  #problems: CycleProblem[] = [];

  constructor(parts: StateParts, saved?: SavedLoop) {
    const { origin, document, detectors, plan, monitor, observations } = parts;
    this.monitor = new Monitor(document, monitor, observations);
    if (saved !== undefined) this.monitor.restore(saved.monitor);
    this.knowledge = new Knowledge(origin, saved?.knowledge);
    this.execution = new Execution(plan, saved?.execution);
    this.#detectors = detectors;
    this.#alerting = new Set(saved?.alerting);
    this.#previous = saved?.previous ?? firstLink;
    for (const detector of detectors) {
      const state = saved?.detectors?.[detector.name];
      if (state !== undefined) detector.restore?.(state);
    }
  }

  /** Hash of the journal's last document. */
  get previous(): string {
    return this.#previous;
  }

  /** What went wrong since the last call, for the next cycle to tell. */
  takeProblems(): readonly CycleProblem[] {
    const problems = this.#problems;
    this.#problems = [];
    return problems;
  }

  /** True where people were told of a pattern already, and it has not gone since. */
  isAlerting(pattern: Pattern): boolean {
    return this.#alerting.has(alertKey(pattern));
  }

  /**
   * An observation was sequenced.
   *
   * @param handle of its type, where it is at hand
   */
  observe(event: MonitorEvent, trial: TrialEvent, handle?: TypeHandle): void {
    this.monitor.observe(event, handle);
    for (const detector of this.#detectors) {
      if (detector.observe === undefined) continue;
      try {
        detector.observe(event);
      } catch (error) {
        this.trouble(problemOf('monitor', error, detector.name));
      }
    }
    this.execution.observe(trial);
  }

  count(event: MonitorCount): void {
    this.monitor.count(event);
  }

  /**
   * A leaf of the journal, or one that changes the rules.
   *
   * @param document the rules that hold from here on, where it changes them
   */
  take(item: JournalItem, document?: RulesDocument): void {
    learn(this.knowledge, item);
    if (item.kind === 'finding') {
      const message = `seq ${item.seq}: ${item.message}`;
      this.trouble({ phase: 'knowledge', message });
    } else if (item.kind === 'entry') {
      this.#takeEntry(item);
    } else {
      const { kind, snapshot, time } = item.change;
      const { proposal = '', parent } = item;
      if (kind !== 'promote') this.execution.changed();
      else this.execution.promoted({ proposal, snapshot, parent: parent ?? '' }, time);
      if (document !== undefined) this.monitor.follow(document);
    }
  }

  #takeEntry({ entry, place, detail }: JournalItem & { readonly kind: 'entry' }): void {
    this.#previous = detail;
    switch (entry.event) {
      case 'cycle': {
        const alerts = entry.patterns.filter(({ recommend }) => recommend === 'alert');
        this.#alerting = new Set(alerts.map(alertKey));
        break;
      }
      case 'proposal':
        this.execution.considered(entry);
        break;
      case 'canary':
        this.execution.canary(entry, place.time);
        break;
      case 'outcome':
        this.execution.concluded(entry);
        break;
      default:
    }
  }

  /** Something went wrong between cycles: the next one tells. */
  trouble(problem: CycleProblem): void {
    if (this.#problems.length < problemsMax) this.#problems.push(problem);
  }

  toJSON(): Omit<SavedLoop, 'size' | 'applied' | 'snapshot'> {
    const states = this.#detectors.flatMap((detector) =>
      detector.save === undefined ? [] : [[detector.name, detector.save()] as const],
    );
    return {
      monitor: this.monitor.toJSON(),
      detectors: Object.fromEntries(states),
      knowledge: this.knowledge.toJSON(),
      execution: this.execution.toJSON(),
      alerting: [...this.#alerting],
      previous: this.#previous,
    };
  }
}

const alertKey = ({ detector, kind, subject, direction }: Pattern): string =>
  `${detector}\n${kind}\n${subject}\n${direction ?? ''}`;
