const nameStart =
  ':A-Z_a-z\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d' +
  '\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd' +
  '\\u{10000}-\\u{effff}';
const nameRest = `${nameStart}\\-.0-9\\xb7\\u0300-\\u036f\\u203f\\u2040`;

// One class under one star: the time is linear in the text.
const namePattern = new RegExp(`^[${nameStart}][${nameRest}]*$`, 'u');
const tokenPattern = new RegExp(`^[${nameRest}]+$`, 'u');
// One pass for almost all texts; on those with surrogates, a second one looks at the pairs.
const unusual = /[\0\ud800-\udfff\ufffe\uffff]/;
const languagePattern = /^[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*$/;

/**
 * The lexical forms of xsd:string and xsd:anyURI: the characters of XML 1.1 (its production 2, the
 * widest that XSD 1.1 allows), thus neither U+0000, U+FFFE, U+FFFF nor half of a surrogate pair.
 * RDF 1.1 Concepts, section 5.1, says so: "not all Unicode character strings".
 */
export function isText(text: string): boolean {
  return !unusual.test(text) || isPaired(text);
}

function isPaired(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0) return false;
    if (code < 0xd800) continue;
    if (code >= 0xfffe) return false;
    if (code > 0xdfff) continue;
    const next = text.charCodeAt(++index);
    if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
  }
  return true;
}

/** The lexical forms of xsd:normalizedString: no tab, line feed or carriage return. */
export function isNormalizedString(text: string): boolean {
  return isText(text) && !/[\t\n\r]/.test(text);
}

/** The lexical forms of xsd:token: moreover no space at an end, and no two together. */
export function isToken(text: string): boolean {
  return isNormalizedString(text) && !/^ | {2}| $/.test(text);
}

/** The lexical forms of xsd:language. */
export function isLanguage(text: string): boolean {
  return languagePattern.test(text);
}

/** The lexical forms of xsd:Name (XML 1.0, fifth edition, production 5). */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** The lexical forms of xsd:NCName: a name without colons. */
export function isNCName(text: string): boolean {
  return !text.includes(':') && namePattern.test(text);
}

/** The lexical forms of xsd:NMTOKEN (XML 1.0, fifth edition, production 7). */
export function isNmtoken(text: string): boolean {
  return tokenPattern.test(text);
}

/** The lexical forms of xsd:boolean. */
export function isBoolean(text: string): boolean {
  return text === 'true' || text === 'false' || text === '1' || text === '0';
}

/** The lexical forms of xsd:hexBinary: two digits for each octet. */
export function isHexBinary(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text);
}

/** The six bits of a base64 character, or -1. */
function sextet(code: number): number {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  return code === 43 ? 62 : code === 47 ? 63 : -1;
}

/**
 * The lexical forms of xsd:base64Binary: groups of four, a single space between any two characters
 * allowed, and no bit set that the padding cuts off (XSD 1.1 part 2, section 3.3.16).
 */
export function isBase64Binary(text: string): boolean {
  let count = 0;
  let padding = 0;
  let last = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 32) {
      if (index === 0 || index === text.length - 1 || text.charCodeAt(index - 1) === 32) {
        return false;
      }
      continue;
    }
    count++;
    if (code === 61) {
      if (++padding > 2) return false;
      continue;
    }
    last = sextet(code);
    if (last < 0 || padding > 0) return false;
  }
  if (count % 4 !== 0) return false;
  return padding === 0 || (last & (padding === 1 ? 3 : 15)) === 0;
}
