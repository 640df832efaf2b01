import type { ValidationReport, ValidationResult } from './types.ts';

// A part of BLANK_NODE_LABEL (Turtle 1.1, section 6.5); what it leaves out is named anew.
const plainLabel = /^[A-Za-z0-9_](?:[.]?[A-Za-z0-9_-])*$/;

function eachDataLabel(results: readonly ValidationResult[], visit: (label: string) => void): void {
  for (const { focus, value, detail } of results) {
    if (focus.termType === 'BlankNode') visit(focus.value);
    if (value?.termType === 'BlankNode') visit(value.value);
    eachDataLabel(detail, visit);
  }
}

/**
 * Labels of a report's blank nodes. Those of the data keep theirs, so that a reader finds them
 * again; those of the shapes may bear the same labels and are other nodes, so they, and the
 * report's own, begin with a stem that no label of the data begins with.
 */
export class ReportLabels {
  readonly #stem: string;
  readonly #renamed: Map<string, string> = new Map();
  #count = 0;

  constructor({ results }: ValidationReport) {
    const labels = new Set<string>();
    eachDataLabel(results, (label) => labels.add(label));
    let stem = 'report';
    const isTaken = (label: string): boolean => label.startsWith(stem);
    for (let suffix = 1; [...labels].some(isTaken); suffix++) stem = `report${suffix}`;
    this.#stem = stem;
  }

  /** A node of the report itself. */
  fresh(): string {
    return `${this.#stem}-${this.#count++}`;
  }

  /** A blank node of the shapes. */
  ofShapes(label: string): string {
    return `${this.#stem}-shape-${label}`;
  }

  /** A blank node of the data: its own label, but for those that Turtle cannot write. */
  ofData(label: string): string {
    if (plainLabel.test(label)) return label;
    const renamed = this.#renamed.get(label) ?? `${this.#stem}-data-${this.#renamed.size}`;
    this.#renamed.set(label, renamed);
    return renamed;
  }
}
