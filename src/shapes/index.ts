export {
  type CompileShapesOptions,
  compileShapes,
  documentFromText,
  loadShapes,
  type ShapesDocument,
  type ShapesSource,
} from './document.ts';
export type { EngineName } from './engines.ts';
export {
  type GateGraph,
  type GraphOptions,
  type GraphsOptions,
  openShapesGate,
  type ShapesGate,
  type ShapesGateOptions,
  type ShapesRecord,
} from './gate.ts';
export type { ShapesImports } from './imports.ts';
export type { ShapePath } from './model.ts';
export type { ShapesFault } from './pool/fault.ts';
export type { ReadOptions } from './reading/input.ts';
export { reportQuads } from './report/quads.ts';
export { reportTurtle } from './report/turtle.ts';
export type { ValidationReport, ValidationResult } from './report/types.ts';
export type { ShapesResult, ShapesVerdict } from './result.ts';
export type { GraphDelta } from './session/delta.ts';
export type { ShapesChange, ShapesSession } from './session/session.ts';
export { bindTerms } from './sparql/bind-terms.ts';
export type { SparqlEvaluator, SparqlGraph } from './sparql/evaluator.ts';
export {
  type DataGraph,
  type GraphInput,
  type SessionOptions,
  type ShapesValidator,
  shapesValidator,
  type ValidateOptions,
  type ValidatorOptions,
} from './validator.ts';
