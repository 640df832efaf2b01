import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import { indexShapes } from './graph.ts';
import { readWithImports, type ShapesImports } from './imports.ts';
import { lintShapes } from './lint.ts';
import { isLocal } from './local.ts';
import type { ShapeModel } from './model.ts';
import { keepModel } from './models.ts';
import { readModel } from './read-model.ts';
import { checkRecursion } from './recursion.ts';

/** One file of shapes. */
export interface ShapesSource {
  /** File name; it orders the files and stands in messages. */
  readonly name: string;
  /** Turtle 1.1; relative IRIs are refused. */
  readonly turtle: string;
}

/** A checked set of SHACL shapes: plain data that a snapshot stores and a gate validates with. */
export interface ShapesDocument {
  /** SHA-256 over a prefix and `text`, hexadecimal: the shapes' identity in a snapshot. */
  readonly hash: string;
  /** Canonical N-Quads in document order, blank nodes b0, b1, ... by first appearance. */
  readonly text: string;
  /** How many the text has, at most 100,000. */
  readonly triples: number;
  /** True when every shape looks only at its focus node's own triples; unsure is false. */
  readonly local: boolean;
  /** True when validating takes a SPARQL evaluator of the host. */
  readonly sparql: boolean;
}

/** What a host permits and gives to {@link compileShapes}. */
export interface CompileShapesOptions {
  /**
   * What `owl:imports` may name, Turtle by IRI: nothing is fetched, and an import that is neither
   * here nor among the files is refused. Each is read once, and its triples become part of the
   * document and of its hash. `{ 'http://www.w3.org/ns/shacl#': '' }` satisfies the import of
   * SHACL itself.
   */
  readonly imports?: ShapesImports;
  /**
   * `'refuse'` (the default) or `'allow'` what is written in SPARQL (W3C SHACL, sections 5 and 6):
   * such a document can only be validated with an evaluator of the host.
   */
  readonly sparql?: 'refuse' | 'allow';
  /**
   * `'refuse'` (the default) or `'allow'` what constrains nothing by SHACL's own rules: a count of
   * qualified values without their shape or a shape without counts, `sh:flags` without a pattern,
   * the boolean `"1"` (SHACL says `true`), and unknown `sh:` names at nodes that are no shapes.
   */
  readonly inert?: 'refuse' | 'allow';
}

/**
 * Compiles SHACL shapes from Turtle, files in the order of their names. What an engine would
 * ignore or misread is refused here: unknown or misspelt terms, ill-formed lists and paths,
 * undefined shapes, invalid patterns, imports that are not given, SPARQL unless it is allowed
 * (W3C SHACL, sections 1 to 6). Shapes may refer to themselves, but not through sh:not, sh:xone,
 * sh:qualifiedMaxCount or disjoint siblings: a node conforms then unless something refutes it.
 *
 * @param sources files, or the Turtle of a single one; at most 100,000 triples together
 * @throws KnhkError KNHK_SHAPES_SYNTAX with file and line, KNHK_SHAPES_UNSUPPORTED naming the
 * shape, and file and line where they are known, KNHK_LIMIT_SHAPES
 * @example
 * const shapes = compileShapes(`
 *   @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ops: <https://example.com/ops#> .
 *   ops:DepartureShape a sh:NodeShape ; sh:targetClass ops:Departure ;
 *     sh:property [ sh:path ops:miles ; sh:minExclusive 0 ] .
 * `);
 * shapes.triples; // => 5
 */
export function compileShapes(
  sources: readonly ShapesSource[] | string,
  options: CompileShapesOptions = {},
): ShapesDocument {
  const files = typeof sources === 'string' ? [{ name: 'shapes', turtle: sources }] : [...sources];
  files.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  for (let index = 1; index < files.length; index++) {
    const name = files[index]?.name;
    // Two files of one name have no order of their own, so the hash would depend on the host.
    if (name === files[index - 1]?.name) {
      fail('KNHK_SHAPES_SYNTAX', `file ${name}`, 'a name of its own for each file', 'two of it');
    }
  }
  const { triples, text } = readWithImports(files, options.imports ?? {});
  const graph = indexShapes(triples);
  lintShapes(graph, options);
  const model = readModel(graph);
  checkRecursion(model, graph);
  const usesSparql = model.shapes.some(hasSparql);
  const document: ShapesDocument = Object.freeze({
    hash: hashOf('shapes', text),
    text,
    triples: triples.length,
    local: !usesSparql && isLocal(graph),
    sparql: usesSparql,
  });
  keepModel(document, model);
  return document;
}

function hasSparql({ constraints }: ShapeModel): boolean {
  return constraints.some(({ kind }) => kind === 'sparql');
}

/**
 * Reads the Turtle files (`*.ttl`) of a directory, in the order of their names.
 *
 * @throws the error of node:fs if the directory or a file cannot be read
 * @example
 * loadShapes(shapesDirectory).map(({ name }) => name); // => ['flights.ttl']
 * compileShapes(loadShapes(shapesDirectory)).local; // => true
 */
export function loadShapes(directory: string): ShapesSource[] {
  const names = readdirSync(directory).filter((name) => name.endsWith('.ttl'));
  return names.sort().map((name) => ({
    name,
    turtle: readFileSync(join(directory, name), 'utf8'),
  }));
}

/**
 * The document of a stored canonical text, as restart and replay need it.
 *
 * @param options as at first; what was imported stands in the text
 * @throws KnhkError KNHK_SHAPES_SYNTAX if the text is not the canonical form of what it says,
 * KNHK_SHAPES_UNSUPPORTED, KNHK_LIMIT_SHAPES
 * @example
 * const { text, hash } = compileShapes(shapesTurtle);
 * documentFromText(text).hash === hash; // => true
 * documentFromText(shapesTurtle); // => throws KNHK_SHAPES_SYNTAX
 */
export function documentFromText(text: string, options: CompileShapesOptions = {}): ShapesDocument {
  const document = compileShapes([{ name: 'stored shapes', turtle: text }], options);
  if (document.text !== text) {
    fail('KNHK_SHAPES_SYNTAX', 'stored shapes', 'canonical N-Quads', 'another spelling');
  }
  return document;
}
