import { canonical } from '../../base/canonical.ts';
import type { RulesDocument } from '../../rules/document.ts';
import type { ShapesDocument } from '../../shapes/document.ts';

interface Governed {
  readonly document: RulesDocument;
  readonly shapes: ShapesDocument | undefined;
}

/** What a change would do to something protected, or undefined (Q3). */
export function protectedDamage(before: Governed, after: Governed): string | undefined {
  return (
    rulesDamage('guard', before.document, after.document) ??
    rulesDamage('hook', before.document, after.document) ??
    parameterDamage(before.document, after.document) ??
    shapesDamage(before, after)
  );
}

function rulesDamage(
  what: 'guard' | 'hook',
  before: RulesDocument,
  after: RulesDocument,
): string | undefined {
  const list = what === 'guard' ? before.guards : before.hooks;
  const now = new Map((what === 'guard' ? after.guards : after.hooks).map((r) => [r.name, r.hash]));
  for (const rule of list) {
    if (!rule.protected) continue;
    if (now.get(rule.name) !== rule.hash) return `protected ${what} ${rule.name} would change`;
    if (before.switches.includes(rule.name) !== after.switches.includes(rule.name)) {
      return `protected ${what} ${rule.name} would be switched`;
    }
    for (const name of parametersOf(rule, before)) {
      if (before.parameters[name]?.value !== after.parameters[name]?.value) {
        return `parameter ${name} of protected ${what} ${rule.name} would change`;
      }
    }
  }
  return undefined;
}

/** Parameters a protected rule depends on; a guard's code may read any of them. */
function parametersOf(
  rule: RulesDocument['guards'][number] | RulesDocument['hooks'][number],
  document: RulesDocument,
): readonly string[] {
  // A guard's check decides by what it reads, so all count; a hook's code only proposes.
  if ('mode' in rule && rule.mode === 'check') return Object.keys(document.parameters);
  const templates = 'mode' in rule ? [] : (rule.act ?? []);
  const leaves = templates.flatMap(({ target, data }) => [target, ...Object.values(data ?? {})]);
  return [...rule.when.map(({ right }) => right), ...leaves].flatMap((side) => {
    const named = typeof side === 'object' && side !== null && 'param' in side;
    return named ? [String(side.param)] : [];
  });
}

function parameterDamage(before: RulesDocument, after: RulesDocument): string | undefined {
  for (const [name, body] of Object.entries(before.parameters)) {
    if (!body.protected) continue;
    const now = after.parameters[name];
    if (now === undefined || canonical({ ...now }) !== canonical({ ...body })) {
      return `protected parameter ${name} would change`;
    }
  }
  return undefined;
}

/** Shapes that mention a protected class or property must be there as they were. */
function shapesDamage(before: Governed, after: Governed): string | undefined {
  const { classes, properties } = before.document.protected;
  const terms = [...classes, ...properties];
  if (terms.length === 0 || before.shapes?.hash === after.shapes?.hash) return undefined;
  for (const term of terms) {
    if (about(before.shapes, term) !== about(after.shapes, term)) {
      return `shapes about protected ${term} would change`;
    }
  }
  return undefined;
}

/**
 * The triples of a shapes document that describe a term: every subject that mentions it, with what
 * it refers to. Blank node labels follow document order, so an unrelated edit above may count as a
 * change: that errs on the side of refusing.
 */
function about(shapes: ShapesDocument | undefined, term: string): string {
  if (shapes === undefined) return '';
  const lines = shapes.text.split('\n').filter((line) => line !== '');
  const subjectOf = (line: string): string => line.slice(0, line.indexOf(' '));
  const reached = new Set(lines.filter((line) => line.includes(`<${term}>`)).map(subjectOf));
  for (;;) {
    const size = reached.size;
    for (const line of lines) {
      const subject = subjectOf(line);
      const linked = line.split(' ').some((part) => reached.has(part));
      // Whatever a reached subject points to belongs to it, and so does what points to it.
      if (linked) reached.add(subject);
      if (reached.has(subject)) {
        const object = line.slice(line.indexOf(' ', line.indexOf(' ') + 1) + 1).replace(/ \.$/, '');
        if (object.startsWith('_:')) reached.add(object);
      }
    }
    if (reached.size === size) break;
  }
  return lines.filter((line) => reached.has(subjectOf(line))).join('\n');
}
