import fc from 'fast-check';
import { type Field, type FieldKind, iri, list, optional } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import type { Data } from '../../src/terms/read.ts';
import type { FieldValue, Scalar } from '../../src/terms/scalars.ts';
import { colours, fieldOf, inputOf, kinds, scalarOf } from './values.ts';

/** An observation of random fields, with a record of it: as given and as code sees it. */
export interface Sample {
  readonly observation: Observation;
  readonly input: { readonly [name: string]: unknown };
  readonly data: Data;
}

interface Part {
  readonly name: string;
  readonly kind: FieldKind;
  readonly optional: boolean;
  /** The most items, where it is a list of `kind`. */
  readonly max: number | undefined;
  readonly value: FieldValue | undefined;
}

const texts = fc.string({ unit: 'binary', maxLength: 12 });

/** Wider than the pools: any text, any double, any integer, any millisecond of ten millennia. */
function wide(kind: FieldKind): fc.Arbitrary<Scalar> {
  switch (kind) {
    case 'integer':
      return fc.maxSafeInteger();
    case 'number':
      return fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map((value) => (value === 0 ? 0 : value));
    case 'string':
      return texts;
    case 'instant':
      return fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
    case 'oneOf':
      return fc.constantFrom(...colours);
    default:
      return scalarOf(kind);
  }
}

const partOf = (name: string): fc.Arbitrary<Part> =>
  fc
    .record({
      kind: fc.constantFrom(...kinds),
      optional: fc.boolean(),
      absent: fc.boolean(),
      max: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 2 }),
    })
    .chain(({ kind, optional, absent, max }) => {
      const scalar = fc.oneof(scalarOf(kind), wide(kind));
      const any = max === undefined ? scalar : fc.array(scalar, { maxLength: max });
      return any.map((value) => ({
        name,
        kind,
        optional,
        max,
        value: optional && absent ? undefined : value,
      }));
    });

function declared({ kind, max, optional: left }: Part): Field {
  if (max === undefined) return fieldOf(kind, left);
  const field = list(fieldOf(kind) as Field<Scalar, Scalar, false>, { max });
  return left ? optional(field) : field;
}

const given = (kind: FieldKind, value: FieldValue): unknown =>
  typeof value === 'object' ? value.map((item) => inputOf(kind, item)) : inputOf(kind, value);

const names = ['a', 'B', 'a1', 'Z_z', 'then', 'data', 'target', 'length'];

/** An observation of up to eight random fields beside its subject, and one record of it. */
export const sample: fc.Arbitrary<Sample> = fc
  .tuple(
    scalarOf('iri'),
    fc.subarray(names).chain((some) => fc.tuple(...some.map(partOf))),
  )
  .map(([subject, parts]) => {
    const fields = Object.fromEntries(parts.map((part) => [part.name, declared(part)]));
    const observation = defineObservation('sample.seen', {
      class: 'https://example.com/test#Sample',
      subject: 'subject',
      fields: { ...fields, subject: iri() },
    });
    const present = parts.filter(({ value }) => value !== undefined);
    return {
      observation: observation as unknown as Observation,
      input: {
        ...Object.fromEntries(
          present.map(({ name, kind, value }) => [name, given(kind, value as FieldValue)]),
        ),
        subject,
      },
      data: {
        ...Object.fromEntries(present.map(({ name, value }) => [name, value as FieldValue])),
        subject,
      },
    };
  });
