import type { TermFactory } from '../terms/rdf.ts';
import type { QuadLike, TermLike } from '../terms/turtle.ts';

/** One validation result as an engine finds it (W3C SHACL, section 3.6.2). */
export interface EngineResult {
  readonly focus: TermLike | null;
  readonly path: TermLike | null;
  readonly value: TermLike | null;
  readonly component: TermLike | null;
  readonly severity: TermLike | null;
  /** The source shape; blank nodes carry their labels of the shapes document. */
  readonly shape: TermLike | null;
  readonly messages: readonly string[];
}

/** Shapes made ready by an engine. */
export interface CompiledShapes {
  /** All results of one data graph; throws where the engine fails, which never means conforms. */
  validate(graph: readonly QuadLike[]): Promise<readonly EngineResult[]>;
}

/** The seam behind which SHACL engines are exchanged. */
export interface ShapesEngine {
  /** Makes the terms and quads of data graphs in the form that this engine reads fastest. */
  readonly terms: TermFactory<QuadLike>;
  /** Compiles the canonical N-Quads text of a shapes document. */
  compile(text: string): CompiledShapes;
}
