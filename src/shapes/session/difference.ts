import type { TermLike } from '../../terms/turtle.ts';
import type { ShapePath } from '../model.ts';
import { termText } from '../nquads.ts';
import type { ValidationResult } from '../report/types.ts';

/** Results counted as often as they stand there: how two reports differ. */
export interface Difference {
  readonly added: ValidationResult[];
  readonly removed: ValidationResult[];
}

/** What `after` has more than `before`, and what it has less. */
export function differenceOf(
  before: readonly ValidationResult[],
  after: readonly ValidationResult[],
): Difference {
  if (before.length === 0 || after.length === 0) {
    return { added: [...after], removed: [...before] };
  }
  const left = new Map<string, ValidationResult[]>();
  for (const result of before) {
    const key = resultText(result);
    const same = left.get(key);
    if (same === undefined) left.set(key, [result]);
    else same.push(result);
  }
  const added = after.filter((result) => left.get(resultText(result))?.pop() === undefined);
  return { added, removed: [...left.values()].flat() };
}

/** One text for a result with all that it says: equal results have equal texts. */
function resultText(result: ValidationResult): string {
  const term = (of: TermLike | null): string | null => (of === null ? null : termText(of));
  return JSON.stringify([
    term(result.focus),
    pathText(result.path),
    term(result.value),
    result.component,
    result.severity,
    term(result.shape),
    result.messages.map(termText),
    result.detail.map(resultText).sort(),
  ]);
}

// A path comes from the document, so that its members always stand in the same order.
function pathText(path: ShapePath | null): string {
  return path?.kind === 'predicate' ? path.iri : JSON.stringify(path);
}
