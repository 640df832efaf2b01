import type { Operation } from '../runtime/operations.ts';
import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  type Tracer,
  trace,
} from './api.ts';
import { endAttributes, errorType, spanNames, startAttributes } from './describe.ts';
import { events, attributes as names } from './generated.ts';
import { parseTraceparent } from './traceparent.ts';
import type { Wall } from './wall.ts';

/** Writes operations as spans. */
export class SpanWriter {
  readonly #tracer: Tracer;
  readonly #wall: Wall;
  readonly #open = new WeakMap<Operation, Span>();

  constructor(tracer: Tracer, wall: Wall) {
    this.#tracer = tracer;
    this.#wall = wall;
  }

  /** Begins a span and runs the work inside it, so that what the work traces is its child. */
  start(operation: Operation): void {
    const { span, parent } = this.#begin(operation);
    this.#open.set(operation, span);
    const inside = trace.setSpan(parent, span);
    const { around } = operation;
    operation.around = <T>(work: () => T): T =>
      context.with(inside, () => (around === undefined ? work() : around(work)));
  }

  /** Ends a span; work of many callers is told of only when it is over. */
  end(operation: Operation): void {
    const span = this.#open.get(operation) ?? this.#begin(operation).span;
    this.#open.delete(operation);
    span.setAttributes(endAttributes(operation));
    const endMs = this.#wall.at(operation.startedMs + (operation.durationMs ?? 0));
    if (operation.facts === undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: errorType(operation.error) });
    } else if (operation.name === 'shapes' && operation.facts.violations > 0) {
      const violations = { [names.violationCount]: operation.facts.violations };
      span.addEvent(events.validationShaclFailed, violations, endMs);
    }
    span.end(endMs);
  }

  #begin(operation: Operation): { readonly span: Span; readonly parent: Context } {
    const { parent, links } = placeOf(operation);
    const span = this.#tracer.startSpan(
      spanNames[operation.name],
      {
        startTime: this.#wall.at(operation.startedMs),
        attributes: startAttributes(operation),
        links: links.map((link) => ({ context: link })),
      },
      parent,
    );
    return { span, parent };
  }
}

/**
 * Where a span belongs: work that served one caller is its child; work that served many links to
 * each, because a span has one parent.
 */
function placeOf(operation: Operation): {
  readonly parent: Context;
  readonly links: readonly SpanContext[];
} {
  const { traces, detached } = operation;
  if (traces === undefined) {
    return { parent: detached === true ? ROOT_CONTEXT : context.active(), links: [] };
  }
  const callers = traces.flatMap((text) => parseTraceparent(text) ?? []);
  const [only] = callers;
  const isShared = callers.length > 1 || detached === true;
  if (only === undefined || isShared) return { parent: ROOT_CONTEXT, links: callers };
  return { parent: trace.setSpanContext(ROOT_CONTEXT, only), links: [] };
}
