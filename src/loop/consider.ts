import { KnhkError } from '../base/errors.ts';
import type { Control } from '../runtime/control.ts';
import { operateAsync } from '../runtime/operations.ts';
import type { StoredObservation } from '../runtime/restore.ts';
import type { Measurements } from './measurements.ts';
import type { Candidate } from './stages/stage.ts';
import type { Autonomy, Proposal, ProposalReport } from './types.ts';
import { proposalHash, proposalText, validate } from './validate.ts';

/** What a proposal is considered with. */
export interface Considering {
  readonly control: Control;
  readonly autonomy: Autonomy;
  readonly measurements: Measurements;
  readonly recorded: readonly StoredObservation[];
}

/** Puts a proposal through the seven stages and, where the loop may, in place. */
export async function consider(proposal: Proposal, given: Considering): Promise<ProposalReport> {
  const { control, autonomy, measurements, recorded } = given;
  const { origin } = control.log;
  const hash = proposalHash(proposal);
  const { stages, candidate, passed } = await operateAsync(
    { name: 'validate', origin },
    () =>
      validate({
        proposal,
        current: control.snapshot(),
        catalogue: control.catalogue,
        shapes: control.shapes(),
        measurements,
        recorded,
      }),
    (validation) => ({ change: proposal.change.kind, passed: validation.passed }),
  );
  const report = { hash, proposal, stages };
  if (!passed || candidate === undefined) return { ...report, verdict: 'reject' };
  if (autonomy !== 'promote') return { ...report, verdict: 'hold' };
  return operateAsync(
    { name: 'execute', origin },
    () => execute(report, candidate, control),
    ({ verdict }) => ({ verdict: verdict === 'promote' ? 'promote' : 'reject' }),
  );
}

/** Compare-and-swap; a parent that is no longer current is a rejection, not a failure. */
async function execute(
  report: Pick<ProposalReport, 'hash' | 'proposal' | 'stages'>,
  candidate: Candidate,
  control: Control,
): Promise<ProposalReport> {
  const { hash, proposal, stages } = report;
  try {
    control.log.putBlob('proposal', proposalText(proposal));
    const receipt = await control.promote({
      kind: 'promote',
      parent: proposal.parent,
      document: candidate.document,
      ...(proposal.shapesText === undefined || candidate.shapes === undefined
        ? {}
        : { shapes: candidate.shapes }),
      proposal: hash,
      stages: stages.map(({ verdict }) => verdict),
    });
    return { ...report, verdict: 'promote', receipt };
  } catch (error) {
    if (!(error instanceof KnhkError)) throw error;
    return { ...report, verdict: 'reject', reason: error.message };
  }
}
