import { checkWellFormed } from './place.ts';
import { type TermSink, TripleBuffer } from './sink.ts';
import { TermScanner } from './terms.ts';
import { type Workspace, withWorkspace } from './workspace.ts';

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const quote = 0x22;
const hash = 0x23;
const dot = 0x2e;
const less = 0x3c;
const underscore = 0x5f;

/**
 * Reads N-Triples or N-Quads (W3C RDF 1.1) and hands ids on, without terms as objects. A named
 * graph's triples go where those of the default graph go: a dataset is validated as its union.
 * RDF 1.2 triple terms, base directions and version lines are refused.
 *
 * @param options `graphs: false` for N-Triples, which has no graph labels
 * @returns the statements that were read
 * @throws KnhkError KNHK_TERMS_RDF with line and column; the sink then has terms but no triples
 */
export function scanNQuads(
  text: string,
  sink: TermSink,
  where: string,
  options: { readonly graphs?: boolean } = {},
): number {
  checkWellFormed(text, where);
  const triples = new TripleBuffer();
  withWorkspace((workspace) => {
    const terms = new TermScanner(text, sink, where, workspace);
    // A byte order mark is no part of the text.
    let from = text.charCodeAt(0) === 0xfeff ? 1 : 0;
    while (from < text.length) {
      const next = workspace.fill(text, from);
      terms.enter(from);
      readBlock(terms, workspace, triples, options.graphs ?? true);
      from = next;
    }
  });
  return triples.flush(sink);
}

function readBlock(
  terms: TermScanner,
  workspace: Workspace,
  triples: TripleBuffer,
  graphs: boolean,
): void {
  const { bytes, length } = workspace;
  while (terms.at < length) {
    const code = bytes[terms.at]!;
    if (code === lf || code === cr || code === space || code === tab) terms.at++;
    else if (code === hash) terms.skipComment();
    else {
      if (code !== less && code !== underscore) terms.fail('an IRI or a blank node as subject');
      const subject = terms.subject(code);
      if (terms.next() !== less) terms.fail('an IRI as predicate');
      const predicate = terms.predicate();
      const object = readObject(terms);
      toEnd(terms, graphs);
      triples.add(subject, predicate, object);
    }
  }
}

function readObject(terms: TermScanner): number {
  const code = terms.next();
  if (code === less) return terms.iri();
  if (code === quote) return terms.literal();
  if (code === underscore) return terms.blank();
  return terms.fail('an IRI, a blank node or a quoted literal as object');
}

/** The graph's label, the dot, and nothing but a comment behind it on the line. */
function toEnd(terms: TermScanner, graphs: boolean): void {
  let code = terms.next();
  if (graphs && (code === less || code === underscore)) {
    terms.graph(code);
    code = terms.next();
    if (code !== dot) terms.fail('a dot');
  } else if (code !== dot) {
    terms.fail(graphs ? 'a dot, or an IRI or a blank node as graph' : 'a dot');
  }
  terms.at++;
  code = terms.next();
  if (code === hash) terms.skipComment();
  else if (code !== lf && code !== cr) terms.fail('the end of the line');
}
