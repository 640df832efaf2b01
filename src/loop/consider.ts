import { operateAsync } from '../runtime/operations.ts';
import type { LoopCore } from './core.ts';
import type { Measurements } from './measurements.ts';
import { type RecordedObservation, recordedObservations } from './recorded.ts';
import { shadow } from './shadow.ts';
import type { ShadowReport } from './shadow-types.ts';
import type { Candidate } from './stages/stage.ts';
import type { Proposal, ProposalReport } from './types.ts';
import { proposalHash, proposalText, validate } from './validate.ts';

/** A proposal that was judged, and nothing done about it yet. */
export interface Considered {
  readonly report: ProposalReport;
  /** What it would put in place, where it passed. */
  readonly candidate: Candidate | undefined;
}

/** What else {@link consider} is given. */
interface Considering {
  readonly signal?: AbortSignal;
  /** What stage 7 tries; read from the log unless given. */
  readonly recorded?: readonly RecordedObservation[];
}

/**
 * Puts a proposal through the seven stages and, where it passed, through the shadow. Its verdict is
 * that of the two: promote means that nothing speaks against it.
 */
export async function consider(
  core: LoopCore,
  proposal: Proposal,
  measurements: Measurements,
  { signal, recorded }: Considering = {},
): Promise<Considered> {
  const { control, options } = core;
  const { origin } = control.log;
  const hash = proposalHash(proposal);
  control.log.putBlob('proposal', proposalText(proposal));
  core.keep(hash, proposal);
  const { stages, candidate, passed } = await operateAsync(
    { name: 'validate', origin },
    () =>
      validate(
        {
          proposal,
          current: control.snapshot(),
          catalogue: control.catalogue,
          shapes: control.shapes(),
          measurements,
          recorded: recorded ?? recordedObservations(control),
        },
        {
          cache: core.validations,
          ...(signal === undefined ? {} : { signal }),
          ...(options.stageMs === undefined ? {} : { deadlines: options.stageMs }),
        },
      ),
    (validation) => ({ change: proposal.change.kind, passed: validation.passed }),
  );
  const judged = { hash, proposal, stages };
  if (!passed || candidate === undefined) {
    return { report: { ...judged, verdict: 'reject' }, candidate: undefined };
  }
  const seen = await tryInShadow(core, candidate, signal);
  if (seen === undefined) return { report: { ...judged, verdict: 'promote' }, candidate };
  const reason = shadowRefusal(seen, options.shadowMaxDifferingPercent);
  const shadowed = { ...judged, shadow: seen };
  if (reason === undefined) return { report: { ...shadowed, verdict: 'promote' }, candidate };
  return { report: { ...shadowed, verdict: 'reject', reason }, candidate: undefined };
}

const shadowDefault = 10_000;

async function tryInShadow(
  { control, options }: LoopCore,
  { snapshot, shapes }: Candidate,
  signal: AbortSignal | undefined,
): Promise<ShadowReport | undefined> {
  const { shadowObservations: observations = shadowDefault } = options;
  if (observations === 0 || snapshot instanceof Error) return undefined;
  return shadow(control, snapshot, {
    observations,
    ...(shapes === undefined ? {} : { shapes }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Why what a candidate did in the shadow speaks against it. */
function shadowRefusal(seen: ShadowReport, maxDifferingPercent = 100): string | undefined {
  if (seen.newFailures > 0) return `in the shadow ${seen.newFailures} observations would fail`;
  const percent = seen.evaluated === 0 ? 0 : (100 * seen.differing) / seen.evaluated;
  if (percent <= maxDifferingPercent) return undefined;
  const share = percent.toPrecision(4);
  return `in the shadow ${share} % are decided otherwise, at most ${maxDifferingPercent} %`;
}
