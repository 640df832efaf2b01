import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import { prefixes } from '../fixtures.ts';

const ops = 'https://example.com/ops#';
const node = (index: number): string => `<${ops}n${index}>`;
const edge = (from: number, to: number): string => `${node(from)} <${ops}next> ${node(to)} .\n`;
const typed = (index: number): string =>
  `${node(index)} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <${ops}Good> .\n`;

const validatorOf = (shapes: string) => shapesValidator(compileShapes(prefixes + shapes));
const focusOf = ({ focus }: { readonly focus: { readonly value: string } }): string =>
  focus.value.slice(ops.length);

/** A node is fine if it is good and everything after it is fine. */
const allAfter = `ops:Fine a sh:NodeShape ; sh:targetSubjectsOf ops:next ; sh:class ops:Good ;
  sh:property [ sh:path ops:next ; sh:node ops:Fine ] .`;

describe('a shape that refers to itself', () => {
  it('is refuted by nothing on a cycle alone', () => {
    const count = 50;
    let text = '';
    for (let at = 0; at < count; at++) text += typed(at) + edge(at, (at + 1) % count);
    expect(validatorOf(allAfter).conforms(text)).toBe(true);
    const missing = text.replace(typed(30), '');
    const report = validatorOf(allAfter).validate(missing);
    // Every node comes to the bad one by its next, and the bad one says so itself besides.
    expect(report.results.map(focusOf).sort()).toEqual(
      [...Array.from({ length: count }, (_, at) => `n${at}`), 'n30'].sort(),
    );
  });

  it('ends on a clique, where every way round would be a path of its own', () => {
    const count = 40;
    let text = '';
    for (let from = 0; from < count; from++) {
      text += typed(from);
      for (let to = 0; to < count; to++) text += edge(from, to);
    }
    const validator = validatorOf(allAfter);
    expect(validator.conforms(text)).toBe(true);
    const broken = validator.validate(text.replace(typed(7), ''));
    // Not even the bad one conforms to itself, and all of them lead to all.
    expect(broken.results).toHaveLength(count * count + 1);
  });

  it('goes down a chain of any length', () => {
    const count = 20_000;
    let text = typed(count);
    for (let at = 0; at < count; at++) text += typed(at) + edge(at, at + 1);
    const validator = validatorOf(allAfter);
    expect(validator.conforms(text)).toBe(true);
    const report = validator.validate(text.replace(typed(count), ''));
    expect(report.results).toHaveLength(count);
  });

  it('may need only one of several to hold', () => {
    // Greatest fixpoint: going round supports itself, coming to an end that is not good does not.
    const shapes = `ops:Way a sh:NodeShape ; sh:targetSubjectsOf ops:next ; sh:or (
      [ sh:class ops:Good ]
      [ sh:property [ sh:path ops:next ; sh:qualifiedValueShape ops:Way ;
        sh:qualifiedMinCount 1 ] ] ) .`;
    const text = edge(0, 1) + edge(1, 0) + edge(2, 3) + edge(4, 5) + typed(5);
    expect(validatorOf(shapes).validate(text).results.map(focusOf)).toEqual(['n2']);
  });

  it('through sh:property reports each node once, at its own place', () => {
    const shapes = `ops:Start a sh:NodeShape ; sh:targetNode ops:n0 ; sh:property ops:Step .
      ops:Step a sh:PropertyShape ; sh:path ops:next ; sh:class ops:Good ; sh:property ops:Step .`;
    const text = edge(0, 1) + edge(1, 2) + edge(2, 0) + edge(2, 1) + typed(1);
    const report = validatorOf(shapes).validate(text);
    const found = report.results.map((result) => `${focusOf(result)} ${result.value?.value}`);
    expect(found.sort()).toEqual([`n1 ${ops}n2`, `n2 ${ops}n0`]);
    expect(validatorOf(shapes).conforms(text)).toBe(false);
  });

  it('may rest on another one that is decided first', () => {
    const shapes = `
      ops:Outer a sh:NodeShape ; sh:targetSubjectsOf ops:next ; sh:not ops:Inner ;
        sh:property [ sh:path ops:next ; sh:node ops:Outer ] .
      ops:Inner a sh:NodeShape ; sh:class ops:Good ;
        sh:property [ sh:path ops:other ; sh:node ops:Inner ] .`;
    const other = `${node(3)} <${ops}other> ${node(4)} .\n${node(4)} <${ops}other> ${node(3)} .\n`;
    const text = edge(0, 1) + edge(1, 0) + edge(2, 3) + typed(3) + typed(4) + other;
    const report = validatorOf(shapes).validate(text);
    expect(report.results.map(focusOf)).toEqual(['n2']);
    expect(validatorOf(shapes).conforms(text.replace(typed(4), ''))).toBe(true);
  });
});
