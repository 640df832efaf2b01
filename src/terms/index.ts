export {
  absent,
  between,
  type Condition,
  type ConditionDraft,
  eq,
  exceeds,
  gt,
  gte,
  isIn,
  type Left,
  lt,
  lte,
  neq,
  type Operand,
  type Operator,
  observed,
  type ParameterReference,
  param,
  present,
  type Reference,
  type Right,
  type Value,
} from './conditions.ts';
export {
  boolean,
  decimal,
  type Field,
  type FieldKind,
  type FieldOptions,
  type Fields,
  type FieldsData,
  type FieldsInput,
  instant,
  integer,
  iri,
  number,
  oneOf,
  optional,
  string,
} from './fields.ts';
export {
  defineObservation,
  type Observation,
  type ObservationData,
  type ObservationDeclaration,
  type ObservationInput,
} from './observation.ts';
export { fromQuads, type TermFactory, toQuads } from './rdf.ts';
export type { Data, Issue } from './read.ts';
export type { Scalar } from './scalars.ts';
export { parseTurtle, type QuadLike, type TermLike } from './turtle.ts';
