import type { Pattern } from 'knhk/loop';
import { adapt, type Manager, type Reading, teamOf } from './flying.ts';
import { known } from './mission.ts';

// The manager that comes with the original: events, conditions, actions. It believes what it reads.

const pattern = (kind: string, evidence: Pattern['evidence']): Pattern => ({
  ...{ detector: kind, kind, subject: 'team', confidence: 1, evidence, seqs: [] },
  recommend: 'enforce',
});

const positives = (readings: readonly Reading[], of: 'threat' | 'target'): number =>
  readings.filter((reading) => reading.of === of && reading.isPositive).length;

/** Climbs before threats, descends before targets, closes up where a threat is read. */
export function exampleManager(): Manager<object> {
  return {
    knowledge: {},
    detectors: [
      {
        name: 'ahead',
        detect: ({ readings }) => {
          const { altitude } = teamOf(readings);
          const threats = positives(readings, 'threat');
          return [pattern('ahead', { altitude, threats, targets: positives(readings, 'target') })];
        },
      },
      {
        name: 'here',
        detect: ({ readings }) => {
          const { position, isTight } = teamOf(readings);
          const here = readings.filter((reading) => reading.of !== 'team');
          const threats = positives(
            here.filter(({ cell }) => cell === position),
            'threat',
          );
          return Boolean(threats) === isTight ? [] : [pattern('here', { threats })];
        },
      },
    ],
    planners: [
      {
        name: 'altitude',
        plan: ({ kind, evidence: { altitude = 0, threats = 0, targets = 0 } }) => {
          if (kind !== 'ahead') return undefined;
          if (threats > 0 && altitude < known.altitudeMax) return adapt(['climb'], 'threats ahead');
          if (targets > 0 && altitude > 1) return adapt(['descend'], 'targets ahead');
          return undefined;
        },
      },
      {
        name: 'formation',
        plan: ({ kind, evidence: { threats = 0 } }) => {
          if (kind !== 'here') return undefined;
          return threats > 0
            ? adapt(['tight'], 'a threat here')
            : adapt(['loose'], 'no threat here');
        },
      },
    ],
  };
}
