import { limits } from '../base/limits.ts';
import type { Field } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import { isText, readScalar, Unreadable } from '../terms/scalars.ts';

// No escape is longer than six bytes, no name longer than 64 characters.
const bytesPerUnit = 6;
const overheadPerField = 80;
const longestNumber = 32;

/**
 * A reader's `fits` with names written out: true only if the input can be read whole. Called where
 * code generation was found to be allowed.
 */
export function generatedFits({ fields }: Observation): (input: object) => boolean {
  const constants: Record<string, unknown> = { isText };
  const parts = Object.entries(fields).map(([name, field], index) => {
    const value = `f${index}`;
    const load = `const ${value} = input[${JSON.stringify(name)}];`;
    const missing = field.optional ? '' : ' return false;';
    const test = testOf(field, value, index, constants);
    const units = isTextual(field) ? `${value}.length` : longestNumber;
    const given = `else { if (!(${test})) return false; present++; units += ${units}; }`;
    return `${load} if (${value} === undefined) {${missing} } ${given}`;
  });
  const room = limits.recordBytes - overheadPerField * parts.length;
  const body = `'use strict';
return function fits(input) {
  let present = 0;
  let units = 0;
  ${parts.join('\n  ')}
  // As many members as declared ones with a value: none of them is unknown. for-in also counts
  // inherited ones, which only sends the input the long way round.
  for (const _ in input) present--;
  return present === 0 && ${bytesPerUnit} * units <= ${room};
};`;
  const make = new Function(...Object.keys(constants), body) as (
    ...given: unknown[]
  ) => (input: object) => boolean;
  return make(...Object.values(constants));
}

function isTextual({ kind }: Field): boolean {
  return kind === 'string' || kind === 'iri' || kind === 'oneOf' || kind === 'decimal';
}

function testOf(
  field: Field,
  value: string,
  index: number,
  constants: Record<string, unknown>,
): string {
  const notMinusZero = `(${value} !== 0 || 1 / ${value} > 0)`;
  switch (field.kind) {
    case 'integer':
      return `Number.isSafeInteger(${value}) && ${notMinusZero}`;
    case 'number':
      return `Number.isFinite(${value}) && ${notMinusZero}`;
    case 'boolean':
      return `typeof ${value} === 'boolean'`;
    case 'string':
      return `isText(${value})`;
    case 'list':
      // Reading items makes an array: the long way round does that once.
      return 'false';
    default:
      constants[`read${index}`] = (given: unknown) =>
        !(readScalar(field, given) instanceof Unreadable);
      return `read${index}(${value})`;
  }
}
