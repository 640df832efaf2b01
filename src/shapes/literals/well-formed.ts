import { xsd } from '../vocabulary.ts';
import * as calendar from './calendar.ts';
import * as durations from './durations.ts';
import { integerRanges, isDecimal, isDouble, isInteger } from './number-forms.ts';
import * as texts from './text-forms.ts';

type Test = (lexical: string) => boolean;

const tests: ReadonlyMap<string, Test> = new Map([
  ...Array.from(integerRanges, ([iri, range]): [string, Test] => [
    iri,
    (lexical) => isInteger(lexical, range),
  ]),
  ...Object.entries<Test>({
    string: texts.isText,
    boolean: texts.isBoolean,
    decimal: isDecimal,
    double: isDouble,
    float: isDouble,
    date: calendar.isDate,
    time: calendar.isTime,
    dateTime: calendar.isDateTime,
    dateTimeStamp: calendar.isDateTimeStamp,
    gYear: calendar.isYear,
    gMonth: calendar.isMonth,
    gDay: calendar.isDay,
    gYearMonth: calendar.isYearMonth,
    gMonthDay: calendar.isMonthDay,
    duration: durations.isDuration,
    yearMonthDuration: durations.isYearMonthDuration,
    dayTimeDuration: durations.isDayTimeDuration,
    hexBinary: texts.isHexBinary,
    base64Binary: texts.isBase64Binary,
    anyURI: texts.isText,
    language: texts.isLanguage,
    normalizedString: texts.isNormalizedString,
    token: texts.isToken,
    NMTOKEN: texts.isNmtoken,
    Name: texts.isName,
    NCName: texts.isNCName,
  }).map(([name, test]): [string, Test] => [xsd + name, test]),
]);

/**
 * The test of a datatype's lexical forms, to be looked up once where shapes are compiled;
 * undefined where every text is one: for datatypes that RDF 1.1 does not name, for rdf:HTML and
 * rdf:XMLLiteral (section 5.2 gives every text a value or leaves it to the host), and for
 * rdf:langString, whose language the caller checks.
 *
 * The forms are those of XSD 1.1 part 2 as RDF 1.1 Concepts, section 5.1, lists them. White space
 * around a value is not removed: RDF has no such step.
 */
export function wellFormedTest(datatype: string): Test | undefined {
  return tests.get(datatype);
}

/** True unless the datatype is known and the text is none of its lexical forms. */
export function isWellFormed(datatype: string, lexical: string): boolean {
  const test = tests.get(datatype);
  return test === undefined || test(lexical);
}
