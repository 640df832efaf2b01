import fc from 'fast-check';
import { type FieldKind, iri } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import type { Data } from '../../src/terms/read.ts';
import type { Scalar } from '../../src/terms/scalars.ts';
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
  readonly value: Scalar | undefined;
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
    .record({ kind: fc.constantFrom(...kinds), optional: fc.boolean(), absent: fc.boolean() })
    .chain(({ kind, optional, absent }) =>
      fc.oneof(scalarOf(kind), wide(kind)).map((value) => ({
        name,
        kind,
        optional,
        value: optional && absent ? undefined : value,
      })),
    );

const names = ['a', 'B', 'a1', 'Z_z', 'then', 'data', 'target', 'length'];

/** An observation of up to eight random fields beside its subject, and one record of it. */
export const sample: fc.Arbitrary<Sample> = fc
  .tuple(
    scalarOf('iri'),
    fc.subarray(names).chain((some) => fc.tuple(...some.map(partOf))),
  )
  .map(([subject, parts]) => {
    const fields = Object.fromEntries(
      parts.map(({ name, kind, optional }) => [name, fieldOf(kind, optional)]),
    );
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
          present.map(({ name, kind, value }) => [name, inputOf(kind, value as Scalar)]),
        ),
        subject,
      },
      data: {
        ...Object.fromEntries(present.map(({ name, value }) => [name, value as Scalar])),
        subject,
      },
    };
  });
