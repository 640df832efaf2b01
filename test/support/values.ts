import fc from 'fast-check';
import {
  boolean,
  decimal,
  type Field,
  type FieldKind,
  instant,
  integer,
  iri,
  number,
  oneOf,
  optional,
  string,
} from '../../src/terms/fields.ts';
import type { Scalar } from '../../src/terms/scalars.ts';

/** Kinds of one value; a list is made of these. */
export type ScalarKind = Exclude<FieldKind, 'list'>;

export const kinds: readonly ScalarKind[] = [
  'integer',
  'decimal',
  'number',
  'boolean',
  'string',
  'iri',
  'instant',
  'oneOf',
];

export const colours = ['red', 'green', 'blue', 'not listed'] as const;

const makers: { readonly [K in ScalarKind]: () => Field } = {
  integer,
  decimal,
  number,
  boolean,
  string,
  iri,
  instant,
  oneOf: () => oneOf(colours),
};

export function fieldOf(kind: FieldKind, isOptional = false): Field {
  return isOptional ? optional(makers[kind as ScalarKind]()) : makers[kind as ScalarKind]();
}

const second = 1_000;
const christmas = Date.UTC(2026, 11, 25);

// Small pools of close neighbours, so that thresholds are hit exactly, just below and just above.
const pools: { readonly [K in ScalarKind]: readonly Scalar[] } = {
  integer: [-(2 ** 53 - 1), -2, -1, 0, 1, 2, 3, 44, 45, 46, 2 ** 53 - 2, 2 ** 53 - 1],
  number: [-1.5, -1, -5e-324, 0, 5e-324, 0.1, 0.30000000000000004, 0.3, 1, 1 + 2 ** -52, 1e308],
  decimal: [
    '-10',
    '-9.99',
    '-1.000000000000000000000000000000001',
    '-1',
    '-0.5',
    '0',
    '0.1',
    '0.10000000000000000001',
    '9',
    '10',
    '9999999999999999999999999999999998',
    '9999999999999999999999999999999999',
  ],
  boolean: [true, false],
  string: ['', 'a', 'A', '\u00e9', 'e\u0301', '__proto__', 'constructor', '\u{1f600}', 'true', '1'],
  iri: ['https://example.com/a', 'https://example.com/A', 'urn:x:1', 'urn:x:2'],
  instant: [christmas - second, christmas - 1, christmas, christmas + 1, christmas + second],
  oneOf: [...colours],
};

/** A value as code sees it: instants in ms, decimals in canonical form. */
export function scalarOf(kind: FieldKind): fc.Arbitrary<Scalar> {
  return fc.constantFrom(...pools[kind as ScalarKind]);
}

/** The literal that a host would write for a value that code sees. */
export function inputOf(kind: FieldKind, value: Scalar): Scalar {
  return kind === 'instant' ? new Date(value as number).toISOString() : value;
}

/** A value that no field of this kind can hold; only undeclared action data can bring one. */
export function foreignTo(kind: FieldKind): fc.Arbitrary<unknown> {
  const text = kind === 'string' || kind === 'iri' || kind === 'oneOf' || kind === 'decimal';
  const flag = kind === 'boolean';
  return fc.constantFrom<unknown>(
    null,
    ...(text ? [1, 0, true] : ['x', '1', '']),
    ...(flag ? [0, 1] : [true, false]),
    [],
  );
}
