import { refuse } from './graph.ts';
import { type Triple, type TripleList, TripleReader, type TripleSource } from './nquads.ts';
import { rdf, sh } from './vocabulary.ts';

const owl = 'http://www.w3.org/2002/07/owl#';

/** What a document may import, Turtle by IRI: nothing is ever fetched. */
export type ShapesImports = Readonly<Record<string, string>>;

/**
 * Reads files and what they import, each import once, in the order in which imports are met. An
 * IRI is here when the host gives its text, or when the files themselves hold that ontology: they
 * call it an `owl:Ontology` or give it prefixes. What is read for an import gets the former
 * statement, so that the document alone shows that nothing is missing.
 *
 * @throws KnhkError KNHK_SHAPES_SYNTAX, KNHK_LIMIT_SHAPES, KNHK_SHAPES_UNSUPPORTED naming an import
 * that is not here
 */
export function readWithImports(
  files: readonly TripleSource[],
  imports: ShapesImports,
): TripleList {
  const reader = new TripleReader();
  const wanted: Triple[] = [];
  const here = new Set<string>();
  const read = (source: TripleSource): void => {
    for (const triple of reader.read(source, true)) {
      const { subject, predicate, object } = triple;
      if (predicate.value === `${owl}imports`) wanted.push(triple);
      const isOntology = predicate.value === `${rdf}type` && object.value === `${owl}Ontology`;
      if (isOntology || predicate.value === `${sh}declare`) here.add(subject.value);
    }
  };
  for (const file of files) read(file);
  const given = new Set<string>();
  // The list grows while what it names is read.
  for (const { object } of wanted) {
    const iri = object.value;
    if (object.termType !== 'NamedNode' || !Object.hasOwn(imports, iri) || given.has(iri)) continue;
    given.add(iri);
    read({ name: iri, turtle: imports[iri] as string });
    read({ name: iri, turtle: `<${iri}> a <${owl}Ontology> .` });
  }
  for (const triple of wanted) {
    const { subject, object } = triple;
    if (object.termType === 'NamedNode' && here.has(object.value)) continue;
    const expected = 'its text in the option imports, or all files given together';
    refuse(subject, 'owl:imports', expected, object.value, triple);
  }
  return reader.list();
}
