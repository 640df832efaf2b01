import type { ShapesRecord } from '../../src/shapes/gate.ts';
import { instant, integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';

export const prefixes = `
  @prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
  @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
  @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
  @prefix ops: <https://example.com/ops#> .
`;

export const Flight = defineObservation('flight.departed', {
  class: 'https://example.com/ops#Departure',
  subject: 'flight',
  time: 'departed',
  fields: {
    flight: iri(),
    departed: instant(),
    origin: string(),
    destination: string(),
    delayMinutes: integer(),
    miles: integer(),
    previous: optional(iri()),
  },
});

export const flightShapes = `${prefixes}
  ops:DepartureShape a sh:NodeShape ; sh:targetClass ops:Departure ;
    sh:property [ sh:path ops:departed ; sh:minCount 1 ; sh:maxCount 1 ;
      sh:datatype xsd:dateTime ] ;
    sh:property [ sh:path ops:origin ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ;
      sh:pattern "^[A-Z]{3}$" ; sh:disjoint ops:destination ] ;
    sh:property [ sh:path ops:destination ; sh:minCount 1 ; sh:maxCount 1 ; sh:minLength 3 ] ;
    sh:property [ sh:path ops:delayMinutes ; sh:minCount 1 ; sh:datatype xsd:integer ] ;
    sh:property [ sh:path ops:miles ; sh:minCount 1 ; sh:minExclusive 0 ] .
`;

export interface FlightInput {
  readonly flight?: string;
  readonly departed?: string;
  readonly origin?: string;
  readonly destination?: string;
  readonly delayMinutes?: number;
  readonly miles?: number;
  readonly previous?: string;
}

/** A record that conforms to {@link flightShapes}, but for what is given. */
export function flight(number: number, change: FlightInput = {}): ShapesRecord {
  const input = {
    flight: `https://example.com/flight/${number}`,
    departed: '2026-11-21T08:00:00Z',
    origin: 'ABQ',
    destination: 'JFK',
    delayMinutes: number % 90,
    miles: 100 + number,
    ...change,
  };
  const read = readObservation(Flight, input);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return { observation: Flight.hash, record: read.record, subject: input.flight };
}

/** The places of the verdicts that do not conform. */
export function violating(verdicts: readonly { readonly conforms: boolean }[]): number[] {
  return verdicts.flatMap((verdict, index) => (verdict.conforms ? [] : [index]));
}
