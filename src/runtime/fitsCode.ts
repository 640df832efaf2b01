import { limits } from '../base/limits.ts';
import type { Field } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import { isText, readScalar, Unreadable } from '../terms/scalars.ts';
import { generated } from './generate.ts';

// No escape is longer than six bytes, no name longer than 64 characters.
const bytesPerUnit = 6;
const overheadPerField = 80;
const longestNumber = 32;
const comparedMax = 16;

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
    const given = `else { if (!(${test})) return false; units += ${unitsOf(field, value)}; }`;
    return `${load} if (${value} === undefined) {${missing} } ${given}`;
  });
  const room = limits.recordBytes - overheadPerField * parts.length;
  const body = `return function fits(input) {
  if (Array.isArray(input)) return false;
  let units = 0;
  ${parts.join('\n  ')}
  // Counting members would take an unknown one for a declared one that for-in does not show, such
  // as a getter of a class; inherited ones only send the input the long way round.
  for (const name in input) ${knownCode(Object.keys(fields), constants)}
  return ${bytesPerUnit} * units <= ${room};
};`;
  return generated(body, constants);
}

/** Returns false at a name that is not declared: by comparing pointers where they are few. */
function knownCode(names: readonly string[], constants: Record<string, unknown>): string {
  if (names.length > comparedMax) {
    constants['known'] = new Set(names);
    return 'if (!known.has(name)) return false;';
  }
  const cases = names.map((name) => `case ${JSON.stringify(name)}:`);
  return `switch (name) { ${cases.join(' ')} continue; default: return false; }`;
}

/** The most UTF-16 units that a value's text may have before escapes. */
function unitsOf({ kind }: Field, value: string): string {
  const length = `${value}.length`;
  if (kind === 'string' || kind === 'iri' || kind === 'oneOf' || kind === 'decimal') return length;
  return kind === 'instant'
    ? `(typeof ${value} === 'string' ? ${length} : ${longestNumber})`
    : String(longestNumber);
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
