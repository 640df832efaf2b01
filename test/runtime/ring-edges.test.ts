import { describe, expect, test } from 'vitest';
import { passCapacity } from '../../src/kernel/pass.ts';
import { TickMeter } from '../../src/kernel/ticks.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import { eq, gte, lt, neq } from '../../src/terms/conditions.ts';
import { instant, integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { lengthOf } from '../../src/terms/questions.ts';
import { engines } from '../kernel/engines.ts';
import { hookOn, looksOf } from './look-support.ts';
import { evaluated, type Ringed, ringFor, ringsFor, Sample } from './ring-support.ts';

const times = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));

const hooksOf = (shape: string) => {
  switch (shape) {
    case 'one pass':
      return [hookOn(Sample, 'x', [gte('head', 0)])];
    case 'two passes':
      // A lane of more fields does not fit beside one of eight others.
      return [
        hookOn(Sample, 'x', [gte('head', 0)]),
        hookOn(
          Sample,
          'y',
          ['low0', 'high0', 'cells0'].map((name) => neq(name, 7)),
        ),
        hookOn(Sample, 'z', [
          ...['input', 'v0_0', 't0_0'].map((name) => gte(lengthOf(name), 1)),
          ...['input', 'v0_0'].map((name) => neq(name, 'a')),
        ]),
      ];
    default:
      return [
        hookOn(Sample, 'x', [gte('head', 0)]),
        ...times(400, (n) => hookOn(Sample, `y${n}`, [eq('head', -1 - n), eq('low0', n)])),
      ];
  }
};

const whole = { head: 1, low0: 0, input: '', at: true };
const looksFor = (shape: string) => looksOf(Sample, hooksOf(shape));
/** The first hook fires from 0 on. */
const firing = (head: number): readonly number[] => (head >= 0 ? [0] : []);

describe.each(['one pass', 'two passes', 'parked'])('%s', (shape) => {
  const looks = looksFor(shape);
  const { blocks, groups } = looks.plan.program.root;
  const rings = (): readonly Ringed[] => ringsFor(looks);
  const firsts = (ring: Ringed['ring']): number[][] =>
    evaluated(ring).map((lanes) => lanes.filter((lane) => lane === 0));

  test('is what it is called', () => {
    expect([blocks.length, groups.length > 0]).toEqual(
      shape === 'one pass' ? [1, false] : shape === 'two passes' ? [2, false] : [1, true],
    );
  });

  test('1,024 are taken; a full one refuses, and loses and overwrites nothing', () => {
    for (const { ring, name } of rings()) {
      const heads = times(passCapacity, (n) => (n % 3) - 1);
      for (const round of [1, 2]) {
        for (const head of heads) expect(ring.append({ ...whole, head })).toBe(true);
        for (let more = 0; more < 3; more++) {
          expect(ring.append({ ...whole, head: -1 })).toBe(false);
          expect(ring.append({ ...whole, head: 1 })).toBe(false);
        }
        expect(ring.pending, `${name}, round ${round}`).toBe(passCapacity);
        expect(firsts(ring)).toEqual(heads.map(firing));
      }
    }
  });

  test('a run is taken in up to the first that one by one would be refused', () => {
    const throwing = new Proxy(whole, {
      get: () => {
        throw new Error('not today');
      },
    });
    for (const odd of [null, undefined, 7, {}, { ...whole, head: 'no' }, throwing]) {
      const good = times(9, (n) => ({ ...whole, head: (n % 3) - 1 }));
      for (const at of [0, 1, 5, 9]) {
        const inputs = [...good.slice(0, at), odd, ...good.slice(at)];
        for (const { ring, name } of rings()) {
          expect(ring.appendRun(inputs, 0, inputs.length), name).toBe(at);
          expect(ring.appendRun(inputs, at + 1, 9 - at)).toBe(9 - at);
          expect(ring.appendRun(inputs, at, 0)).toBe(0);
          expect(firsts(ring), name).toEqual(good.map(({ head }) => firing(head)));
        }
      }
    }
  });

  test('a run ends where 1,024 are pending, and goes no further than it is told', () => {
    const inputs = times(1_200, (n) => ({ ...whole, head: (n % 5) - 2 }));
    for (const { ring, name } of rings()) {
      expect(ring.appendRun(inputs, 100, 3)).toBe(3);
      expect(ring.appendRun(inputs, 103, 1_097), name).toBe(passCapacity - 3);
      expect(ring.appendRun(inputs, 0, 1)).toBe(0);
      const taken = inputs.slice(100, 100 + passCapacity);
      expect(firsts(ring), name).toEqual(taken.map(({ head }) => firing(head)));
    }
  });

  test('nothing pending: nothing fires, again and again', () => {
    for (const { ring, ticks } of rings()) {
      expect([ring.pending, ring.evaluate(), ring.evaluate()]).toEqual([0, 0, 0]);
      expect(ticks.sample()).toMatchObject({ hot: 0, parked: {}, unmeasurable: 0 });
    }
  });

  test('what is no object is unreadable', () => {
    for (const { ring } of rings()) {
      for (const odd of [undefined, null, 0, 1n, 'head', true, Symbol('s'), () => whole]) {
        expect(ring.append(odd)).toBe(false);
      }
      expect(ring.pending).toBe(0);
    }
  });

  test('getters and proxies that throw leave no trace', () => {
    const thrown = (): never => {
      throw new Error('not today');
    };
    const getter = Object.defineProperty({ ...whole }, 'low0', { get: thrown });
    const { proxy, revoke } = Proxy.revocable(whole, {});
    revoke();
    const throwing = [
      Object.defineProperty({ ...whole }, 'head', { get: thrown }),
      new Proxy(whole, { get: thrown }),
      proxy,
    ];
    for (const { ring } of rings()) {
      for (const head of [1, -1, 0]) {
        for (const input of throwing) expect(ring.append(input)).toBe(false);
        expect(ring.append({ ...whole, head })).toBe(true);
      }
      // Where no condition reads it, nobody does.
      expect(ring.append(getter)).toBe(shape === 'one pass');
      const last = shape === 'one pass' ? [[0]] : [];
      expect(firsts(ring)).toEqual([[0], [], [0], ...last]);
    }
  });

  /** An input whose getter does something first; nobody can tell it from a plain one else. */
  const with_ = (head: number, work: () => void): object =>
    Object.defineProperty({ ...whole }, 'head', {
      enumerable: true,
      get: () => {
        work();
        return head;
      },
    });

  test('a getter takes in others: they come first, and all are right', () => {
    for (const { ring, name } of rings()) {
      const order: number[] = [];
      const nested = (depth: number): object =>
        with_(depth % 2 === 0 ? depth : -depth, () => {
          // A field may be read more than once, by several columns and passes.
          if (order.includes(depth)) return;
          order.push(depth);
          if (depth === 0) return;
          expect(ring.append(nested(depth - 1)), name).toBe(true);
          expect(ring.append({ ...whole, head: -9 })).toBe(true);
        });
      expect(ring.append(nested(3)), name).toBe(true);
      expect(ring.append({ ...whole, head: 5 })).toBe(true);
      const heads = [0, -9, -1, -9, 2, -9, -3, 5];
      expect(firsts(ring), name).toEqual(heads.map(firing));
    }
  });

  test('a getter of a later field takes in another: what was read before stays', () => {
    for (const { ring, name } of rings()) {
      const heads: number[] = [];
      for (const head of [1, -1]) {
        let isFirst = true;
        const outer = Object.defineProperty({ ...whole, head }, 'low0', {
          get: () => {
            if (isFirst) {
              isFirst = false;
              expect(ring.append({ ...whole, head: -head }), name).toBe(true);
              heads.push(-head);
            }
            return 0;
          },
        });
        expect(ring.append(outer)).toBe(true);
        heads.push(head);
      }
      expect(heads.length).toBe(shape === 'one pass' ? 2 : 4);
      expect(firsts(ring), name).toEqual(heads.map(firing));
    }
  });

  test('a getter takes the last place: the outer one is refused, nothing is overwritten', () => {
    for (const { ring, name } of rings()) {
      const heads = times(passCapacity - 1, (n) => (n % 2 === 0 ? 3 : -3));
      for (const head of heads) ring.append({ ...whole, head });
      let isFirst = true;
      const outer = with_(4, () => {
        if (!isFirst) return;
        isFirst = false;
        expect(ring.append({ ...whole, head: -4 })).toBe(true);
      });
      expect(ring.append(outer), name).toBe(false);
      expect(ring.pending, name).toBe(passCapacity);
      expect(firsts(ring), name).toEqual([...heads, -4].map(firing));
      expect(ring.append(outer)).toBe(true);
      expect(firsts(ring)).toEqual([[0]]);
    }
  });

  test('a getter evaluates: the outer one belongs to the next batch', () => {
    for (const { ring, name } of rings()) {
      ring.append({ ...whole, head: 1 });
      ring.append({ ...whole, head: -1 });
      let found: number[][] | undefined;
      const outer = with_(7, () => {
        found ??= firsts(ring);
      });
      expect(ring.append(outer), name).toBe(true);
      expect(found).toEqual([[0], []]);
      expect(firsts(ring), name).toEqual([[0]]);
    }
  });

  test('a getter that throws after it took in another leaves that one', () => {
    for (const { ring, name } of rings()) {
      const outer = with_(7, () => {
        ring.append({ ...whole, head: 2 });
        throw new Error('not today');
      });
      expect(ring.append(outer)).toBe(false);
      expect(ring.append({ ...whole, head: -2 })).toBe(true);
      expect(firsts(ring), name).toEqual([[0], []]);
    }
  });

  test('what fired stays readable while others are taken in', () => {
    for (const { ring } of rings()) {
      for (const head of [1, -1, 2]) ring.append({ ...whole, head });
      expect(ring.evaluate()).toBeGreaterThanOrEqual(2);
      const before = [ring.position(0), ring.lanes(0).includes(0)];
      ring.append({ ...whole, head: -1 });
      expect([ring.position(0), ring.lanes(0).includes(0)]).toEqual(before);
      expect(before).toEqual([0, true]);
    }
  });

  test('only fields that conditions read are read', () => {
    for (const { ring } of rings()) {
      const read = new Set<unknown>();
      ring.append(
        new Proxy(whole, {
          get: (target, name) => {
            read.add(name);
            return Reflect.get(target, name) as unknown;
          },
          has: () => {
            throw new Error('nobody asks');
          },
          ownKeys: () => {
            throw new Error('nobody lists');
          },
        }),
      );
      const text = ['input', 't0_0', 'v0_0'];
      const wanted: { readonly [shape: string]: readonly string[] } = {
        'one pass': ['head'],
        'two passes': ['cells0', 'head', 'high0', ...text.slice(0, 1), 'low0', ...text.slice(1)],
        parked: ['head', 'low0'],
      };
      expect([...read].sort()).toEqual(wanted[shape]);
    }
  });
});

/** A meter that keeps what it was told. */
class Recorder extends TickMeter {
  readonly told: unknown[] = [];
  #now = 100;

  override start(): number {
    this.told.push('start');
    return this.#now++;
  }

  override pass(_control: Uint32Array, count: number, facts: number): void {
    this.told.push(['pass', count, facts]);
  }

  override batch(count: number, passes: number, started: number): void {
    this.told.push(['batch', count, passes, started]);
  }

  override park(reason: string, count: number): void {
    this.told.push(['park', reason, count]);
  }
}

describe('what the meter is told', () => {
  const recorded = (shape: string): Ringed & { readonly ticks: Recorder } => {
    const ticks = new Recorder(engines[0]!);
    return { ...ringFor(looksFor(shape), engines[0]!, true, ticks), ticks };
  };

  test('every pass with its facts, then the batch', () => {
    const { ring, ticks } = recorded('two passes');
    for (let n = 0; n < 3; n++) ring.append(whole);
    ring.evaluate();
    expect(ticks.told).toEqual([
      ['pass', 3, 4],
      ['pass', 3, 5],
      ['batch', 3, 2, 0],
    ]);
  });

  test('a batch that came at once begins with its first observation, the next one does not', () => {
    const { ring, ticks } = recorded('one pass');
    ring.begin();
    expect(ring.appendRun([whole], 0, 1)).toBe(1);
    ring.evaluate();
    ring.append(whole);
    ring.evaluate();
    expect(ticks.told.filter((told) => told === 'start' || Array.isArray(told))).toEqual([
      'start',
      ['pass', 1, 1],
      ['batch', 1, 1, 100],
      ['pass', 1, 1],
      ['batch', 1, 1, 0],
    ]);
  });

  test('where something waits already, what follows is no whole batch', () => {
    const { ring, ticks } = recorded('one pass');
    ring.begin();
    ring.append(whole);
    ring.begin();
    ring.append(whole);
    ring.evaluate();
    expect(ticks.told.at(-1)).toEqual(['batch', 2, 1, 0]);
  });

  test('a beginning that nothing followed is forgotten', () => {
    const { ring, ticks } = recorded('one pass');
    ring.begin();
    expect(ring.append(null)).toBe(false);
    ring.evaluate();
    ring.append(whole);
    ring.evaluate();
    expect(ticks.told.at(-1)).toEqual(['batch', 1, 1, 0]);
  });

  test('what is parked, and nothing else', () => {
    const { ring, ticks } = recorded('parked');
    ring.begin();
    for (let n = 0; n < 3; n++) ring.append(whole);
    ring.evaluate();
    expect(ticks.told).toEqual([['park', 'groups', 3]]);
  });
});

describe('a condition that reads a window', () => {
  const fields = { subject: iri(), key: string(), n: optional(integer()) };
  const shape = { class: 'https://example.com/test#Seen', subject: 'subject' } as const;
  const Timed = defineObservation('sample.timed', {
    ...{ ...shape, time: 'when' },
    fields: { ...fields, when: instant() },
  }) as unknown as Observation;
  const Plain = defineObservation('sample.plain', { ...shape, fields }) as unknown as Observation;

  const windowed = (of: Observation) => {
    const seen = defineWindow({ name: 'seen', on: of, key: 'key', perMs: 60_000, count: true });
    const rules = [seen, hookOn(of, 'often', [gte(seen, 2)]), hookOn(of, 'rare', [lt(seen, 2)])];
    const looks = looksOf(of, rules);
    const data = { subject: 'urn:x:1', key: 'a', when: 1_000_000 };
    for (let n = 0; n < 2; n++) looks.context.advance(of.type, data, 1_000_000, []);
    return looks;
  };

  test('is parked, and looks at the time of the observation', () => {
    for (const { ring, ticks, name } of ringsFor(windowed(Timed))) {
      const when = (ms: number): Date => new Date(1_000_000 + ms);
      expect(ring.append({ key: 'a', when: when(0) })).toBe(true);
      expect(ring.append({ key: 'a', when: when(500_000) })).toBe(true);
      expect(ring.append({ key: 'b', when: when(0) }, 7)).toBe(true);
      for (const odd of [undefined, 'once', 7]) {
        expect(ring.append({ key: 'a', when: odd }), String(odd)).toBe(false);
      }
      expect(ring.append({ key: 7, when: when(0) })).toBe(false);
      expect(evaluated(ring), name).toEqual([[0], [1], [1]]);
      expect(ticks.sample()).toMatchObject({ parked: { windows: 3 }, hot: 0 });
    }
  });

  test('is given the time where the type has none', () => {
    for (const { ring, name } of ringsFor(windowed(Plain))) {
      expect(ring.append({ key: 'a' }, 1_000_001)).toBe(true);
      expect(ring.append({ key: 'a' }, 1_500_000)).toBe(true);
      expect(ring.appendRun([{ key: 'a' }, { key: 'b' }], 0, 2, 1_500_000)).toBe(2);
      expect(evaluated(ring), name).toEqual([[0], [1], [1], [1]]);
    }
  });
});
