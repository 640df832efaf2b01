export {
  compileShapes,
  documentFromText,
  loadShapes,
  type ShapesDocument,
  type ShapesSource,
} from './document.ts';
export {
  openShapesGate,
  type ShapesGate,
  type ShapesGateOptions,
  type ShapesRecord,
} from './gate.ts';
export type { ShapesFault } from './pool.ts';
export type { ShapesResult, ShapesVerdict } from './result.ts';
