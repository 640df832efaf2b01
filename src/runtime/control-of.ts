import type { Control } from './control.ts';
import type { RuntimeCore } from './core.ts';
import { commitOn, promoteOn } from './promote.ts';
import type { SigmaQueue } from './sigma.ts';
import type { Taps } from './taps.ts';

/** The control of a runtime: what the loop may do with it. */
export function controlFor(core: RuntimeCore, sigma: SigmaQueue, taps: Taps): Control {
  const { parts, current, turns, tally, streams, health, savepoints } = core;
  const { log, catalogue, restored, kernel } = parts;
  return {
    log,
    catalogue,
    snapshot: () => current.snapshot,
    shapes: () => current.shapes,
    applied: () => core.applied,
    deployed: () => parts.deployedHash,
    warmP95Ms: () => sigma.p95Ms(),
    ticks: () => tally.ticks(),
    findings: () => core.verifier?.sample().findings ?? 0,
    settled: () => turns.settled(),
    promote: (promotion) => promoteOn(core, promotion),
    commit: (commit) => commitOn(core, commit),
    candidate: (change) => current.prepare({ kind: 'promote', ...change }, parts).snapshot,
    canary: () => current.canary,
    setCanary: (canary) => {
      streams.settle();
      core.forgetDeciders();
      current.setCanary(canary);
    },
    now: () => parts.clock.now(),
    refusal: () => core.refusal(),
    troubled: (message) => {
      if (message === undefined) health.clear('cycle-failed');
      else health.raise('cycle-failed', message);
    },
    tap: (listener) => taps.add(listener),
    tapCounts: (listener) => taps.addCounter(listener),
    beginCycle: () => {
      kernel.countCold();
      streams.cut('fresh');
    },
    every: (every, run) => turns.every(every, run),
    savepoint: (name, state) => savepoints.add(name, state),
    saved: (name) => restored.more[name],
  };
}
