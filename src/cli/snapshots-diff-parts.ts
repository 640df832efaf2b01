import { canonical } from '../base/canonical.ts';
import type { RulesDocument } from '../rules/document.ts';

/** One part of the rules that differs. */
export interface PartDifference {
  /** Member of the rules document, such as `hooks` or `parameters`. */
  readonly part: string;
  /** Name of the item; null where the part has no items. */
  readonly name: string | null;
  readonly change: 'added' | 'removed' | 'changed';
}

/** The items of a part by name; undefined where it is one value. */
function itemsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) {
    // Lists of names are sets, lists of objects are items with names.
    return new Map(
      value.map((item: unknown) => [
        typeof item === 'string' ? item : (item as { readonly name: string }).name,
        item,
      ]),
    );
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map(Object.entries(value));
}

/** Everything that differs between two documents of rules, whatever made it differ. */
export function differences(
  before: RulesDocument,
  after: RulesDocument,
): readonly PartDifference[] {
  return Object.keys(before).flatMap((part) => {
    const pair = [before, after].map((rules) => rules[part as keyof RulesDocument] as unknown);
    const [left, right] = pair.map(itemsOf);
    if (left === undefined || right === undefined) {
      const isSame = canonical(pair[0]) === canonical(pair[1]);
      return isSame ? [] : [{ part, name: null, change: 'changed' } as const];
    }
    return [...new Set([...left.keys(), ...right.keys()])].flatMap((name): PartDifference[] => {
      if (!right.has(name)) return [{ part, name, change: 'removed' }];
      if (!left.has(name)) return [{ part, name, change: 'added' }];
      const isSame = canonical(left.get(name)) === canonical(right.get(name));
      return isSame ? [] : [{ part, name, change: 'changed' }];
    });
  });
}

/** The same in words. */
export const differenceWords = ({ part, name, change }: PartDifference): string =>
  name === null ? `${part} ${change}` : `${part}: ${name} ${change}`;
