import { consider } from './consider.ts';
import type { LoopCore } from './core.ts';
import { conclude } from './execute/act.ts';
import type { Measurements } from './measurements.ts';
import { bindPlan, type HostProposal } from './think.ts';
import type { ProposalReport } from './types.ts';

/**
 * Judges a change that the host proposes and puts it in place where the loop may. While another
 * change is being tried it is rejected, with what is tried as the reason.
 */
export async function proposeByHost(
  core: LoopCore,
  plan: HostProposal,
  measure: () => Measurements,
): Promise<ProposalReport> {
  core.follow();
  const { control, options } = core;
  const measurements = measure();
  const proposal = bindPlan(control, plan);
  const { report, candidate } = await consider(core, proposal, measurements);
  const judged = allowedBy(options.autonomy, report);
  const refusal = control.refusal();
  // Nothing can be written down now, so the answer alone says why.
  if (refusal !== undefined) return { ...judged, verdict: 'reject', reason: refusal.message };
  const result = conclude(core, [], [{ report: judged, candidate }]);
  await result.durable;
  const became = result.considered[0]!.report;
  const { receipt } = result;
  return receipt === undefined ? became : { ...became, receipt };
}

/** What may go ahead is held where the loop may not promote. */
function allowedBy(
  autonomy: LoopCore['options']['autonomy'],
  report: ProposalReport,
): ProposalReport {
  if (report.verdict !== 'promote' || autonomy === 'promote') return report;
  return { ...report, verdict: 'hold' };
}
