import type { TermLike } from '../../terms/turtle.ts';
import type { ShapePath } from '../model.ts';

/** One result of a validation (W3C SHACL, section 3.6.2). */
export interface ValidationResult {
  /** The node that was validated (`sh:focusNode`). */
  readonly focus: TermLike;
  /** The path of the property shape that says so; null for a node shape (`sh:resultPath`). */
  readonly path: ShapePath | null;
  /** What broke the constraint; null where no single value did (`sh:value`). */
  readonly value: TermLike | null;
  /** IRI of the constraint component (`sh:sourceConstraintComponent`). */
  readonly component: string;
  /** IRI of the shape's severity (`sh:resultSeverity`). */
  readonly severity: string;
  /** The shape that the constraint belongs to (`sh:sourceShape`). */
  readonly shape: TermLike;
  /** Literals that say it in words, each with its language if it has one (`sh:resultMessage`). */
  readonly messages: readonly TermLike[];
  /** Why the value does not conform to the shape that was asked of it (`sh:detail`). */
  readonly detail: readonly ValidationResult[];
}

/** What a validation found (W3C SHACL, section 3.6.1). */
export interface ValidationReport {
  /** Whether there are no results, whatever their severity. */
  readonly conforms: boolean;
  /** In no order that means anything. */
  readonly results: readonly ValidationResult[];
  /** Whether there are more results than the limit that was asked for. */
  readonly truncated: boolean;
}
