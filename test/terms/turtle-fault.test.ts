import { describe } from 'vitest';
import { parseTurtle } from '../../src/terms/turtle.ts';
import { type Mistake, mistakes } from '../support/errors.ts';

const e = '@prefix e: <urn:> .\n';
const parse = (text: string) => (): unknown => parseTurtle(text, 'a.ttl');
const at = (
  line: number,
  column: number,
  text: string,
  expected: string,
  message: string,
): Mistake => {
  const got = `${message} on line ${line}.`;
  return [parse(text), `a.ttl, line ${line}, column ${column}`, expected, got];
};
const five = '"5"^^http://www.w3.org/2001/XMLSchema#integer';
const next = 'a comma, a semicolon or a dot';

describe('where Turtle breaks and what was expected', () => {
  mistakes('KNHK_TERMS_RDF', [
    at(2, 9, `${e}e:a e:b .`, 'a term', 'Expected entity but got .'),
    at(2, 13, `${e} e:a e:b 5  6 .`, 'a term', 'Expected entity but got literal'),
    at(2, 5, `${e}e:a x:b 5 .`, 'a declared prefix', 'Undefined prefix "x:"'),
    at(1, 9, '@prefix <urn:> .', 'a prefix', 'Expected prefix to follow @prefix'),
    at(1, 12, '@prefix e: 5 .', 'an IRI', 'Expected IRI to follow prefix "e:"'),
    at(2, 1, '@prefix e: <urn:>\ne:a e:b e:c .', 'a dot', 'Expected declaration to end with a dot'),
    at(2, 5, `${e}e:a _:b e:c .`, 'an IRI as predicate', 'Disallowed blank node as predicate'),
    at(2, 1, `${e}"a" e:b e:c .`, 'an IRI or a blank node', 'Unexpected literal'),
    at(2, 12, `${e}{ e:a e:b 5`, next, `Expected punctuation to follow "${five}"`),
    at(2, 14, `${e}{ e:a e:b 5 .`, 'a closing brace', 'Unclosed graph'),
    at(2, 5, `${e}e:a \u0001%% 5 .`, 'Turtle', 'Unexpected "\u0001%%"'),
    at(3, 6, `${e}e:a\n e:b %% .`, 'Turtle', 'Unexpected "%%"'),
    at(2, 15, `${e}e:a e:b "%%", %% .`, 'Turtle', 'Unexpected "%%"'),
    at(3, 1, `${e}e:a e:b\n%% .`, 'Turtle', 'Unexpected "%%"'),
    at(3, 7, `${e}e:a e:b """x\ny""", %% .`, 'Turtle', 'Unexpected "%%"'),
    at(1, 4, ' \t <a b> .', 'Turtle', 'Unexpected "<a"'),
  ]);
});
