import type { Detector, Pattern } from '../types.ts';
import type { FieldView, MonitorView } from '../view.ts';
import { type Judged, patternOf, surprising } from './found.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';
import { binomialSurprise } from './statistics.ts';

/** Options of {@link noveltyDetector}. */
export interface NoveltyOptions extends FindingOptions {
  /** Values before the open cycle that there must be; default 200. */
  readonly historyMin?: number;
  /** Least distance from all earlier values, as a share of their range; default 0.1. */
  readonly margin?: number;
}

type Names = 'historyMin' | 'margin';

const bounds: Bounds<Names> = { historyMin: [200, 10, 1e12], margin: [0.1, 0, 1e9] };

/**
 * Finds values far outside all earlier ones of their field (`range-novelty`) and texts that never
 * occurred before where new ones had become rare (`text-novelty`).
 *
 * That one of m values exceeds n earlier ones has the probability m / (n + m) whatever their
 * distribution; by how far it may do so is taken from the tail that the earlier ones show: their
 * greatest deviation, as a power of their number. Texts are new with the probability that
 * singletons had (Good 1953) where all different ones are known, else with the share that was new
 * so far. A text that is new against odds of 20 to 1 is remembered (`observe`); what is beyond the
 * false alarms allowed is an alert.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * noveltyDetector({ margin: 0.5 }).name; // => 'novelty'
 * noveltyDetector({ margin: -1 }); // => throws KNHK_LOOP_SETTING
 */
export function noveltyDetector(options: NoveltyOptions = {}): Detector {
  const settings = settingsOf('noveltyDetector', options, bounds);
  return { name: 'novelty', detect: (view) => detect(view, settings) };
}

function detect(view: MonitorView, settings: Settings<Names>): readonly Pattern[] {
  const found: Judged[] = [];
  let keys = 0;
  for (const field of view.fields()) {
    keys++;
    const { numbersNow } = field;
    const judged =
      numbersNow === undefined ? texts(field, settings) : range(field, numbersNow, settings);
    if (judged !== undefined) found.push(judged);
  }
  if (found.length === 0) return [];
  const sure = surprising('novelty', found, keys, settings);
  const rest = found
    .filter(({ kind, subject }) => {
      const taken = sure.some((pattern) => pattern.kind === kind && pattern.subject === subject);
      return kind === 'text-novelty' && !taken;
    })
    .map((judged) => patternOf('novelty', { ...judged, recommend: 'observe' }));
  return [...sure, ...rest].slice(0, settings.patternsMax);
}

function range(
  field: FieldView,
  numbersNow: NonNullable<FieldView['numbersNow']>,
  settings: Settings<Names>,
): Judged | undefined {
  const { numbers } = field;
  if (numbers === undefined) return undefined;
  const { min, max } = numbers;
  const above = numbersNow.max - max;
  const below = min - numbersNow.min;
  const beyond = Math.max(above, below);
  if (!(beyond > 0)) return undefined;
  const { count } = numbers;
  if (count < settings.historyMin) return undefined;
  if (beyond < settings.margin * (max - min)) return undefined;
  const { mean, deviation } = numbers;
  const reached = above >= below ? max - mean : mean - min;
  const now = numbersNow.count;
  const evidence = { count, observed: now };
  const told = {
    kind: 'range-novelty',
    subject: `${field.type} ${field.field}`,
    direction: above >= below ? 'more' : 'less',
    seqs: [],
    recommend: 'alert',
  } as const;
  // On either side.
  const first = Math.log((count + now) / now / 2);
  // What never varied has no tail to go by: that it does now is all that is known.
  if (!(deviation > 0)) return { ...told, surprise: first, evidence };
  // By chance the greatest of n values is one that five in n exceed: a fifth of them may have led
  // so far. A quarter more, because tails are rarely so regular.
  const deviationsBefore = reached / deviation;
  const tail = (1.25 * Math.log(Math.max(deviationsBefore, 1.25))) / Math.log(count / 5);
  const deviations = (reached + beyond) / deviation;
  return {
    ...told,
    surprise: first + Math.log((reached + beyond) / reached) / tail,
    evidence: { ...evidence, deviations, deviationsBefore, tail },
  };
}

/** Odds against a new text that make it worth remembering. */
const rareNats = Math.log(20);

function texts(field: FieldView, settings: Settings<Names>): Judged | undefined {
  const { texts } = field;
  if (texts === undefined || texts.novel.count === 0) return undefined;
  const observed = field.presentNow;
  const before = field.present - observed;
  const { count } = texts.novel;
  if (before < settings.historyMin || observed === 0) return undefined;
  const { heavy, distinct } = texts;
  let rare = Math.max(0, distinct - count);
  if (distinct <= heavy.length) {
    rare = -count;
    for (const entry of heavy) if (entry.count === 1) rare++;
  }
  const chance = Math.min(1, (Math.max(0, rare) + 1) / (before + 1));
  if (count > observed || count <= chance * observed) return undefined;
  // That there is one at all is exact, and as surprising as several at least.
  const any = -Math.expm1(observed * Math.log1p(-chance));
  const surprise = Math.max(binomialSurprise(count, observed, chance), -Math.log(any));
  if (surprise < rareNats) return undefined;
  return {
    kind: 'text-novelty',
    subject: `${field.type} ${field.field}`,
    direction: 'more',
    surprise,
    evidence: { count, observed, chance, distinct, before },
    seqs: [...texts.novel.seqs],
    recommend: 'alert',
  };
}
