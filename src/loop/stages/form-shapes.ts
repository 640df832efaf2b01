import { compileShapes, type ShapesDocument } from '../../shapes/document.ts';
import type { ShapePath } from '../../shapes/model.ts';
import type { ValidationResult } from '../../shapes/report/types.ts';
import { type ShapesValidator, shapesValidator } from '../../shapes/validator.ts';
import type { Proposal } from '../types.ts';
import { proposalNamespace, proposalQuads } from './proposal-quads.ts';
import { proposalShapes } from './proposal-shapes.ts';
import { shapesShapes } from './shapes-shapes.ts';

/** What the meta-shapes found: how many results, and the first of them in words. */
export interface FormFault {
  readonly results: number;
  readonly message: string;
}

let proposals: ShapesValidator | undefined;
let documents: ShapesValidator | undefined;

/** Results that are counted; the first is what people are told. */
const resultsMax = 64;

/** What a proposal's form breaks of the shapes that proposals have to conform to. */
export function proposalFault(proposal: Proposal): FormFault | undefined {
  proposals ??= shapesValidator(compileShapes(proposalShapes), { classHierarchy: 'both' });
  const quads = proposalQuads(proposal);
  if (quads === undefined) return { results: 1, message: 'the proposal has too many parts' };
  return faultOf(proposals.validate(quads, { limit: resultsMax }).results, 'the proposal');
}

/** What shapes break of SHACL's own rules for shapes (W3C SHACL, appendix A). */
export function shapesFault(shapes: Pick<ShapesDocument, 'text'>): FormFault | undefined {
  documents ??= shapesValidator(compileShapes(shapesShapes));
  const { results } = documents.validate(shapes.text, { limit: resultsMax, format: 'n-quads' });
  return faultOf(results, 'the shapes');
}

function faultOf(results: readonly ValidationResult[], what: string): FormFault | undefined {
  if (results.length === 0) return undefined;
  // No order is promised, and the same proposal has to be refused with the same words.
  const [first] = results.map(worded).sort();
  return { results: results.length, message: `${what}: ${first}` };
}

/** Names only, never a value. */
function worded({ path, component }: ValidationResult): string {
  const where = path === null ? 'a node' : namesOf(path).join(' ').slice(0, wordsMax);
  return `${where} breaks ${localName(component)}`;
}

const wordsMax = 200;

function namesOf(path: ShapePath): readonly string[] {
  if ('iri' in path) return [localName(path.iri)];
  return 'paths' in path ? path.paths.flatMap(namesOf) : namesOf(path.path);
}

const localName = (iri: string): string =>
  iri.replace(proposalNamespace, '').replace(/^.*[#/]/, '');
