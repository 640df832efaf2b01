function lower(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/**
 * SPARQL's langMatches: basic filtering of RFC 4647, section 3.3.1. A range matches its own tag and
 * those that go on with a hyphen, in any case of ASCII; `*` matches every tag but the empty one.
 */
export function matchesLanguage(tag: string, range: string): boolean {
  if (range === '*') return tag !== '';
  const length = range.length;
  if (length === 0 || tag.length < length) return false;
  if (tag.length > length && tag.charCodeAt(length) !== 45) return false;
  for (let index = 0; index < length; index++) {
    if (lower(tag.charCodeAt(index)) !== lower(range.charCodeAt(index))) return false;
  }
  return true;
}
