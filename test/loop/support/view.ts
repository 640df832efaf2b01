import type { FieldView, MonitorView, OutcomeCounts, TypeView } from '../../../src/loop/view.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';

/** Figures of a type, as far as a test cares for them. */
export interface TypeFigures
  extends Partial<Omit<TypeView, 'panes' | 'samples' | 'outcomes' | 'totals'>> {
  readonly type: string;
  readonly outcomes?: Partial<OutcomeCounts>;
  readonly totals?: Partial<OutcomeCounts>;
  readonly panes?: readonly number[];
  readonly samples?: { readonly [outcome: string]: readonly number[] };
}

/** Figures of a field, as far as a test cares for them. */
export type FieldFigures = Partial<FieldView> & Pick<FieldView, 'type' | 'field'>;

/** What a view made by hand holds. */
export interface ViewFigures
  extends Partial<Omit<MonitorView, 'document' | 'types' | 'type' | 'fields' | 'field'>> {
  readonly document: RulesDocument;
  readonly types?: readonly TypeFigures[];
  readonly fields?: readonly FieldFigures[];
}

const noOutcomes: OutcomeCounts = {
  acted: 0,
  pending: 0,
  denied: 0,
  idle: 0,
  invalid: 0,
  failed: 0,
};

function typeView(given: TypeFigures): TypeView {
  const { outcomes, totals, panes = [], samples = {}, ...figures } = given;
  return {
    count: 0,
    total: 0,
    firstAt: 0,
    lastAt: 0,
    gapMs: { mean: 0, longest: 0 },
    subjects: 0,
    ...figures,
    outcomes: { ...noOutcomes, ...outcomes },
    totals: { ...noOutcomes, ...totals },
    panes: () => panes,
    samples: (outcome) => samples[outcome] ?? [],
  };
}

const fieldView = (given: FieldFigures): FieldView => ({
  ...{ present: 0, absent: 0, presentNow: 0, absentNow: 0 },
  ...given,
});

/** One object for all items, as the monitor does it: whoever keeps it sees it change. */
function* flyweight<Item extends object>(items: readonly Item[]): Generator<Item, undefined> {
  const shown = {} as Record<string, unknown>;
  for (const item of items) {
    for (const name of Object.keys(shown)) delete shown[name];
    yield Object.assign(shown, item) as Item;
  }
  return undefined;
}

/** A view made by hand: what a test does not give is empty. */
export function viewOf(given: ViewFigures): MonitorView {
  const { types = [], fields = [], ...rest } = given;
  const typeViews = types.map(typeView);
  const fieldViews = fields.map(fieldView);
  return {
    cycle: 1,
    open: { observed: {}, fired: {}, seqs: [0, 0] },
    samples: () => [],
    history: () => [],
    recent: () => [],
    now: 0,
    windowMs: 3_600_000,
    paneMs: 60_000,
    ...rest,
    types: () => flyweight(typeViews),
    type: (name) => typeViews.find(({ type }) => type === name),
    fields: () => flyweight(fieldViews),
    field: (type, field) => fieldViews.find((each) => each.type === type && each.field === field),
  };
}

/** Mulberry32: a seeded generator of numbers from 0 to 1, so that a failure can be run again. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The document of a catalogue without rules. */
export const noRules: RulesDocument = catalogueOf({ observations: [], rules: [] }).document;
