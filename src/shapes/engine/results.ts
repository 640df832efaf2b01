import type { TermLike } from '../../terms/turtle.ts';
import type { ShapeConstraint, ShapePath } from '../model.ts';
import { termText } from '../nquads.ts';
import type { ValidationResult } from '../report/types.ts';
import { xsdString } from '../vocabulary.ts';
import { defaultMessage } from './messages.ts';
import type { Run } from './run.ts';
import type { CompiledShape, Component } from './shape.ts';
import { Sink, type Violation } from './sink.ts';

const detailDepth = 8;
/** Details of one result in all, those of its details included. */
const detailMax = 256;
const noDetail: readonly ValidationResult[] = [];
const stringType: TermLike = { termType: 'NamedNode', value: xsdString };

/** Makes results of violations, while the run still knows the graph's terms. */
export class Results {
  readonly #run: Run;
  readonly #shapes: readonly CompiledShape[];
  readonly #detail: boolean;
  readonly #messages = new Map<Component, readonly TermLike[]>();

  constructor(run: Run, shapes: readonly CompiledShape[], detail: boolean) {
    this.#run = run;
    this.#shapes = shapes;
    this.#detail = detail;
  }

  of(violations: readonly Violation[]): ValidationResult[] {
    return violations.map((violation) => this.#result(violation, 0, { left: detailMax }));
  }

  #result(violation: Violation, depth: number, budget: Budget): ValidationResult {
    const { component, focus, value, extra } = violation;
    const { terms } = this.#run;
    const { model } = component.shape;
    const own = value === 0 ? null : terms.termOf(value);
    return {
      focus: terms.termOf(focus),
      path: extra?.path === undefined ? this.#path(violation) : extra.path,
      value: extra?.value === undefined ? own : extra.value,
      component: component.iri,
      severity: model.severity,
      shape: model.term,
      messages: extra?.messages ?? this.#messagesOf(violation),
      detail:
        this.#detail && depth < detailDepth ? this.#details(violation, depth, budget) : noDetail,
    };
  }

  #path({ component, predicate }: Violation): ShapePath | null {
    if (predicate === 0) return component.shape.model.path?.path ?? null;
    return { kind: 'predicate', iri: this.#run.terms.values[predicate] as string };
  }

  #messagesOf({ component }: Violation): readonly TermLike[] {
    const { shape, constraint, iri } = component;
    if (shape.model.messages.length > 0) return shape.model.messages;
    let messages = this.#messages.get(component);
    if (messages === undefined) {
      const nameOf = (index: number): string =>
        termText((this.#shapes[index] as CompiledShape).term);
      const value = defaultMessage(constraint, iri, nameOf);
      messages = [{ termType: 'Literal', value, language: '', datatype: stringType }];
      this.#messages.set(component, messages);
    }
    return messages;
  }

  /**
   * Why a value does not conform: found by asking again, for those who want to know. Where there
   * is too much of it, what is kept does not depend on the order of the graph.
   */
  #details(
    { component, value }: Violation,
    depth: number,
    budget: Budget,
  ): readonly ValidationResult[] {
    const members = asked(component.constraint);
    if (members.length === 0 || value === 0 || budget.left === 0) return noDetail;
    const sink = new Sink();
    for (const index of members) {
      const shape = this.#shapes[index] as CompiledShape;
      if (!shape.deactivated) this.#run.property(shape, value, sink);
    }
    const keyed = sink.violations.map((each): [string, Violation] => [this.#key(each), each]);
    keyed.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    const kept = keyed.slice(0, budget.left);
    budget.left -= kept.length;
    return kept.map(([, each]) => this.#result(each, depth + 1, budget));
  }

  #key({ component, focus, value, predicate }: Violation): string {
    const { terms } = this.#run;
    const texts = [focus, value, predicate].map((id) =>
      id === 0 ? '' : termText(terms.termOf(id)),
    );
    return [component.shape.index, component.iri, ...texts].join(' ');
  }
}

interface Budget {
  left: number;
}

/** The shapes of which a value failed one: what conforms to sh:not has nothing to say. */
function asked(constraint: ShapeConstraint): readonly number[] {
  switch (constraint.kind) {
    case 'node':
      return [constraint.shape];
    case 'and':
    case 'or':
    case 'xone':
      return constraint.shapes;
    default:
      return [];
  }
}
