import type { Health, TypeRouting, VerifyReport } from 'knhk';
import type { CycleReport, KnownOutcome, Measurements } from 'knhk/loop';
import { keysDirectory } from './keys.ts';
import type { DeskOptions } from './options.ts';
import type { Durations, Tally } from './tally.ts';
import { table } from './terminal.ts';

/** Everything that the summary tells. */
export interface Summary {
  readonly options: DeskOptions;
  readonly tally: Tally;
  readonly health: Health;
  readonly routing: TypeRouting;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cycles: readonly CycleReport[];
  /** How promoted changes turned out. */
  readonly outcomes: readonly KnownOutcome[];
  readonly report: VerifyReport;
  readonly checkpoints: number;
  readonly decideNs: Durations;
  readonly applyMs: Durations;
  readonly seconds: number;
  readonly declared: Measurements;
  readonly live: Measurements;
}

const entries = (counts: Record<string, number>): (string | number)[][] =>
  Object.entries(counts).sort(([left], [right]) => (left < right ? -1 : 1));

const print = (text = ''): void => void process.stdout.write(`${text}\n`);

/** Prints the summary for people. */
export function printSummary(summary: Summary): void {
  const { tally, health, report, seconds, options } = summary;
  print();
  table([['outcome', 'observations'], ...entries(tally.outcomes), ['total', tally.total]]);
  print();
  table([['hook', 'fired'], ...entries(tally.fired)]);
  print();
  table([['denied or pending', 'actions'], ...entries(tally.denied)]);
  print();
  table([['invalid', 'observations'], ...entries(tally.invalid)]);
  print();
  const { route, lanes, hot, warm, reasons } = summary.routing;
  table([
    [`validated, ${route}: ${lanes} lanes`, 'observations'],
    ['conforming, by rows of the kernel', hot],
    ['handed to the engine for a report', warm],
    ...reasons.map(({ shape, reason }) => [`warm: ${shape}`, reason]),
  ]);
  print();
  printLoop(summary);
  print();
  const { decideNs, applyMs } = summary;
  const nanoseconds = (share: number): string => `${decideNs.quantile(share).toFixed(0)} ns`;
  const milliseconds = (share: number): string => `${applyMs.quantile(share).toFixed(2)} ms`;
  table([
    ['latency', 'p50', 'p99'],
    ['decide, blocks of 64', nanoseconds(0.5), nanoseconds(0.99)],
    ['apply until durable, under load', milliseconds(0.5), milliseconds(0.99)],
  ]);
  print();
  table([
    ['log', ''],
    ['rate', `${Math.round(tally.total / seconds)} observations/s in ${seconds.toFixed(1)} s`],
    ['receipts', health.size],
    ['checkpoints signed in this run', summary.checkpoints],
    ['verified', `${report.verified_count} of ${report.total_count}, ok: ${report.ok}`],
    ['signature failures', report.signature_failures],
    ['chain breaks', report.chain_breaks],
    ['retrocausation violations', report.retrocausation_violations],
    ['snapshot', `version ${health.version}, ${health.snapshot.slice(0, 16)}...`],
    ['directory', options.data],
    ['keyring', `${keysDirectory(options.data)}/keyring.json`],
  ]);
  print();
  print(`look at it:  npx knhk receipts list --data ${options.data}`);
  print(`verify it:   npx knhk receipts verify-chain --data ${options.data}`);
}

function printLoop({ cycles, outcomes, parameters, declared, live }: Summary): void {
  const found = cycles.flatMap(({ cycle, patterns }) =>
    patterns.map(({ subject, direction, evidence }) => [
      cycle,
      subject,
      direction === undefined ? '-' : `fires ${direction}`,
      evidence['expected'] === undefined
        ? 'injected: a mistake on purpose'
        : `${evidence['count']} for ${evidence['expected']} expected, z ${evidence['z']}`,
    ]),
  );
  table([['cycle', 'pattern', 'direction', 'evidence'], ...found]);
  print();
  for (const { cycle, proposals } of cycles) {
    for (const { proposal, verdict, stages, shadow, receipt, hash } of proposals) {
      print(`cycle ${cycle}: ${verdict} ${JSON.stringify(proposal.change)} (${hash.slice(0, 16)})`);
      print(`  ${proposal.reasoning}`);
      const said = stages.map(({ name, verdict: stage, message }) =>
        message === undefined ? `${name} ${stage}` : `${name} ${stage}: ${message}`,
      );
      print(`  ${said.join(', ')}`);
      if (shadow !== undefined) {
        print(
          `  shadow: ${shadow.differing} of ${shadow.evaluated} would have been decided otherwise`,
        );
      }
      if (receipt !== undefined) print(`  promoted, receipt ${receipt.seq} ${receipt.hash}`);
      printOutcome(outcomes.find((outcome) => outcome.proposal === hash));
    }
  }
  print(`${cycles.length} cycles; parameters now ${JSON.stringify(parameters)}`);
  print();
  table([
    ['measurement', 'declared to the loop', 'live'],
    ['ns per hot operation', String(declared.operationNs), live.operationNs?.toFixed(1) ?? '-'],
    ['resident MB', mega(declared.rssBytes), mega(live.rssBytes)],
    ['CPU % of a core', declared.cpuPercent, live.cpuPercent.toFixed(0)],
    ['event-loop delay p99 ms', declared.loopDelayP99Ms, live.loopDelayP99Ms.toFixed(1)],
    ['failed %', declared.errorPercent, live.errorPercent.toFixed(2)],
  ]);
}

function printOutcome(known: KnownOutcome | undefined): void {
  if (known === undefined) return;
  const { outcome, reason, seq, measured } = known;
  const { deniedPercentBefore, deniedPercent } = measured;
  const before = `${deniedPercentBefore} % denied before, ${deniedPercent} % after`;
  const undo = outcome === 'withdrawn' ? 'rolled back by itself' : outcome;
  print(`  ${undo}: ${reason ?? before}, receipt ${seq}`);
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** The parts of the summary that do not depend on the machine, as one JSON document. */
export function summaryJson(summary: Summary): string {
  const { tally, health, cycles, outcomes, report, parameters, routing } = summary;
  return JSON.stringify(
    {
      outcomes: tally.outcomes,
      fired: tally.fired,
      denied: tally.denied,
      invalid: tally.invalid,
      validated: { route: routing.route, hot: routing.hot, warm: routing.warm },
      receipts: health.size,
      applied: health.applied,
      version: health.version,
      parameters,
      cycles: cycles.map(({ cycle, observed, patterns, proposals }) => ({
        cycle,
        observed,
        patterns,
        proposals: proposals.map(({ hash, proposal, verdict, stages, shadow, receipt }) => ({
          hash,
          change: proposal.change,
          verdict,
          stages: stages.map(({ verdict: stage }) => stage),
          differing: shadow?.differing,
          receipt: receipt?.seq,
        })),
      })),
      outcomesOfChanges: outcomes.map(({ proposal, outcome, reason, seq }) => ({
        proposal,
        outcome,
        reason,
        receipt: seq,
      })),
      verified: { ok: report.ok, total: report.total_count, verified: report.verified_count },
    },
    undefined,
    2,
  );
}
