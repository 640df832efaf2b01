import { compileShapes } from '../shapes/document.ts';
import { openShapesGate } from '../shapes/gate.ts';
import { integer, iri } from '../terms/fields.ts';
import { defineObservation, type Observation } from '../terms/observation.ts';
import { readObservation } from '../terms/read.ts';

const Probe = defineObservation('doctor.probe', {
  class: 'https://example.com/knhk#Probe',
  subject: 'probe',
  fields: { probe: iri(), value: integer() },
}) as unknown as Observation;

const shapesText = `
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix knhk: <https://example.com/knhk#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
knhk:ProbeShape a sh:NodeShape ; sh:targetClass knhk:Probe ;
  sh:property [ sh:path knhk:value ; sh:datatype xsd:integer ; sh:maxInclusive 1 ] .
`;

/**
 * Starts one thread and validates a record that conforms and one that does not.
 *
 * @throws (rejects) KnhkError KNHK_SHAPES_UNAVAILABLE, or an Error where an answer is wrong
 */
export async function probeShapes(): Promise<void> {
  const gate = openShapesGate({ observations: [Probe], threads: 1, deadlineMs: 30_000 });
  try {
    const records = [1, 2].map((value) => {
      const subject = `urn:probe:${value}`;
      const read = readObservation(Probe, { probe: subject, value });
      if (!read.ok) throw new Error('the probe cannot be read');
      return { observation: Probe.hash, record: read.record, subject };
    });
    const verdicts = await gate.validate(compileShapes(shapesText), records);
    const answers = verdicts.map(({ conforms }) => conforms).join();
    if (answers !== 'true,false') throw new Error(`verdicts true,false expected, got ${answers}`);
  } finally {
    await gate.close();
  }
}
