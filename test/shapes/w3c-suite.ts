import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { termText } from '../../src/shapes/nquads.ts';
import { parseTurtle, type QuadLike, type TermLike } from '../../src/terms/turtle.ts';
import { pathReaderOf, resultKey } from './arbitrary-results.ts';

// The W3C SHACL test suite (w3c/data-shapes) is not part of this repository.
const suites =
  process.env['KNHK_SUITES'] ?? fileURLToPath(new URL('../../../shared/suites', import.meta.url));
const root = resolve(suites, 'w3c-shacl/tests');

/** Whether the suite is there; says so where it is not. */
export const present: boolean = existsSync(resolve(root, 'core/manifest.ttl'));
if (!present) console.warn(`SKIPPED: no W3C SHACL suite at ${root}; set KNHK_SUITES`);

const sh = 'http://www.w3.org/ns/shacl#';
const mf = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#';
const sht = 'http://www.w3.org/ns/shacl-test#';
const rdfType = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

const loaded = new Map<string, QuadLike[]>();

function load(url: string): QuadLike[] {
  let quads = loaded.get(url);
  if (quads === undefined) {
    quads = parseTurtle(readFileSync(fileURLToPath(url), 'utf8'), url, url);
    loaded.set(url, quads);
  }
  return quads;
}

function objects(quads: readonly QuadLike[], subject: string, predicate: string): TermLike[] {
  return quads
    .filter((quad) => quad.subject.value === subject && quad.predicate.value === predicate)
    .map((quad) => quad.object);
}

function filesOf(url: string, found = new Set<string>()): Set<string> {
  const quads = load(url);
  for (const { predicate, object } of quads) {
    if (predicate.value === `${mf}include`) filesOf(object.value, found);
    if (predicate.value === rdfType && object.value === `${sht}Validate`) found.add(url);
  }
  return found;
}

/** The tests' files of one folder, `core` or `sparql`, in the order of the manifests. */
export function suiteFiles(folder: 'core' | 'sparql'): string[] {
  const manifest = resolve(root, folder, 'manifest.ttl');
  return present ? [...filesOf(pathToFileURL(manifest).href)] : [];
}

export const nameOf = (url: string): string => url.split('/').slice(-2).join('/');

/** Blank nodes of report and engine have labels of their own, so they compare as `_`. */
export function anonymousKey(term: TermLike): string {
  return term.termType === 'BlankNode' ? '_' : termText(term);
}

function toText(quads: readonly QuadLike[]): string {
  return quads
    .map((quad) => `${[quad.subject, quad.predicate, quad.object].map(termText).join(' ')} .\n`)
    .join('');
}

/** The document without the test's own description and expected report. */
function withoutTest(quads: readonly QuadLike[]): QuadLike[] {
  const kinds = [`${sh}ValidationReport`, `${sh}ValidationResult`, `${sht}Validate`];
  const isAbout = ({ predicate, object }: QuadLike): boolean =>
    predicate.value === rdfType && kinds.includes(object.value);
  const about = new Set(quads.filter(isAbout).map(({ subject }) => subject.value));
  return quads.filter(
    ({ subject, predicate, object }) =>
      !about.has(subject.value) && !about.has(object.value) && predicate.value !== `${mf}entries`,
  );
}

/** One test of the suite. */
export interface SuiteCase {
  readonly name: string;
  readonly data: readonly QuadLike[];
  /** The shapes graph as N-Triples. */
  readonly shapes: string;
  /** The same without what describes the test. */
  readonly shapesAlone: string;
  /** The keys of the expected results, sorted; undefined where validation must fail. */
  readonly expected: readonly string[] | undefined;
  readonly conforms: boolean;
}

/** Reads a test: its graphs, and focus, path, value, component, shape, severity of its results. */
export function caseOf(url: string): SuiteCase {
  const quads = load(url);
  const test = quads.find(({ object }) => object.value === `${sht}Validate`)?.subject.value ?? '';
  const action = objects(quads, test, `${mf}action`)[0]?.value ?? '';
  const report = objects(quads, test, `${mf}result`)[0]?.value ?? '';
  const graph = (name: string): QuadLike[] =>
    load(objects(quads, action, sht + name)[0]?.value ?? '');
  const pathOf = pathReaderOf(quads);
  const expected = objects(quads, report, `${sh}result`).map((result) => {
    const member = (name: string): TermLike | undefined =>
      objects(quads, result.value, sh + name)[0];
    const path = member('resultPath');
    const unnamed: TermLike = { termType: 'NamedNode', value: '' };
    return resultKey(
      {
        focus: member('focusNode') ?? unnamed,
        path: path === undefined ? null : pathOf(path),
        value: member('value') ?? null,
        component: member('sourceConstraintComponent')?.value ?? '',
        shape: member('sourceShape') ?? unnamed,
        severity: member('resultSeverity')?.value ?? '',
      },
      anonymousKey,
    );
  });
  return {
    name: nameOf(url),
    data: graph('dataGraph'),
    shapes: toText(graph('shapesGraph')),
    shapesAlone: toText(withoutTest(graph('shapesGraph'))),
    expected: report === `${sht}Failure` ? undefined : expected.sort(),
    conforms: objects(quads, report, `${sh}conforms`)[0]?.value === 'true',
  };
}
