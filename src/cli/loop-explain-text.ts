import type { ShadowReport } from '../loop/shadow-types.ts';
import { formatTime, harmless, type Io, paint } from './io.ts';
import type { Explained, ExplainedProposal } from './loop-explain.ts';
import { findingsText } from './loop-read.ts';
import { itemVerdict, laterWords, numbersWords, patternWords } from './loop-words.ts';
import { changeWords, short } from './snapshots-words.ts';

type Lines = readonly string[];

const indented = (lines: Lines): Lines => lines.map((line) => `  ${line}`);

/** What the log says cannot steer a terminal, nor look like a line of ours. */
const plain = (text: string): string => harmless(text).replaceAll('\n', '\\u000a');

/** A heading and what stands under it; nothing where nothing does. */
const section = (heading: string, lines: Lines): Lines =>
  lines.length === 0 ? [] : [heading, ...indented(lines.map(plain)), ''];

/** One cycle in words. */
export function explainText(explained: Explained, io: Io): string {
  const { cycle, seq, time, hash, observed, seqs, cut, problems } = explained;
  const lines = [
    `cycle ${cycle}${cut ? ', cut short' : ''}`,
    `  leaf ${seq}, ${formatTime(time)}, ${hash}`,
    `  ${observed} observations, seq ${seqs[0]} to ${seqs[1]}`,
    '',
    ...section(
      'problems',
      problems.map(({ phase, name, message }) =>
        name === undefined ? `${phase}: ${message}` : `${phase}, ${name}: ${message}`,
      ),
    ),
    ...patternLines(explained),
    ...section(
      'actions wanted',
      explained.actions.map(({ action, reasoning }) => `${action.type}: ${reasoning}`),
    ),
    ...section(
      'not considered',
      explained.suppressed.map(({ change, reason }) => `${changeWords(change)}: ${reason}`),
    ),
    ...explained.proposals.flatMap((proposal) => proposalLines(proposal, io)),
  ];
  return `${lines.join('\n')}\n${findingsText(explained.findings, io)}`;
}

function patternLines({ patterns, alerts }: Explained): Lines {
  const told = (index: number): string => {
    const key = JSON.stringify(patterns[index]);
    const alert = alerts.find(({ pattern }) => JSON.stringify(pattern) === key);
    return alert === undefined ? '' : `, people were told: leaf ${alert.seq}`;
  };
  const lines = patterns.flatMap((pattern, index) => [
    `${patternWords(pattern)}, recommends: ${pattern.recommend}${told(index)}`,
    ...(Object.keys(pattern.evidence).length === 0 ? [] : [`  ${numbersWords(pattern.evidence)}`]),
    ...(pattern.seqs.length === 0 ? [] : [`  seen at seq ${pattern.seqs.join(', ')}`]),
  ]);
  return section('patterns', lines.length === 0 ? ['none'] : lines);
}

const colours = { promote: 'green', hold: 'yellow', reject: 'red' } as const;

function proposalLines(told: ExplainedProposal, io: Io): Lines {
  const { proposal, planner, reason, change, reasoning, pattern, promoted } = told;
  const stages = told.stages.map(({ stage, name, verdict: said, code, message, ...rest }) => {
    const advisory = rest.advisory === true ? ' (advisory)' : '';
    const why = said === 'refuse' ? ` ${code ?? ''}: ${message ?? ''}` : '';
    const { evidence = {} } = rest;
    const numbers = Object.keys(evidence).length === 0 ? '' : ` [${numbersWords(evidence)}]`;
    return `${stage} ${name}: ${said}${advisory}${why}${numbers}`;
  });
  const lines = [
    ...(pattern === null ? [] : [`answers ${pattern.kind} ${pattern.subject}`]),
    `change: ${change ?? 'lost'}`,
    ...(reasoning === null ? [] : [`why: ${reasoning}`]),
    ...(told.cost === null ? [] : [`cost: ${told.cost.before} -> ${told.cost.after} bytes`]),
    ...section('stages', stages).slice(0, -1),
    ...shadowLines(told.shadow ?? undefined),
    ...(reason === null ? [] : [`reason: ${reason}`]),
    `told by leaf ${told.seq}, ${told.hash}`,
    ...(promoted === null
      ? []
      : [`promoted: snapshot ${promoted.snapshot}, leaf ${promoted.seq}, ${promoted.hash}`]),
    ...told.later.map(({ entry, seq, cycle }) => {
      const what = { kind: 'entry', entry, detail: '', context: {}, place: noPlace } as const;
      const verdict = itemVerdict(what);
      return `${entry.event} ${verdict}, cycle ${cycle}, leaf ${seq}${laterWords(entry)}`;
    }),
  ];
  const name = `proposal ${short(proposal)} by ${plain(planner)}`;
  const heading = `${name}: ${paint(io, colours[told.verdict], told.verdict)}`;
  return section(heading, lines);
}

const noPlace = { seq: 0, hash: '', time: 0 };

function shadowLines(shadow: ShadowReport | undefined): Lines {
  if (shadow === undefined) return [];
  const { evaluated, unavailable, differing, newFailures, fired, actions, examples } = shadow;
  const pairs = (counts: ShadowReport['fired']): string =>
    Object.entries(counts)
      .map(([name, { before, after }]) => `${name} ${before} -> ${after}`)
      .join(', ');
  return [
    `shadow: ${differing} of ${evaluated} observations differ, ${newFailures} new failures, ` +
      `${unavailable} not available`,
    ...indented([
      ...(Object.keys(fired).length === 0 ? [] : [`hooks: ${pairs(fired)}`]),
      ...(Object.keys(actions).length === 0 ? [] : [`actions: ${pairs(actions)}`]),
      ...examples.map(
        ({ seq, type, before, after }) =>
          `seq ${seq} ${type}: ${before.outcome} -> ${after.outcome}`,
      ),
    ]),
  ];
}
