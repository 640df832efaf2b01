import { canonical } from '../base/canonical.ts';
import type { Observation } from '../terms/observation.ts';
import { toQuads } from '../terms/rdf.ts';
import { readRecord } from '../terms/read.ts';
import type { QuadLike, TermLike } from '../terms/turtle.ts';
import type { CompiledShapes, EngineResult, ShapesEngine } from './engine.ts';
import { termText } from './nquads.ts';
import { refused } from './pool/answer.ts';
import { unknownPlace } from './pool/split.ts';
import type { Found, Task, TaskAnswer } from './pool/task.ts';
import type { ShapesResult } from './result.ts';
import type { Progress } from './run.ts';
import { rdf, rdfs } from './vocabulary.ts';

interface Entry {
  readonly index: number;
  readonly subject: string;
  readonly quads: readonly QuadLike[];
}

type EntryReader = (
  text: string,
  index: number,
  subject: string | undefined,
) => Entry | { readonly index: number; readonly got: string };

/** Shapes made ready for records. */
export interface RecordShapes {
  readonly read: EntryReader;
  readonly compiled: CompiledShapes;
  /** Whether each record has a data graph of its own, whatever the shapes are. */
  readonly apart: boolean;
}

const resultsMax = 64;
const messageMax = 1_024;

/** Compiles shapes for records of these declarations. */
export function recordShapes(
  engine: ShapesEngine,
  observations: readonly Observation[],
): (text: string) => RecordShapes {
  const read = entryReader(observations, engine);
  // A record that declares subclasses would change what other records' classes mean.
  const apart = observations.some(({ predicates }) =>
    Object.values(predicates).includes(`${rdfs}subClassOf`),
  );
  return (text) => ({ read, compiled: engine.compile(text), apart });
}

/** Validates records, in shared data graphs where the shapes allow that. */
export async function runRecords(
  { read, compiled, apart }: RecordShapes,
  { texts, subjects, local }: Task,
  progress: Progress,
): Promise<TaskAnswer> {
  const found: Found[] = [];
  const entries: Entry[] = [];
  for (let index = 0; index < texts.length; index++) {
    const entry = read(progress.begin(index), index, subjects[index]);
    if ('got' in entry) found.push([index, { kind: 'unreadable', got: entry.got }]);
    else entries.push(entry);
  }
  const alone =
    local && !apart ? await inSharedGraphs(compiled, entries, progress, found) : entries;
  for (const [place, { index, quads }] of alone.entries()) {
    if (place > 0 && progress.late()) return { kind: 'done', upTo: index, found };
    progress.at(index + 1);
    try {
      const results = await compiled.validate(quads);
      if (results.length > 0) found.push([index, { kind: 'results', results: report(results) }]);
    } catch (error) {
      found.push([index, refused(error)]);
    }
  }
  return { kind: 'done', upTo: texts.length, found };
}

function entryReader(observations: readonly Observation[], engine: ShapesEngine): EntryReader {
  const declarations = new Map(observations.map((observation) => [observation.hash, observation]));
  // Classes, predicates and datatypes are few and come with every record: their terms are kept.
  const kept = new Map<string, unknown>();
  for (const { class: type, predicates } of observations) {
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
  return (text, index, subject) => {
    const { declaration, fields } = JSON.parse(text) as { declaration: string; fields: unknown };
    const observation = declarations.get(declaration);
    if (observation === undefined) return { index, got: `the declaration ${declaration}` };
    const result = readRecord(observation, fields);
    if (!result.ok) return { index, got: canonical(result.issues[0]) };
    const own = result.data[observation.subject] as string;
    if (own !== subject) return { index, got: `the subject ${own}` };
    return { index, subject: own, quads: toQuads(observation, result.data, terms) };
  };
}

/** Puts what it finds into `found`, and returns the entries that need a graph of their own. */
async function inSharedGraphs(
  compiled: CompiledShapes,
  entries: readonly Entry[],
  progress: Progress,
  found: Found[],
): Promise<readonly Entry[]> {
  const alone: Entry[] = [];
  progress.at(unknownPlace);
  for (const graph of splitBySubject(entries)) {
    const violations = await validateShared(compiled, graph);
    if (violations === undefined) alone.push(...graph);
    else found.push(...violations);
  }
  // Whoever stops halfway says so with one number.
  return alone.sort((left, right) => left.index - right.index);
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

/**
 * The violations of one shared graph, or undefined where a result belongs to no record of it or
 * the engine fails: by itself, each record shows whether it is the one.
 */
async function validateShared(
  shapes: CompiledShapes,
  graph: readonly Entry[],
): Promise<Found[] | undefined> {
  const bySubject = new Map<string, EngineResult[]>();
  try {
    const results = await shapes.validate(graph.flatMap((entry) => entry.quads));
    for (const result of results) {
      const subject = result.focus?.termType === 'NamedNode' ? result.focus.value : '';
      const group = bySubject.get(subject);
      if (group === undefined) bySubject.set(subject, [result]);
      else group.push(result);
    }
  } catch {
    return undefined;
  }
  const violations: Found[] = [];
  for (const { index, subject } of graph) {
    const own = bySubject.get(subject);
    if (own === undefined) continue;
    violations.push([index, { kind: 'results', results: report(own) }]);
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
