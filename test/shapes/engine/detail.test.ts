import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import type { ValidationResult } from '../../../src/shapes/report/types.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import { prefixes } from '../fixtures.ts';

const ops = 'https://example.com/ops#';
const validatorOf = (shapes: string) => shapesValidator(compileShapes(prefixes + shapes));
const detailed = (shapes: string, turtle: string): readonly ValidationResult[] =>
  validatorOf(shapes).validate(prefixes + turtle, { detail: true, format: 'turtle' }).results;
const said = ({ component, focus, value, detail }: ValidationResult): unknown => [
  component.slice(component.indexOf('#') + 1).replace('ConstraintComponent', ''),
  focus.value.slice(ops.length),
  value === null ? null : value.value.replace(ops, ''),
  detail
    .map((each) => JSON.stringify(said(each)))
    .sort()
    .map((each): unknown => JSON.parse(each)),
];

const shapes = `
  ops:OrderShape a sh:NodeShape ; sh:targetClass ops:Order ;
    sh:property [ sh:path ops:customer ; sh:node ops:CustomerShape ] .
  ops:CustomerShape a sh:NodeShape ;
    sh:property [ sh:path ops:name ; sh:minCount 1 ] ;
    sh:property [ sh:path ops:home ; sh:or ( ops:HomeShape [ sh:nodeKind sh:Literal ] ) ] .
  ops:HomeShape a sh:NodeShape ; sh:property [ sh:path ops:city ; sh:minCount 1 ] .`;

describe('details of results', () => {
  it('say down to the last constraint why a value does not conform', () => {
    const results = detailed(
      shapes,
      'ops:o a ops:Order ; ops:customer ops:c . ops:c ops:home ops:h .',
    );
    expect(results.map(said)).toEqual([
      [
        'Node',
        'o',
        'c',
        [
          ['MinCount', 'c', null, []],
          [
            'Or',
            'c',
            'h',
            [
              ['MinCount', 'h', null, []],
              ['NodeKind', 'h', 'h', []],
            ],
          ],
        ],
      ],
    ]);
  });

  it('are left out unless they are asked for', () => {
    const report = validatorOf(shapes).validate(
      `${prefixes} ops:o a ops:Order ; ops:customer ops:c .`,
    );
    expect(report.results.map(({ detail }) => detail)).toEqual([[]]);
  });

  it('are bounded where they would grow without end, whatever the order of the graph', () => {
    const knows = `ops:Shape a sh:NodeShape ; sh:targetNode ops:n0 ; sh:class ops:Good ;
      sh:property [ sh:path ops:knows ; sh:node ops:Shape ] .`;
    const lines: string[] = [];
    for (let from = 0; from < 12; from++) {
      for (let to = 0; to < 12; to++) lines.push(`ops:n${from} ops:knows ops:n${to} .`);
    }
    const count = (results: readonly ValidationResult[]): number =>
      results.reduce((sum, { detail }) => sum + 1 + count(detail), 0);
    const results = detailed(knows, lines.join('\n'));
    expect(results).toHaveLength(13);
    for (const { detail } of results) expect(count(detail)).toBeLessThanOrEqual(256);
    const sorted = (each: readonly ValidationResult[]): string[] =>
      each.map((one) => JSON.stringify(said(one))).sort();
    expect(sorted(detailed(knows, lines.reverse().join('\n')))).toEqual(sorted(results));
  });
});
