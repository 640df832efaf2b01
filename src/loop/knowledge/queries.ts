import { changeName } from '../../rules/changes.ts';
import type { RulesDocument } from '../../rules/document.ts';
import type { Pattern } from '../types.ts';
import { isRefused, type Part } from './part.ts';
import { basisOf, changeKey, isSameEvidence } from './similar.ts';
import type {
  KnownPattern,
  KnownProposal,
  PatternQuery,
  PlannerRecord,
  ProposalQuery,
  Wish,
} from './types.ts';

/** The patterns of a log that a query asks for. */
export function patternsOf(part: Part, query: PatternQuery): readonly KnownPattern[] {
  const { detector, kind, subject, since = 0 } = query;
  return [...part.patterns.values()].filter(
    ({ pattern, last }) =>
      (detector === undefined || pattern.detector === detector) &&
      (kind === undefined || pattern.kind === kind) &&
      (subject === undefined || pattern.subject === subject) &&
      last >= since,
  );
}

/** The proposals of a log that a query asks for. */
export function proposalsOf(part: Part, query: ProposalQuery): readonly KnownProposal[] {
  const { planner, state, kind, name, since = 0 } = query;
  return [...part.proposals.values()].filter(
    (known) =>
      (planner === undefined || known.planner === planner) &&
      (state === undefined || known.state === state) &&
      (kind === undefined || known.change?.kind === kind) &&
      (name === undefined || (known.change !== null && changeName(known.change) === name)) &&
      known.cycle >= since,
  );
}

/** How planners fared in all logs together, by name. */
export function plannersOf(parts: readonly Part[]): readonly PlannerRecord[] {
  const sums = new Map<string, PlannerRecord>();
  for (const { planners } of parts) {
    for (const { planner, kept, concluded } of planners.values()) {
      const sum = sums.get(planner) ?? { kept: 0, concluded: 0 };
      const record = { planner, kept: sum.kept + kept, concluded: sum.concluded + concluded };
      sums.set(planner, record);
    }
  }
  return [...sums.values()].sort((left, right) => (left.planner < right.planner ? -1 : 1));
}

/** Planners by their success, the best first; equal ones keep their order. */
export function ranked<T extends { readonly name: string }>(
  planners: readonly T[],
  records: readonly PlannerRecord[],
): readonly T[] {
  const known = new Map(records.map((record) => [record.planner, record]));
  const success = ({ name }: T): number => {
    const { kept, concluded } = known.get(name) ?? { kept: 0, concluded: 0 };
    return (kept + 1) / (concluded + 2);
  };
  return [...planners].sort((left, right) => success(right) - success(left));
}

/** The last proposal of any log that speaks against a wish. */
export function refusalOf(
  parts: readonly Part[],
  wish: Wish,
  document: RulesDocument,
): KnownProposal | undefined {
  const key = changeKey(wish);
  const pattern: Pattern | null = wish.pattern ?? null;
  let basis: string | undefined;
  const refuses = (known: KnownProposal): boolean => {
    const { change, inverse } = known;
    if (!isRefused(known) || change === null || inverse === null) return false;
    if (!isSameEvidence(known.pattern, pattern)) return false;
    if (changeKey({ change, inverse }) !== key) return false;
    basis ??= basisOf(document, wish.change);
    return known.basis === basis;
  };
  return parts.flatMap((part) => [...part.proposals.values()]).findLast(refuses);
}
