import type { ShapesDocument } from '../../src/shapes/document.ts';
import { referenceEngine } from '../../src/shapes/reference.ts';
import type { QuadLike, TermLike } from '../../src/terms/turtle.ts';
import { type ComparedResult, pathReader } from './arbitrary-results.ts';

const unnamed: TermLike = { termType: 'NamedNode', value: '' };

/** All results of the reference engine, rdf-validate-shacl. */
export async function referenceResults(
  document: ShapesDocument,
  data: readonly QuadLike[],
): Promise<readonly ComparedResult[]> {
  const { terms, compile } = referenceEngine();
  const literal = (term: TermLike) =>
    terms.literal(term.value, term.language || terms.namedNode(term.datatype?.value ?? ''));
  // A blank node has no maker of its own in the seam, because records hold none.
  const blank = (label: string) =>
    (terms as unknown as { blankNode(name: string): TermLike }).blankNode(label);
  const convert = (term: TermLike): TermLike => {
    if (term.termType === 'NamedNode') return terms.namedNode(term.value) as TermLike;
    return term.termType === 'Literal' ? (literal(term) as TermLike) : blank(term.value);
  };
  const quads = data.map(({ subject, predicate, object }) =>
    terms.quad(convert(subject), convert(predicate), convert(object)),
  );
  const pathOf = pathReader(document.text);
  const results = await compile(document.text).validate(quads);
  return results.map((result) => ({
    focus: result.focus ?? unnamed,
    path: result.path === null ? null : pathOf(result.path),
    value: result.value,
    component: result.component?.value ?? '',
    shape: result.shape ?? unnamed,
    severity: result.severity?.value ?? '',
  }));
}
