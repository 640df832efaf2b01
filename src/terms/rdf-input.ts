import { describe, KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Observation } from './observation.ts';
import { inputOf } from './rdf.ts';
import type { Issue } from './read.ts';
import { parseTurtle, type QuadLike, type TermLike } from './turtle.ts';

/**
 * An observation as RDF in place of an object: Turtle or N-Triples, or quads of any RDF/JS library.
 * It holds exactly the triples of one observation, as toQuads makes them.
 */
export type RdfInput = string | Iterable<QuadLike>;

/** What RDF is read to: the same that a host may hand in as an object. */
export type RdfReading =
  | { readonly ok: true; readonly input: unknown }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** True for text and for what can be iterated, as no object of fields can. */
export function isRdf(input: unknown): input is RdfInput {
  if (typeof input === 'string') return true;
  if (typeof input !== 'object' || input === null) return false;
  try {
    return Symbol.iterator in input;
  } catch {
    // A proxy of the host's; reading its members says what is wrong.
    return false;
  }
}

const gotMax = 200;

/** The type and every field, lists with two triples for each item. */
const quadsMax = 1 + limits.fieldsPerObservation * (1 + 2 * limits.listItems);

/** Reads an observation from RDF; what it cannot read is an issue with field and line. */
export function readRdf(observation: Observation, given: RdfInput): RdfReading {
  const lines = new WeakMap<TermLike, number>();
  const placeOf = (name?: string, quad?: QuadLike): string => {
    const line = quad && (lines.get(quad.object) ?? lines.get(quad.predicate));
    return `$${name === undefined ? '' : `.${name}`}${line === undefined ? '' : `, line ${line}`}`;
  };
  try {
    if (typeof given === 'string' && given.length > limits.recordTurtle) {
      return refused('$', `at most ${limits.recordTurtle} characters`, `${given.length}`);
    }
    const all = typeof given === 'string' ? parseTurtle(given, '$', undefined, lines) : given;
    const quads: QuadLike[] = [];
    for (const quad of all) {
      if (quads.push(quad) > quadsMax) return refused('$', `at most ${quadsMax} quads`, 'more');
    }
    return { ok: true, input: inputOf(observation, quads, placeOf) };
  } catch (error) {
    if (!(error instanceof KnhkError)) return refused('$', 'readable quads', describe(error));
    const { where, expected, got } = error.details;
    return refused(where, expected, got.slice(0, gotMax).toWellFormed());
  }
}

function refused(path: string, expected: string, got: string): RdfReading {
  return { ok: false, issues: [{ path, expected, got }] };
}
