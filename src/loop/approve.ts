import { fail } from '../base/errors.ts';
import { nodeVerify } from '../receipts/log/signer.ts';
import { parseApproval } from '../receipts/verify/approval.ts';
import { verifyApproval } from '../receipts/verify/approval-check.ts';
import type { ApproveBody } from '../receipts/verify/leaf-types.ts';
import { type Considered, consider } from './consider.ts';
import type { LoopCore } from './core.ts';
import { conclude } from './execute/act.ts';
import type { EntryBody } from './journal.ts';
import type { KnownProposal } from './knowledge/types.ts';
import type { Measurements } from './measurements.ts';
import type { Proposal, ProposalReport } from './types.ts';

/** What became of an approval. */
export type ApprovalOutcome =
  | { readonly verdict: 'allow'; readonly proposal: ProposalReport }
  | { readonly verdict: 'deny' }
  /** It is worth nothing: why, as a code and for people. */
  | { readonly verdict: 'refused'; readonly code: string; readonly message: string };

/**
 * Takes a signed approval of a held proposal in. What was held goes through stages and shadow
 * again, because time has passed, and is then put in place as the loop puts its own.
 *
 * @throws KnhkError KNHK_LOOP_OPTION without approvers, KNHK_LOOP_BUSY while another change is
 * tried, KNHK_RUNTIME_FROZEN
 */
export async function approveHeld(
  core: LoopCore,
  note: string,
  now: number,
  measure: () => Measurements,
): Promise<ApprovalOutcome> {
  const { control, options, state } = core;
  const { approvers = [], approvalsRequired: required = 1, autonomy } = options;
  if (autonomy !== 'approve') {
    fail('KNHK_LOOP_OPTION', 'approve', 'a loop of autonomy approve', autonomy);
  }
  const refusal = control.refusal();
  if (refusal !== undefined) throw refusal;
  const subject = parseApproval(note)?.subject;
  const hash = subject !== undefined && 'proposal' in subject ? subject.proposal : '';
  const held = state.knowledge.held().find(({ proposal }) => proposal === hash);
  if (held === undefined) {
    return { verdict: 'refused', code: 'KNHK_LOOP_NOT_HELD', message: `not held: ${hash}` };
  }
  const proposal = storedProposal(core, hash);
  const report = verifyApproval(note, {
    origin: control.log.origin,
    subject: { proposal: hash },
    approvers,
    proposer: { name: proposal.proposer ?? proposal.planner },
    now,
    required,
    verify: nodeVerify,
  });
  if (!report.ok) return { verdict: 'refused', code: report.code, message: report.message };
  const { verdict, expires } = report.approval;
  const names = [...new Set(report.approvers.map(({ name }) => name))];
  const entry: EntryBody = {
    event: 'approval',
    cycle: core.cycle,
    proposal: hash,
    notes: [note],
    approvers: names,
    verdict,
  };
  const leaves = names.map((approver): ApproveBody => {
    const of = { seq: held.seq, action: 0 };
    return { kind: 'approve', of, approver, verdict, expires };
  });
  if (verdict === 'deny') {
    await core.write({ entries: [entry], leaves }).durable;
    return { verdict: 'deny' };
  }
  const { busy } = state.execution;
  if (busy !== undefined) fail('KNHK_LOOP_BUSY', 'approve', 'no change under trial', busy);
  const considered = await consider(core, proposal, measure());
  return promoteApproved(core, considered, entry, leaves);
}

async function promoteApproved(
  core: LoopCore,
  considered: Considered,
  entry: EntryBody,
  leaves: readonly ApproveBody[],
): Promise<ApprovalOutcome> {
  const result = conclude(core, [entry], [considered], { leaves });
  await result.durable;
  const { report } = result.considered[0]!;
  const { receipt } = result;
  const isPlaced = report.verdict === 'promote' && receipt !== undefined;
  return { verdict: 'allow', proposal: isPlaced ? { ...report, receipt } : report };
}

/**
 * A proposal that the log holds.
 *
 * @throws KnhkError KNHK_LOG_BLOB
 */
function storedProposal({ control }: LoopCore, hash: KnownProposal['proposal']): Proposal {
  const blob = control.log.getBlob(hash);
  if (blob?.kind !== 'proposal') {
    return fail('KNHK_LOG_BLOB', `proposal ${hash}`, 'a stored proposal', blob?.kind ?? 'nothing');
  }
  return JSON.parse(blob.text) as Proposal;
}
