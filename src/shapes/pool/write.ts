import { fail } from '../../base/errors.ts';
import { nextTurn } from '../../base/turn.ts';
import { isIri } from '../../terms/fields.ts';
import type { QuadLike } from '../../terms/turtle.ts';
import { termText } from '../nquads.ts';
import { readQuads } from '../reading/quads.ts';
import type { TermSink } from '../reading/sink.ts';
import { parcelOfSlices } from './parcel.ts';
import type { Parcel } from './task.ts';

/** Quads that are written in one turn of the event loop: less than a millisecond. */
const quadsPerTurn = 512;

// The part of N-Triples' labels that needs no table, and that the libraries' labels are in.
const label = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?$/;
const languageTag = /^[A-Za-z]+(?:-[A-Za-z0-9]+)*$/;

/**
 * Quads as N-Triples, all in one graph. They cross as text: a structured clone of quads takes the
 * sending thread as long as validating them.
 *
 * @throws KnhkError KNHK_TERMS_RDF about a quad that has no such text
 */
export async function parcelOfQuads(quads: Iterable<QuadLike>): Promise<Parcel> {
  const slices: string[] = [];
  let slice: QuadLike[] = [];
  for (const quad of quads) {
    if (slice.length === quadsPerTurn) {
      slices.push(textOfQuads(slice, slices.length * quadsPerTurn));
      slice = [];
      await nextTurn();
    }
    slice.push(quad);
  }
  slices.push(textOfQuads(slice, slices.length * quadsPerTurn));
  return parcelOfSlices(slices);
}

function textOfQuads(quads: readonly QuadLike[], before: number): string {
  const where = before === 0 ? 'data graph' : `data graph behind quad ${before}`;
  const terms: string[] = [];
  let text = '';
  const add = (term: string): number => terms.push(term) - 1;
  const sink: TermSink = {
    iri: (value) => add(iriText(value, where)),
    blank(value) {
      // A reader gives labels a meaning of their own only within one text, so they may stay.
      if (!label.test(value)) {
        fail('KNHK_TERMS_RDF', where, 'a blank node label of letters, digits, _, . and -', value);
      }
      return add(`_:${value}`);
    },
    literal(value, datatype, language) {
      if (language !== '' && !languageTag.test(language)) {
        fail('KNHK_TERMS_RDF', where, 'a language tag', language);
      }
      if (language === '') iriText(datatype, where);
      return add(termText({ termType: 'Literal', value, language, datatype: { value: datatype } }));
    },
    triple(subject, predicate, object) {
      text += `${terms[subject]} ${terms[predicate]} ${terms[object]} .\n`;
    },
  };
  readQuads(quads, sink, where);
  return text;
}

/** An IRI of other characters would end early, and what follows would be read as terms. */
function iriText(value: string, where: string): string {
  if (!isIri(value)) fail('KNHK_TERMS_RDF', where, 'an absolute IRI', value);
  return `<${value}>`;
}
