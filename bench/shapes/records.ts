import { join } from 'node:path';
import { openRuntime, type Runtime, toQuads } from 'knhk';
import { compileShapes, shapesValidator } from 'knhk/shapes';
import { Payment, payments, reviewRules } from '../decide/payments.ts';
import { type BenchContext, type Contestant, measure } from '../harness.ts';
import { n3, type Quad } from './engines.ts';

const pay = 'https://example.com/pay#';
/** What one payment alone can say of itself; every payment of the bench conforms. */
const shapes = `
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <${pay}> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:PaymentShape a sh:NodeShape ; sh:targetClass :Payment ; sh:nodeKind sh:IRI ;
  sh:property [ sh:path :amount ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ;
    sh:minInclusive 0 ; sh:maxExclusive 1000 ] ;
  sh:property [ sh:path :country ; sh:minCount 1 ; sh:in ( "NG" "DE" "FR" "US" ) ] ;
  sh:property [ sh:path :verified ; sh:maxCount 1 ; sh:datatype xsd:boolean ] .`;

const perRound = 65_536;

/** A decision about a record, its shapes checked on the way, beside the engine's own validation. */
export async function measureRecords(context: BenchContext): Promise<void> {
  const inputs = payments();
  const plain = await opened(context, 'plain', undefined);
  const shaped = await opened(context, 'shaped', shapes);
  const [routing] = shaped.routing();
  if (routing?.route !== 'hot') throw new Error(`the shapes go ${routing?.route}`);
  const stopped = (knhk: Runtime) => (iterations: number) => {
    let stops = 0;
    for (let index = 0; index < iterations; index++) {
      const { outcome, sigma } = knhk.decide(Payment, inputs[index % inputs.length]!);
      if (sigma !== 'conforms') throw new Error(`sigma is ${sigma}`);
      if (outcome !== 'idle') stops++;
    }
    return stops;
  };
  const contestants: Contestant[] = [
    { name: 'decide without shapes', run: stopped(plain) },
    { name: 'decide with shapes', run: stopped(shaped) },
    await validating(context, inputs),
  ];
  try {
    const measured = await measure({ contestants, iterations: perRound, checksums: 'differ' });
    const [without, checked, engine] = measured.map(({ medianNs }) => medianNs);
    const unit = 'ns';
    context.figure({ figure: 'a record: decide without shapes, median', value: without!, unit });
    context.figure({ figure: 'a record: decide with shapes, median', value: checked!, unit });
    const value = checked! - without!;
    // On a machine that is busy otherwise the two medians may lie the other way round.
    const ratio = value > 0 ? engine! / value : null;
    context.figure({ figure: 'a record: what its shapes take on the hot path', value, unit });
    context.figure({ figure: 'a record: its quads by the engine', value: engine!, unit, ratio });
  } finally {
    for (const knhk of [plain, shaped]) await knhk.close();
  }
}

async function opened(
  context: BenchContext,
  name: string,
  turtle: string | undefined,
): Promise<Runtime> {
  const data = join(context.directory, `records-${name}`);
  return openRuntime({
    ...{ origin: `bench.example/${name}`, data, observations: [Payment], rules: reviewRules },
    ...{ unguarded: 'allow', ...(turtle === undefined ? {} : { shapes: turtle }) },
  });
}

/** The same shapes over the triples of each payment. */
async function validating(
  context: BenchContext,
  inputs: readonly ReturnType<typeof payments>[number][],
): Promise<Contestant> {
  const { DataFactory } = await n3(context);
  const factory = DataFactory as Parameters<typeof toQuads<Quad>>[2];
  const validator = shapesValidator(compileShapes(shapes));
  const graphs = inputs.slice(0, 4_096).map((input) => toQuads(Payment, { ...input }, factory));
  return {
    name: 'engine',
    iterations: graphs.length,
    run: (iterations) => {
      for (let index = 0; index < iterations; index++) {
        if (!validator.conforms(graphs[index]!)) throw new Error('a payment does not conform');
      }
      return iterations;
    },
  };
}
