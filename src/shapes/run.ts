import { canonical } from '../base/canonical.ts';
import { describe } from '../base/errors.ts';
import type { Observation } from '../terms/observation.ts';
import { toQuads } from '../terms/rdf.ts';
import { readRecord } from '../terms/read.ts';
import type { QuadLike, TermLike } from '../terms/turtle.ts';
import type { CompiledShapes, EngineResult, ShapesEngine } from './engine.ts';
import { termText } from './nquads.ts';
import type { ShapesResult } from './result.ts';
import { rdf, rdfs } from './vocabulary.ts';

/** One batch as it crosses to a worker: text only, since cloned quads block the sender. */
export interface BatchTask {
  /** Hash of the shapes document. */
  readonly shapes: string;
  /** Its text, when the answer to a task without it was `need`. */
  readonly text?: string;
  readonly local: boolean;
  /** A JSON array of canonical record texts. */
  readonly records: string;
  /** The records' subjects, to be compared with what the records say. */
  readonly subjects: readonly string[];
}

/** What a worker answers. */
export type BatchAnswer =
  | { readonly kind: 'done'; readonly violations: readonly RecordViolations[] }
  | { readonly kind: 'need' }
  | { readonly kind: 'unreadable'; readonly index: number; readonly got: string }
  | { readonly kind: 'failed'; readonly got: string };

/** The results of one record that does not conform, by its place in the batch. */
export interface RecordViolations {
  readonly index: number;
  readonly results: readonly ShapesResult[];
}

interface Entry {
  readonly index: number;
  readonly subject: string;
  readonly quads: readonly QuadLike[];
}

const compiledMax = 4;
const resultsMax = 64;
const messageMax = 1_024;

/** Validates batches; one per thread, with the shapes and declarations it has seen. */
export interface Runner {
  run(task: BatchTask): Promise<BatchAnswer>;
}

/** Makes the runner of a thread. */
export function makeRunner(observations: readonly Observation[], engine: ShapesEngine): Runner {
  const compiled = new Map<string, CompiledShapes>();
  const declarations = new Map(observations.map((observation) => [observation.hash, observation]));
  const read = entryReader(declarations, engine);
  // A record that declares subclasses would change what other records' classes mean.
  const alone = observations.some(({ predicates }) =>
    Object.values(predicates).includes(`${rdfs}subClassOf`),
  );
  const shapesOf = (task: BatchTask): CompiledShapes | undefined => {
    const known = compiled.get(task.shapes);
    if (known !== undefined || task.text === undefined) return known;
    const made = engine.compile(task.text);
    const oldest = compiled.keys().next().value;
    if (compiled.size >= compiledMax && oldest !== undefined) compiled.delete(oldest);
    compiled.set(task.shapes, made);
    return made;
  };
  return {
    async run(task) {
      try {
        const shapes = shapesOf(task);
        if (shapes === undefined) return { kind: 'need' };
        const entries: Entry[] = [];
        const values = JSON.parse(task.records) as readonly unknown[];
        for (const [index, value] of values.entries()) {
          const entry = read(value, index, task.subjects[index]);
          if ('got' in entry) return { kind: 'unreadable', ...entry };
          entries.push(entry);
        }
        const violations = await validateEntries(shapes, entries, task.local && !alone);
        return { kind: 'done', violations };
      } catch (error) {
        return { kind: 'failed', got: describe(error) };
      }
    },
  };
}

type EntryReader = (
  value: unknown,
  index: number,
  subject: string | undefined,
) => Entry | { readonly index: number; readonly got: string };

function entryReader(
  declarations: ReadonlyMap<string, Observation>,
  engine: ShapesEngine,
): EntryReader {
  // Classes, predicates and datatypes are few and come with every record: their terms are kept.
  const kept = new Map<string, unknown>();
  for (const { class: type, predicates } of declarations.values()) {
    for (const iri of [type, ...Object.values(predicates), `${rdf}type`]) {
      kept.set(iri, engine.terms.namedNode(iri));
    }
  }
  const terms = {
    namedNode: (value: string) => kept.get(value) ?? engine.terms.namedNode(value),
    blankNode: (label: string) => engine.terms.blankNode(label),
    literal: (value: string, datatype: unknown) => engine.terms.literal(value, datatype),
    quad: (subject: unknown, predicate: unknown, object: unknown) =>
      engine.terms.quad(subject, predicate, object),
  };
  return (value, index, subject) => {
    const { declaration, fields } = value as { declaration: string; fields: unknown };
    const observation = declarations.get(declaration);
    if (observation === undefined) return { index, got: `the declaration ${declaration}` };
    const result = readRecord(observation, fields);
    if (!result.ok) return { index, got: canonical(result.issues[0]) };
    const own = result.data[observation.subject] as string;
    if (own !== subject) return { index, got: `the subject ${own}` };
    return { index, subject: own, quads: toQuads(observation, result.data, terms) };
  };
}

async function validateEntries(
  shapes: CompiledShapes,
  entries: readonly Entry[],
  shared: boolean,
): Promise<readonly RecordViolations[]> {
  const found: RecordViolations[] = [];
  const alone: Entry[] = shared ? [] : [...entries];
  for (const graph of shared ? splitBySubject(entries) : []) {
    const violations = await validateShared(shapes, graph);
    if (violations === undefined) alone.push(...graph);
    else found.push(...violations);
  }
  for (const { index, quads } of alone) {
    const results = await shapes.validate(quads);
    if (results.length > 0) found.push({ index, results: report(results) });
  }
  return found;
}

/** Deals entries into graphs of which none holds two entries of one subject. */
export function splitBySubject<Item extends { readonly subject: string }>(
  entries: readonly Item[],
): Item[][] {
  const graphs: Item[][] = [];
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const turn = seen.get(entry.subject) ?? 0;
    seen.set(entry.subject, turn + 1);
    const graph = graphs[turn];
    if (graph === undefined) graphs.push([entry]);
    else graph.push(entry);
  }
  return graphs;
}

/** The violations of one shared graph, or undefined where a result belongs to no record of it. */
async function validateShared(
  shapes: CompiledShapes,
  graph: readonly Entry[],
): Promise<RecordViolations[] | undefined> {
  const results = await shapes.validate(graph.flatMap((entry) => entry.quads));
  if (results.length === 0) return [];
  const bySubject = new Map<string, EngineResult[]>();
  for (const result of results) {
    const subject = result.focus?.termType === 'NamedNode' ? result.focus.value : '';
    const group = bySubject.get(subject);
    if (group === undefined) bySubject.set(subject, [result]);
    else group.push(result);
  }
  const violations: RecordViolations[] = [];
  for (const { index, subject } of graph) {
    const own = bySubject.get(subject);
    if (own === undefined) continue;
    violations.push({ index, results: report(own) });
    bySubject.delete(subject);
  }
  return bySubject.size === 0 ? violations : undefined;
}

/** Results as plain data in an order that does not depend on the engine's. */
function report(results: readonly EngineResult[]): ShapesResult[] {
  const plain = results.map((result): [string, ShapesResult] => {
    const one: ShapesResult = {
      focus: nameOf(result.focus) ?? '',
      path: nameOf(result.path),
      value: result.value === null ? null : termText(result.value),
      component: nameOf(result.component) ?? '',
      severity: nameOf(result.severity) ?? '',
      shape: nameOf(result.shape),
      messages: result.messages.map((message) => message.slice(0, messageMax).toWellFormed()),
    };
    return [JSON.stringify(one), one];
  });
  plain.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return plain.slice(0, resultsMax).map(([, one]) => one);
}

/** An IRI as it is, a blank node as `_:b3`. */
function nameOf(term: TermLike | null): string | null {
  if (term === null) return null;
  return term.termType === 'NamedNode' ? term.value : termText(term);
}
