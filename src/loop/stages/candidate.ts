import { describe, KnhkError } from '../../base/errors.ts';
import type { Catalogue } from '../../rules/catalogue.ts';
import { applyChange } from '../../rules/changes.ts';
import type { RulesDocument } from '../../rules/document.ts';
import { linkSnapshot, type Snapshot } from '../../rules/snapshot.ts';
import { documentFromText } from '../../shapes/document.ts';
import type { Candidate, StageInput } from './stage.ts';

/** Applies a proposal's change; its error is what stage 1 reports. */
export function candidateOf(input: StageInput): Candidate | KnhkError {
  const { proposal, current, catalogue, shapes } = input;
  try {
    const document = applyChange(current.document, proposal.change);
    const text = proposal.shapesText;
    const carried = text === undefined ? undefined : documentFromText(text);
    return {
      document,
      shapes: proposal.change.kind === 'shapes' ? carried : (carried ?? shapes),
      snapshot: linked(document, catalogue, current),
    };
  } catch (error) {
    if (error instanceof KnhkError) return error;
    // Whatever else it fails with: a change that is none.
    return new KnhkError('KNHK_LOOP_PROPOSAL', {
      ...{ where: 'change', expected: 'a change that can be applied', got: describe(error) },
    });
  }
}

function linked(
  document: RulesDocument,
  catalogue: Catalogue,
  current: Snapshot,
): Snapshot | KnhkError {
  try {
    const at = { parent: current.hash, version: current.version + 1 };
    return linkSnapshot(document, catalogue, at, current);
  } catch (error) {
    if (error instanceof KnhkError) return error;
    throw error;
  }
}
