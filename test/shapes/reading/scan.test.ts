import fc from 'fast-check';
import { Parser, type Quad } from 'n3';
import { describe, expect, test } from 'vitest';
import type { KnhkError } from '../../../src/base/errors.ts';
import { scanNQuads } from '../../../src/shapes/reading/scan.ts';
import { langString } from '../../../src/shapes/vocabulary.ts';
import { mistakes } from '../../support/errors.ts';
import { documents, edited, edits } from './documents.ts';
import { TextSink } from './sinks.ts';

function scanned(text: string, graphs = true): string[] {
  const sink = new TextSink();
  const count = scanNQuads(text, sink, 'a.nq', { graphs });
  expect(count).toBe(sink.triples.length);
  return sink.triples;
}

const labelOf = (value: string): string => value.replace(/^b\d+_/, '');

function termText(term: Quad['subject'] | Quad['predicate'] | Quad['object']): string {
  if (term.termType === 'NamedNode') return `<${term.value}>`;
  if (term.termType === 'BlankNode') return `_:${labelOf(term.value)}`;
  if (term.termType !== 'Literal') throw new Error(`a term of type ${term.termType}`);
  return `${JSON.stringify(term.value)}^^<${term.datatype.value}>@${term.language}`;
}

/** The reading of another parser, or undefined where it refuses the text. */
function parsed(text: string, format: string): string[] | undefined {
  let quads: Quad[];
  try {
    quads = new Parser({ format }).parse(text);
  } catch {
    return undefined;
  }
  return quads.map(({ subject, predicate, object }) =>
    [subject, predicate, object].map(termText).join(' '),
  );
}

describe('documents of the grammar', () => {
  test('N-Quads read as another parser reads them', () => {
    fc.assert(
      fc.property(documents(true), (text) => {
        expect(scanned(text)).toEqual(parsed(text, 'N-Quads'));
      }),
      { numRuns: 1_500 },
    );
  });

  test('N-Triples read as another parser reads them', () => {
    fc.assert(
      fc.property(documents(false), (text) => {
        expect(scanned(text, false)).toEqual(parsed(text, 'N-Triples'));
      }),
      { numRuns: 500 },
    );
  });

  test('changed documents read as another parser reads them, or are refused for a reason', () => {
    fc.assert(
      fc.property(documents(true), fc.array(edits, { minLength: 1, maxLength: 2 }), (text, all) => {
        const changed = all.reduce(edited, text);
        const other = parsed(changed, 'N-Quads');
        let own: string[];
        try {
          own = scanned(changed);
        } catch (error) {
          const { code, details } = error as KnhkError;
          expect(code).toBe('KNHK_TERMS_RDF');
          expect(details.where).toMatch(/^a\.nq, line \d+, column \d+$/);
          if (other !== undefined) expect(differs(details)).toBe(true);
          return;
        }
        // The other parser takes single dots in a label only; the grammar any number.
        if (!/_:[^\s]*\.\./.test(changed)) expect(own).toEqual(other);
      }),
      { numRuns: 4_000 },
    );
  });
});

/** Why the other parser takes what the grammar does not: lines, surrogates, a stray `^^`. */
function differs({ expected, got }: KnhkError['details']): boolean {
  return (
    got === 'the end of the line' ||
    expected === 'the end of the line' ||
    got === 'a lone surrogate' ||
    got.startsWith('^^')
  );
}

const sinkOf = (): TextSink => new TextSink();
const scan =
  (text: string, graphs = true) =>
  (): unknown =>
    scanNQuads(text, sinkOf(), 'a.nq', { graphs });
const at = (line: number, column: number): string => `a.nq, line ${line}, column ${column}`;
const subject = 'an IRI or a blank node as subject';
const object = 'an IRI, a blank node or a quoted literal as object';
const dot = 'a dot, or an IRI or a blank node as graph';
const badEscape = '\\t \\b \\n \\r \\f \\" \\\' \\\\, or \\u or \\U of a Unicode character';
const s = '<urn:s> <urn:p>';

describe('what is refused', () => {
  mistakes('KNHK_TERMS_RDF', [
    [scan('"a" <urn:p> <urn:o> .'), at(1, 1), subject, '"a" <urn:p> <urn:o> .'],
    [scan('@prefix e: <urn:> .'), at(1, 1), subject, '@prefix e: <urn:> .'],
    [scan('VERSION "1.2"\n'), at(1, 1), subject, 'VERSION "1.2"'],
    [scan('<urn:s> _:p <urn:o> .'), at(1, 9), 'an IRI as predicate', '_:p <urn:o> .'],
    [scan('<urn:s> a <urn:o> .'), at(1, 9), 'an IRI as predicate', 'a <urn:o> .'],
    [scan(`# c\r\n\n${s} 5 .`), at(3, 17), object, '5 .'],
    [scan(`${s} <urn:o>`), at(1, 24), dot, 'the end of the text'],
    [scan(`\r\r\n\n\r${s} <urn:o>\r`), at(5, 24), dot, 'the end of the line'],
    [scan(`${s} <urn:o>\n.`), at(1, 24), dot, 'the end of the line'],
    [scan(`${s} <urn:o> "g" .`), at(1, 25), dot, '"g" .'],
    [scan(`${s} <urn:o> , <urn:q> .`), at(1, 25), dot, ', <urn:q> .'],
    [scan(`${s} <urn:o> <urn:g> <urn:h> .`), at(1, 33), 'a dot', '<urn:h> .'],
    [scan(`${s} <urn:o> <urn:g> .`, false), at(1, 25), 'a dot', '<urn:g> .'],
    [scan(`${s} <urn:o> . ${s} <urn:q> .`), at(1, 27), 'the end of the line', `${s} <urn:q> .`],
    [scan('<s> <urn:p> <urn:o> .'), at(1, 1), 'an absolute IRI', '<s> <urn:p> <urn:o> .'],
    [scan('<> <urn:p> <urn:o> .'), at(1, 1), 'an absolute IRI', '<> <urn:p> <urn:o> .'],
    [scan('<:s> <urn:p> <urn:o> .'), at(1, 1), 'an absolute IRI', '<:s> <urn:p> <urn:o> .'],
    [scan('<1:s> <urn:p> <urn:o> .'), at(1, 1), 'an absolute IRI', '<1:s> <urn:p> <urn:o> .'],
    [scan('<urn:a b> .'), at(1, 7), '> or another character of an IRI', ' b> .'],
    [scan('<urn:a\n> .'), at(1, 7), '> or another character of an IRI', 'the end of the line'],
    [scan('<urn:a'), at(1, 7), '> at the end of an IRI', 'the end of the text'],
    [scan('<urn:\\u0020> .'), at(1, 1), 'an absolute IRI', '<urn:\\u0020> .'],
    [scan('<urn:\\t> .'), at(1, 6), '\\u or \\U of a Unicode character', '\\t> .'],
    [scan('<urn:\\u00g0> .'), at(1, 6), '\\u or \\U of a Unicode character', '\\u00g0> .'],
    [
      scan(`${s} <<( ${s} <urn:o> )>> .`),
      at(1, 17),
      'an IRI, since triple terms are of RDF 1.2',
      `<<( ${s} <urn:o> )>> .`,
    ],
    [
      scan('_a <urn:p> <urn:o> .'),
      at(1, 1),
      '_: before the label of a blank node',
      '_a <urn:p> <urn:o> .',
    ],
    [scan('_: <urn:p> <urn:o> .'), at(1, 3), 'the label of a blank node', ' <urn:p> <urn:o> .'],
    [scan('_:-a <urn:p> <urn:o> .'), at(1, 3), 'the label of a blank node', '-a <urn:p> <urn:o> .'],
    [scan('_:a:b <urn:p> <urn:o> .'), at(1, 4), 'an IRI as predicate', ':b <urn:p> <urn:o> .'],
    [scan(`${s} "a .`), at(1, 21), '" at the end of a literal', 'the end of the text'],
    [scan(`${s} "a\nb" .`), at(1, 19), '" at the end of a literal', 'the end of the line'],
    [scan(`${s} "a\\\n" .`), at(1, 19), badEscape, '\\'],
    [scan(`${s} "a\\`), at(1, 20), '" at the end of a literal', 'the end of the text'],
    [scan(`${s} "a\\q" .`), at(1, 19), badEscape, '\\q" .'],
    [scan(`${s} "\\u12" .`), at(1, 18), badEscape, '\\u12" .'],
    [scan(`${s} "\\uD83D\\uDE00" .`), at(1, 18), badEscape, '\\uD83D\\uDE00" .'],
    [scan(`${s} "\\U00110000" .`), at(1, 18), badEscape, '\\U00110000" .'],
    [scan(`${s} "a\ud800" .`), at(1, 19), 'well-formed Unicode', 'a lone surrogate'],
    [scan(`${s} "😀\udc00" .`), at(1, 20), 'well-formed Unicode', 'a lone surrogate'],
    [scan(`${s} "a"^<urn:d> .`), at(1, 20), '^^ before a datatype', '^<urn:d> .'],
    [scan(`${s} "a"^^d .`), at(1, 22), 'an IRI as datatype', 'd .'],
    [scan(`${s} "a"^^<d> .`), at(1, 22), 'an absolute IRI', '<d> .'],
    [
      scan(`${s} "a"^^<${langString}> .`),
      at(1, 22),
      'a language tag instead of rdf:langString',
      `<${langString}> .`,
    ],
    [scan(`${s} "a"@ .`), at(1, 20), 'a language tag', '@ .'],
    [scan(`${s} "a"@1 .`), at(1, 20), 'a language tag', '@1 .'],
    [scan(`${s} "a"@en- .`), at(1, 20), 'a language tag', '@en- .'],
    [scan(`${s} "a"@en--ltr .`), at(1, 20), 'a language tag', '@en--ltr .'],
    [scan(`${s} "a"@abcdefghi .`), at(1, 20), 'a language tag', '@abcdefghi .'],
    [scan(`${s} ${'x'.repeat(70)}`), at(1, 17), object, `${'x'.repeat(60)}...`],
    [scan(`${s} <urn:o> .\f`), at(1, 26), 'the end of the line', '\f'],
  ]);
});

describe('what is read', () => {
  test('no blanks between terms, blanks before a datatype, comments, labels with dots', () => {
    expect(scanned('<urn:s><urn:p>_:a.b.#c')).toEqual(['<urn:s> <urn:p> _:a.b']);
    expect(scanned('_:a..b<urn:p>_:c.')).toEqual(['_:a..b <urn:p> _:c']);
    const typed = '"x"^^<urn:d>@';
    expect(scanned(`${s}"x" ^^ <urn:d>.\n#\n#`)).toEqual([`${s} ${typed}`]);
    expect(scanned(`${s}"x"@EN-us<urn:g>.`)).toEqual([`${s} "x"^^<${langString}>@en-us`]);
    expect(scanned('')).toEqual([]);
  });

  test('a text that is refused leaves no triple behind', () => {
    const sink = new TextSink();
    expect(() => scanNQuads(`${s} <urn:o> .\n${s} .`, sink, 'a.nq')).toThrow(/line 2, column 17/);
    expect(sink.triples).toEqual([]);
  });

  test('terms that are the start of the terms before are terms of their own', () => {
    const objects = ['"xy"@en', '"x"@en', '"x"@e', '"x"', '"x"^^<urn:dd>', '"x"^^<urn:d>', '_:a'];
    const lines = objects.flatMap((one) => [`_:ab <urn:pp> ${one} .`, `_:a <urn:p> ${one} .`]);
    expect(scanned(lines.join('\n'))).toEqual(parsed(lines.join('\n'), 'N-Quads'));
  });

  test('documents of many blocks, lines longer than a block', () => {
    const long = `<urn:s> <urn:p> "${'lä😀ng '.repeat(30_000)}"@de .`;
    fc.assert(
      fc.property(
        fc.array(documents(true), { minLength: 4, maxLength: 8 }),
        fc.constantFrom('\n', '\r', '\r\n'),
        fc.boolean(),
        (parts, end, withLong) => {
          const lines = parts.map((part) => part.replace('\ufeff', '')).join(end);
          const unit = `${lines}${end}<urn:s> <urn:é> _:b .${end}`;
          const times = Math.ceil(100_000 / unit.length);
          const text = unit.repeat(times) + (withLong ? long + end : '') + unit;
          expect(scanned(text)).toEqual(parsed(text, 'N-Quads'));
        },
      ),
      { numRuns: 10 },
    );
  });

  test('a mistake behind several blocks is found where it is', () => {
    const line = '<urn:s> <urn:p> "é😀" . # é\r\n';
    const text = `${line.repeat(20_000)}<urn:s> <urn:p> "é😀" <urn:ö> é .`;
    expect(scan(text)).toThrow('a.nq, line 20001, column 31: expected a dot, got é .');
  });

  test('a sink may read another text meanwhile', () => {
    class Nested extends TextSink {
      override iri(value: string): number {
        if (value === 'urn:s') expect(scanned(lines.replaceAll('urn:s', 'urn:t'))).toHaveLength(2);
        return super.iri(value);
      }
    }
    const lines = `${s} <urn:o> .\n${s} "x" .\n`;
    const sink = new Nested();
    scanNQuads(lines, sink, 'a.nq');
    expect(sink.triples).toEqual(parsed(lines, 'N-Quads'));
  });
});
