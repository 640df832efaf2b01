import { describe, expect, it } from 'vitest';
import { compileShapes, documentFromText } from '../../src/shapes/document.ts';
import { prefixes } from './fixtures.ts';

const owl = '@prefix owl: <http://www.w3.org/2002/07/owl#> .';
const importing = (...iris: readonly string[]): string =>
  `${prefixes} ${owl} ops:main owl:imports ${iris.map((iri) => `<${iri}>`).join(', ')} .`;
const shape = (name: string): string =>
  `${prefixes} ops:${name} sh:property [ sh:path ops:${name} ; sh:minCount 1 ] .`;

describe('owl:imports', () => {
  it('reads what the host gives, through imports of imports and round cycles, once each', () => {
    const imports = {
      // Each file says it of itself, so that no two of these triples are one.
      'urn:a': `${owl} <urn:a> owl:imports <urn:b>, <urn:a> . ${shape('A')}`,
      'urn:b': `${owl} <urn:b> owl:imports <urn:a> . ${shape('B')}`,
      'urn:unused': 'this is not even Turtle',
    };
    const document = compileShapes(importing('urn:a', 'urn:b'), { imports });
    expect(document.text.match(/#minCount/g)).toHaveLength(2);
    expect(document.text.match(/<urn:a> .*#Ontology>/g)).toHaveLength(1);
    // Its text alone is the document: nothing is imported a second time.
    expect(documentFromText(document.text)).toEqual(document);
  });

  it('is covered by the hash, whatever the order in which the host holds it', () => {
    const compile = (imports: Readonly<Record<string, string>>) =>
      compileShapes(importing('urn:a', 'urn:b'), { imports }).hash;
    const [a, b] = [shape('A'), shape('B')];
    const hash = compile({ 'urn:a': a, 'urn:b': b });
    expect(compile({ 'urn:b': b, 'urn:a': a })).toBe(hash);
    expect(compile({ 'urn:a': a, 'urn:b': shape('C') })).not.toBe(hash);
  });

  it.each([
    ['nothing', {}],
    ['another', { 'urn:b': '' }],
    ['what Object has', { constructor: '' }],
  ])('is refused where the host gives %s', (_name, imports) => {
    const text = `${importing()}\n`.replace('owl:imports  .', 'owl:imports\n <urn:a> .');
    expect(() => compileShapes(text, { imports })).toThrow(
      expect.objectContaining({
        code: 'KNHK_SHAPES_UNSUPPORTED',
        details: {
          where: 'shape <https://example.com/ops#main>, owl:imports, shapes, line 7',
          expected: 'its text in the option imports, or all files given together',
          got: 'urn:a',
        },
      }),
    );
  });

  it('is refused inside of an import, by the place there', () => {
    const imports = { 'urn:a': `\n${importing('constructor:x')}` };
    const wanted = 'owl:imports, urn:a, line 8';
    expect(() => compileShapes(importing('urn:a'), { imports })).toThrow(wanted);
  });

  it('is satisfied by a file that holds the ontology', () => {
    const files = [
      { name: 'a.ttl', turtle: importing('urn:b') },
      { name: 'b.ttl', turtle: `${owl} <urn:b> a owl:Ontology . ${shape('B')}` },
    ];
    expect(compileShapes(files).text).toContain('#minCount');
    expect(() => compileShapes(files.slice(0, 1))).toThrow('urn:b');
  });

  it('says file and line of what is wrong in an import', () => {
    const imports = { 'urn:a': `${prefixes}\nops:S sh:path ops:p ;\n  sh:minCont 1 .` };
    expect(() => compileShapes(importing('urn:a'), { imports })).toThrow('urn:a, line 9');
    expect(() => compileShapes(importing('urn:a'), { imports: { 'urn:a': '\nbroken' } })).toThrow(
      expect.objectContaining({ code: 'KNHK_SHAPES_SYNTAX' }),
    );
  });

  it('of SHACL itself may be given as nothing', () => {
    const vocabulary = 'http://www.w3.org/ns/shacl#';
    const { triples } = compileShapes(importing(vocabulary), { imports: { [vocabulary]: '' } });
    expect(triples).toBe(2);
  });
});
