/** False where the process forbids code from strings (V8's `AllowCodeGenerationFromStrings`). */
export function canGenerate(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}

/**
 * What a body of code returns.
 *
 * @param body strict code whose texts from outside are written as JSON strings
 * @param constants what it names
 */
export function generated<Made>(body: string, constants: Readonly<Record<string, unknown>>): Made {
  const make = new Function(...Object.keys(constants), `'use strict';\n${body}`) as (
    ...given: unknown[]
  ) => Made;
  return make(...Object.values(constants));
}
