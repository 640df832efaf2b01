import { fileURLToPath } from 'node:url';
import { vocabularies } from '@zazuko/vocabularies';
import type { QuadLike } from 'knhk';
import {
  compileShapes,
  loadShapes,
  reportTurtle,
  type ShapesSession,
  shapesValidator,
} from 'knhk/shapes';

// SHACL by itself: published ontologies against shapes of our own. Each is validated whole; one is
// then kept in a session, where a change is validated again only where it can matter. Prints what
// was found, and the last report as Turtle.

const directory = fileURLToPath(new URL('../../../examples/vocabularies', import.meta.url));
const validator = shapesValidator(compileShapes(loadShapes(directory)));

const names = ['foaf', 'org', 'prov', 'skos', 'time'] as const;
const read = new Map<string, Iterable<QuadLike>>();
for (const name of names) {
  read.set(name, (await vocabularies({ only: [name] }))[name] as Iterable<QuadLike>);
}

for (const [name, quads] of read) {
  const graph = validator.graph(quads);
  const { conforms, results } = validator.validate(graph);
  const found: Record<string, number> = {};
  for (const { messages } of results) {
    const text = messages[0]?.value ?? '';
    found[text] = (found[text] ?? 0) + 1;
  }
  console.log(JSON.stringify({ name, triples: graph.size, conforms, found }));
}

const session: ShapesSession = validator.open(read.get('org') ?? []);
console.log(JSON.stringify({ session: 'org', size: session.size, ...shortly(session) }));

const term = '<http://www.w3.org/ns/org#Unheard>';
const rdfType = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>';
const added = `${term} ${rdfType} <http://www.w3.org/2002/07/owl#Class> .`;
const change = session.apply({ added });
const { checked } = change;
console.log(JSON.stringify({ added: change.added.length, checked, ...shortly(session) }));

const words = ['label', 'comment'].map(
  (name) => `${term} <http://www.w3.org/2000/01/rdf-schema#${name}> "Unheard of"@en .`,
);
const mended = session.apply({ added: words.join('\n') });
console.log(JSON.stringify({ removed: mended.removed.length, ...shortly(session) }));

process.stdout.write(reportTurtle({ conforms: false, results: change.added, truncated: false }));

function shortly(of: ShapesSession): object {
  return { conforms: of.conforms, results: of.report().results.length };
}
