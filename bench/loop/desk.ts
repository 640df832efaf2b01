import {
  between,
  type Change,
  type Condition,
  defineAction,
  defineDoctrine,
  defineGuard,
  defineHook,
  defineObservation,
  defineParameter,
  gt,
  gte,
  instant,
  integer,
  iri,
  type ObservationInput,
  openRuntime,
  param,
  type Rule,
  type Runtime,
} from 'knhk';
import { compileShapes } from 'knhk/shapes';
import type { BenchContext } from '../harness.ts';
import { sequence } from '../inputs.ts';

/** What a plant's sensors say. */
const Reading = defineObservation('plant.read', {
  class: 'https://example.com/plant#Reading',
  subject: 'sensor',
  time: 'taken',
  fields: {
    ...{ sensor: iri(), taken: instant(), level: integer(), heat: integer() },
    ...{ load: integer(), flow: integer() },
  },
});

const names = ['level', 'heat', 'load', 'flow'] as const;
const levelMax = 1_000;
const hookCount = 200;
const usual = 700;

const Valve = defineAction('valve.open', { fields: { by: integer() } });

/** 200 hooks of templates, 20 parameters, a guard, a doctrine for each parameter. */
const rules: readonly Rule[] = [
  Valve,
  ...Array.from({ length: 20 }, (_, index) =>
    defineParameter({ name: `p${index}`, kind: 'integer', value: usual, min: 0, max: levelMax }),
  ),
  ...Array.from({ length: hookCount }, (_, index) =>
    defineHook({
      ...{ name: `hook-${index}`, on: Reading },
      // One band of loads each, so that one or none fires.
      when: [
        gte(names[index % 4]!, param(`p${index % 20}`)),
        between('load', 5 * index, 5 * index + 4),
      ],
      act: { type: 'valve.open', target: { field: 'sensor' }, data: { by: { field: names[0] } } },
    }),
  ),
  defineGuard({ name: 'not-too-far', on: Valve, deny: [gt('by', 990)] }),
  defineDoctrine({
    name: 'plant',
    rules: Array.from({ length: 20 }, (_, index) => {
      const parameter = `p${index}`;
      return { id: parameter, parameter, between: [0, levelMax] as const };
    }),
  }),
];

/** 50 shapes about readings; `bound` tells one document from another. */
function sigma(bound: number): ReturnType<typeof compileShapes> {
  const shapes = Array.from({ length: 50 }, (_, index) => {
    const name = names[index % names.length]!;
    const property = `sh:path plant:${name} ; sh:minInclusive ${-index - bound} ; sh:maxCount 1`;
    return `plant:S${index} a sh:NodeShape ; sh:targetClass plant:Reading ;
      sh:property [ ${property} ; sh:datatype xsd:integer ; sh:severity sh:Violation ] .`;
  });
  return compileShapes(`@prefix sh: <http://www.w3.org/ns/shacl#> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
    @prefix plant: <https://example.com/plant#> . ${shapes.join('\n')}`);
}

const start = Date.UTC(2026, 0, 1);

/** Readings that repeat nowhere, of which about one in three fires something. */
function readings(count: number): ObservationInput<typeof Reading>[] {
  const next = sequence(20_261_122);
  const upTo = (most: number): number => Math.floor(next() * most);
  return Array.from({ length: count }, (_, index) => ({
    ...{ sensor: `urn:sensor:${index % 500}`, taken: new Date(start + 1_000 * index) },
    ...{ level: upTo(levelMax), heat: upTo(levelMax), load: upTo(levelMax), flow: upTo(levelMax) },
  }));
}

/** A runtime over these rules and shapes, with so many readings in its log. */
export async function plant(
  { directory }: BenchContext,
  name: string,
  count: number,
): Promise<Runtime> {
  const data = `${directory}/plant-${name}`;
  const runtime = await openRuntime({
    ...{ origin: 'bench.example/plant', data, observations: [Reading], rules },
    shapes: sigma(0).text,
  });
  let applied = 0;
  const id = ({ taken }: ObservationInput<typeof Reading>): string => String(taken);
  for await (const { outcome } of runtime.applyAll(Reading, readings(count), { id })) {
    if (outcome === 'acted' || outcome === 'idle' || outcome === 'denied') applied++;
  }
  if (applied !== count) throw new Error(`${applied} of ${count} readings were applied`);
  return runtime;
}

/** A change and what takes it back. */
export interface Offer {
  readonly change: Change;
  readonly inverse: Change;
  readonly shapesText?: string;
}

const kinds = ['parameter', 'switch', 'conditions', 'add-hook', 'shapes'] as const;

/** The kind of the n-th offer. */
export const kindOf = (index: number): (typeof kinds)[number] => kinds[index % kinds.length]!;

/** The n-th of offers that repeat nowhere, one kind after the other. */
export function offer(index: number): Offer {
  const hook = `hook-${index % hookCount}`;
  switch (kindOf(index)) {
    case 'parameter': {
      const change = { kind: 'parameter', name: `p${index % 20}` } as const;
      return { change: { ...change, value: index % 699 }, inverse: { ...change, value: usual } };
    }
    case 'switch': {
      const change = { kind: 'switch', name: hook } as const;
      return { change: { ...change, enabled: false }, inverse: { ...change, enabled: true } };
    }
    case 'conditions': {
      const change = { kind: 'conditions', hook } as const;
      const place = index % hookCount;
      const level: Condition = {
        ...{ op: 'gte', left: { field: names[place % 4]! }, right: { param: `p${place % 20}` } },
      };
      const load = (low: number, high: number): Condition => ({
        ...{ op: 'between', left: { field: 'load' }, right: { value: [low, high] } },
      });
      const before = [level, load(5 * place, 5 * place + 4)];
      return {
        change: { ...change, when: [level, load(0, index)] },
        inverse: { ...change, when: before },
      };
    }
    case 'add-hook': {
      const when = [{ op: 'gte', left: { field: 'flow' }, right: { value: index } }] as const;
      const act = [{ type: 'flow.note', target: { field: 'sensor' }, data: {} }];
      const name = `more-${index}`;
      const body = { ...{ name, priority: 0, on: Reading.type, when, code: 'act', act } };
      const change = { kind: 'add-hook', hook: { ...body, protected: false } } as const;
      return { change, inverse: { kind: 'remove-hook', hook: name } };
    }
    case 'shapes': {
      const { hash, text } = sigma(index + 1);
      const inverse = { kind: 'shapes', shapes: sigma(0).hash } as const;
      return { change: { kind: 'shapes', shapes: hash }, inverse, shapesText: text };
    }
  }
}
