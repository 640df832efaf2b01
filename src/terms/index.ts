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
  type Named,
  neq,
  type Operand,
  type Operator,
  observed,
  type ParameterReference,
  type Part,
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
  type ListOptions,
  list,
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
export {
  countOf,
  type Datatype,
  datatype,
  field,
  includes,
  lengthOf,
  matches,
  unique,
} from './questions.ts';
export { fromQuads, type TermFactory, toQuads } from './rdf.ts';
export type { RdfInput } from './rdf-input.ts';
export type { Data, Issue } from './read.ts';
export type { FieldValue, Scalar } from './scalars.ts';
export type { StandardSchemaLike } from './schema.ts';
export { parseTurtle, type QuadLike, type TermLike } from './turtle.ts';
