import fc from 'fast-check';

// Small alphabets, so that characters with a meaning of their own come together often.
const plain = fc.constantFrom(
  'a',
  'Z',
  '0',
  '-',
  '_',
  '.',
  ':',
  '/',
  '#',
  '@',
  '%',
  "'",
  'é',
  '漢',
  '😀',
);
const inIri = plain;
const inLiteral = fc.oneof(
  plain,
  fc.constantFrom(' ', '\t', '<', '>', '{', '^', '.', '\u0000', '\u0085', '\u2028', '\u00a0'),
);
const ucharOf = (code: number): string =>
  code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
const escapeInIri = fc.constantFrom(0x61, 0xe9, 0xffff, 0x1f600, 0x10ffff).map(ucharOf);
const escapeInLiteral = fc.oneof(
  escapeInIri,
  fc.constantFrom(0, 0x0a, 0x22, 0x5c, 0xd7ff, 0xe000).map(ucharOf),
  fc.constantFrom('\\t', '\\b', '\\n', '\\r', '\\f', '\\"', "\\'", '\\\\'),
);
const textOf = (part: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> =>
  fc.array(part, { maxLength }).map((parts) => parts.join(''));

const fewIris = fc.constantFrom('<urn:a>', '<urn:a:b>', '<http://e.org/x#y>', '<http://e.org/x#z>');
const iri = fc.oneof(
  { weight: 3, arbitrary: fewIris },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('u:', 'http://e.org/', 'A1+.-:'),
        textOf(fc.oneof({ weight: 6, arbitrary: inIri }, { weight: 1, arbitrary: escapeInIri }), 8),
      )
      .map(([scheme, rest]) => `<${scheme}${rest}>`),
  },
);
const blank = fc
  .tuple(
    fc.constantFrom('a', '0', '_', 'é', '😀', 'b1'),
    fc.constantFrom('', 'b', '-', '.c', '·', '\u203f', '.0-.x'),
  )
  .map(([start, rest]) => `_:${start}${rest}`);
const suffix = fc.oneof(
  fc.constant(''),
  iri.map((datatype) => `^^${datatype}`),
  fc.constantFrom('@en', '@EN-us', '@de-1996', '@x-a-b-12345678'),
);
const literal = fc
  .tuple(
    textOf(
      fc.oneof({ weight: 6, arbitrary: inLiteral }, { weight: 1, arbitrary: escapeInLiteral }),
      10,
    ),
    suffix,
  )
  .map(([lexical, end]) => `"${lexical}"${end}`);

const gap = fc.constantFrom(' ', ' ', ' ', '\t', '  ', ' \t ');
const lineEnd = fc.constantFrom(
  '\n',
  '\n',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  ' # c <urn:a> "\n',
  '\n#\n\t',
);
const graphOf = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, iri, blank);

/** One statement with its end of line; graph labels where they are asked for. */
const statement = (graphs: boolean): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof(iri, blank),
      gap,
      iri,
      gap,
      fc.oneof(iri, blank, literal),
      gap,
      graphs ? graphOf : fc.constant(''),
      gap,
      lineEnd,
    )
    .map((parts) => [...parts.slice(0, 8), '.', parts[8]].join(''));

/** Documents that the grammar of N-Quads, or of N-Triples, allows. */
export const documents = (graphs: boolean): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('', '', '\ufeff', '# start\n', ' \n'),
      fc.array(statement(graphs), { maxLength: 8 }),
    )
    .map(([start, lines]) => start + lines.join(''));

/** One change of a document: a character out, in, or another in its place. */
export interface Edit {
  /** Where, as a fraction of the length. */
  readonly at: number;
  readonly kind: 'out' | 'in' | 'other';
  readonly character: string;
}

export const edits: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom('out' as const, 'in' as const, 'other' as const),
  character: fc.constantFrom(
    ...['<', '>', '"', '\\', '.', ' ', '\n', '\r', '_', ':', '@', '^', '#', 'u', 'U', '-', 'a'],
    ...['0', '{', '|', "'", '\u0000', '\u000b', '\u00a0', '\ud800', '\udc00', '·', ',', ';', '('],
  ),
});

export function edited(text: string, { at, kind, character }: Edit): string {
  const index = Math.min(Math.floor(at * text.length), Math.max(0, text.length - 1));
  const after = text.slice(index + (kind === 'in' ? 0 : 1));
  return text.slice(0, index) + (kind === 'out' ? '' : character) + after;
}
