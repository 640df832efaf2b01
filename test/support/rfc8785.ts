/** A second writer of RFC 8785, sharing no code with the library's. */
export function rfc8785(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return JSON.stringify(value);
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(rfc8785).join(',')}]`;
  const members = Object.entries(value as Record<string, unknown>);
  members.sort(([left], [right]) => byUnits(left, right));
  return `{${members.map(([name, item]) => `${text(name)}:${rfc8785(item)}`).join(',')}}`;
}

function byUnits(left: string, right: string): number {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const order = left.charCodeAt(at) - right.charCodeAt(at);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

function text(value: string): string {
  let written = '"';
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    const unit = value.charCodeAt(at);
    const control = `\\u${unit.toString(16).padStart(4, '0')}`;
    written += short[character] ?? (unit < 0x20 ? control : character);
  }
  return `${written}"`;
}
