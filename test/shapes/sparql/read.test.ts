import { describe, expect, it } from 'vitest';
import {
  type CompileShapesOptions,
  compileShapes,
  documentFromText,
} from '../../../src/shapes/document.ts';
import { openShapesGate } from '../../../src/shapes/gate.ts';
import { modelOf } from '../../../src/shapes/models.ts';
import type { SparqlRule } from '../../../src/shapes/sparql/model.ts';
import { prefixes } from '../fixtures.ts';

const allow: CompileShapesOptions = { sparql: 'allow' };
const code = 'KNHK_SHAPES_UNSUPPORTED';

function rulesOf(turtle: string): SparqlRule[] {
  return modelOf(compileShapes(prefixes + turtle, allow)).shapes.flatMap(({ constraints }) =>
    constraints.flatMap((constraint) => (constraint.kind === 'sparql' ? [constraint.rule] : [])),
  );
}

const query = 'sh:select "SELECT $this { $this ops:p 1 }"';
const shape = `ops:S sh:targetClass ops:C ; sh:sparql ops:Q .`;
const component = (rest: string): string => `ops:S sh:targetClass ops:C ; ops:min 1 .
  ops:Comp a sh:ConstraintComponent ; ${rest} .`;
const min = 'sh:parameter [ sh:path ops:min ]';
const ask = 'sh:validator [ sh:ask "ASK { FILTER ($value > $min) }" ]';
const declaring = (declarations: string): string =>
  `${shape} ops:Q ${query} ; sh:prefixes [ sh:declare ${declarations} ] .`;

describe('what a document says in SPARQL', () => {
  it.each([
    ['a constraint without a query', `${shape} ops:Q sh:message "x" .`, 'one string'],
    ['a constraint that is not here', shape, 'defined in these files'],
    ['a constraint that is a text', 'ops:S sh:sparql "SELECT" .', 'defined in these files'],
    ['two queries', `${shape} ops:Q ${query}, "SELECT $this { }" .`, 'one string'],
    ['a query of both forms', `${shape} ops:Q ${query} ; sh:ask "ASK { }" .`, 'another form'],
    ['a query that is no string', `${shape} ops:Q sh:select "SELECT $this { }"@en .`, 'one string'],
    ['a query of the other form', `${shape} ops:Q sh:select "ASK { }" .`, 'of form SELECT'],
    [
      'a path in a node shape',
      `${shape} ops:Q sh:select "SELECT $this { $this $PATH 1 }" .`,
      'PATH',
    ],
    ['a component without parameters', component(ask), 'not optional'],
    [
      'a component of options alone',
      component(`${ask} ; sh:parameter [ sh:path ops:min ; sh:optional true ]`),
      'not optional',
    ],
    ['a component without validator', component(min), 'sh:nodeValidator or sh:validator'],
    [
      'a component without a type',
      `ops:S ops:min 1 . ops:Comp ${min} ; ${ask} .`,
      'a sh:ConstraintComponent',
    ],
    [
      'a component without a name',
      `ops:S ops:min 1 . [] a sh:ConstraintComponent ; ${min} ; ${ask} .`,
      'IRI',
    ],
    ['two validators', component(`${min} ; ${ask} ; ${ask.replace('>', '<')}`), 'one validator'],
    [
      'a validator of another form',
      component(`${min} ; sh:nodeValidator [ sh:ask "ASK { }" ]`),
      'one string',
    ],
    [
      'a parameter without a path',
      component(`sh:parameter [ sh:name "x" ] ; ${ask}`),
      'no sh:path',
    ],
    [
      'a parameter of a reserved name',
      component(`sh:parameter [ sh:path ops:value ] ; ${ask}`),
      'name of a variable',
    ],
    [
      'a parameter that no variable can have',
      component(`sh:parameter [ sh:path ops:a-b ] ; ${ask}`),
      'name of a variable',
    ],
    [
      'a parameter of SHACL',
      component(`sh:parameter [ sh:path sh:minCount ] ; ${ask}`),
      'outside of SHACL',
    ],
    [
      'two parameters of one name',
      component(`${min}, [ sh:path <urn:min> ] ; ${ask}`),
      'names of their own',
    ],
    [
      'two values where there are two parameters',
      `${component(`${min}, [ sh:path ops:max ] ; ${ask}`)} ops:S ops:max 2, 3 .`,
      'one value of each',
    ],
    [
      'a value for a parameter',
      component(`${min} ; sh:validator [ sh:ask "ASK { BIND (1 AS ?min) }" ]`),
      'appendix A',
    ],
    [
      'a prefix that is none',
      declaring('[ sh:prefix "a b" ; sh:namespace "urn:a" ]'),
      'one prefix',
    ],
    [
      'a namespace that is none',
      declaring('[ sh:prefix "a" ; sh:namespace "urn:> }" ]'),
      'one namespace',
    ],
    [
      'a prefix of two namespaces',
      declaring(
        '[ sh:prefix "a" ; sh:namespace "urn:a" ], [ sh:prefix "a" ; sh:namespace "urn:b" ]',
      ),
      'for the prefix a:',
    ],
    ['a SPARQL target', 'ops:S sh:target [ a sh:SPARQLTarget ] .', 'computed targets'],
    ['a rule', 'ops:S sh:rule [ sh:construct "" ] .', 'rules'],
  ])('is refused: %s', (_name, turtle, message) => {
    const compile = (): unknown => compileShapes(prefixes + turtle, allow);
    expect(compile).toThrow(expect.objectContaining({ code }));
    expect(compile).toThrow(message);
    expect(compile).toThrow(/ at shape (<.*>|_:b\d+), /);
  });

  it('reads prefixes along imports, and paths and parameters into the query', () => {
    const [rule, ...others] = rulesOf(`${component(`${min} ;
      sh:labelTemplate "more than {$min}" ;
      sh:propertyValidator [ sh:select "SELECT $this { $this $PATH ?v }" ; sh:prefixes ops:A ]`)}
      ops:A <http://www.w3.org/2002/07/owl#imports> ops:B ;
        sh:declare [ sh:prefix "a" ; sh:namespace "urn:a:"^^xsd:anyURI ] .
      ops:B <http://www.w3.org/2002/07/owl#imports> ops:A ;
        sh:declare [ sh:prefix "" ; sh:namespace "urn:b:"^^xsd:anyURI ] .
      ops:S sh:path ( [ sh:inversePath ops:p ] [ sh:alternativePath ( ops:q
        [ sh:zeroOrOnePath ops:r ] ) ] ) .`);
    expect(others).toEqual([]);
    const ops = 'https://example.com/ops#';
    expect(rule).toMatchObject({
      component: `${ops}Comp`,
      form: 'select',
      query:
        'PREFIX a: <urn:a:>\nPREFIX : <urn:b:>\n' +
        `SELECT $this { $this (^<${ops}p>)/(<${ops}q>|(<${ops}r>?)) ?v }`,
      bindings: { min: { value: '1' }, currentShape: { value: `${ops}S` } },
      messages: [{ value: 'more than {$min}' }],
    });
  });

  it('makes a constraint of each value of one parameter, and none where one is missing', () => {
    const rules = rulesOf(`${component(`${min} ; ${ask}`)} ops:S ops:min 2, 3 .`);
    expect(rules.map(({ bindings }) => bindings['min']?.value)).toEqual(['1', '2', '3']);
    const two = component(`${min}, [ sh:path ops:max ] ; ${ask.replace('$value', '$max')}`);
    expect(rulesOf(two)).toHaveLength(0);
  });

  it('leaves out a constraint that is deactivated', () => {
    expect(rulesOf(`${shape} ops:Q ${query} ; sh:deactivated true .`)).toEqual([]);
    expect(rulesOf(`${shape} ops:Q ${query} ; sh:deactivated false .`)).toHaveLength(1);
  });

  it('takes what extends a component of SHACL Core for that component', () => {
    const { sparql } = compileShapes(
      `${prefixes} sh:ClassConstraintComponent sh:validator ops:V . ops:V sh:ask "ASK { }" .`,
      allow,
    );
    expect(sparql).toBe(false);
  });

  it('is no local document, can be stored, and is told from Core', () => {
    const document = compileShapes(`${prefixes} ${shape} ops:Q ${query} .`, allow);
    expect(document).toMatchObject({ sparql: true, local: false });
    expect(documentFromText(document.text, allow)).toEqual(document);
    expect(() => documentFromText(document.text)).toThrow(expect.objectContaining({ code }));
    expect(compileShapes(`${prefixes} ops:S sh:targetClass ops:C .`, allow).sparql).toBe(false);
  });

  it('is refused by a gate, whose threads cannot get an evaluator', async () => {
    const document = compileShapes(`${prefixes} ${shape} ops:Q ${query} .`, allow);
    for (const engine of ['knhk', 'reference'] as const) {
      const gate = openShapesGate({ observations: [], threads: 0, engine });
      await expect(gate.validateGraph(document, '<urn:a> <urn:b> <urn:c> .')).rejects.toMatchObject(
        {
          code,
        },
      );
      await gate.close();
    }
  });
});
