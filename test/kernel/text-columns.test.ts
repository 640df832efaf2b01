import { describe, expect, test } from 'vitest';
import { compileProgram, type Lane, type Program } from '../../src/kernel/program.ts';
import { agreeing, fieldsSeen, hookLane, on } from './lanes.ts';

describe('columns of text', () => {
  const texts = (from: number): Lane[] =>
    Array.from({ length: 20 }, (_, n) => hookLane(on('t', 'string', 'eq', `t${from + n}`)));
  const classes = ({ columns }: Program): number => columns[0]!.classByValue.size;

  test('keep the classes of the values they know, and take new ones in behind', () => {
    const before = compileProgram(texts(0));
    const after = compileProgram(texts(1), before);
    const known = before.columns[0]!.classByValue;
    for (const [value, cls] of known) expect(after.columns[0]!.classByValue.get(value)).toBe(cls);
    expect(after.columns[0]!.classByValue.get('t20')).toBe(known.size + 3);
  });

  test('do not grow without bound, however many values pass through', () => {
    let program: Program | undefined;
    const sizes: number[] = [];
    for (let round = 0; round < 300; round++) {
      const lanes = texts(round);
      const rounds = [round - 1, round, round + 19, round + 20].map((n) =>
        fieldsSeen({ t: `t${n}` }),
      );
      program = agreeing(lanes, rounds, program);
      sizes.push(classes(program));
    }
    expect(Math.max(...sizes)).toBeGreaterThan(20);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(40);
    const { conditions } = program!.sources.table;
    expect(conditions[0]!.length).toBeLessThanOrEqual(40);
  });

  test('shrink when few of their values are left', () => {
    const before = compileProgram([...texts(0), ...texts(20), ...texts(40)]);
    const few = texts(0).slice(0, 3);
    const after = agreeing(
      few,
      ['t0', 't2', 't3', 't59'].map((t) => fieldsSeen({ t })),
      before,
    );
    expect(classes(after)).toBe(3);
  });

  test('whose only values are gone, and come back in another order', () => {
    const present = [hookLane(on('t', 'string', 'present'))];
    const one = [...present, ...texts(0).slice(0, 2)];
    const two = [...texts(0).slice(0, 2).reverse(), ...present];
    const rounds = ['t0', 't1', 't2', undefined, 7].map((t) => fieldsSeen({ t }));
    let program: Program | undefined;
    for (const lanes of [present, one, present, two, one, present]) {
      program = agreeing(lanes, rounds, program);
    }
  });
});
