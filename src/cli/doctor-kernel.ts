import { describe } from '../base/errors.ts';
import type { EngineName, EngineReport } from '../kernel/engine.ts';
import type { TickSource } from '../kernel/ticks.ts';
import { amiss, type Check, codeOf, type Facts, fine } from './doctor-types.ts';
import type { Machine } from './machine.ts';

/** What would evaluate streamed observations here, and what measures it. */
export interface KernelProbe {
  readonly report: EngineReport;
  readonly source: TickSource;
}

const engineNames: readonly EngineName[] = ['avx512', 'avx2', 'neon', 'u64', 'portable'];

/** Reasons in one word each, because the text of a failed load is the system's own. */
const reasonWords: readonly (readonly [RegExp, string])[] = [
  [/ is wider$/, 'narrower'],
  [/ was asked for$/, 'asked'],
  [/ lacks it$/, 'lacking'],
  [/^no prebuilt kernel for /, 'absent'],
];
const wordOf = (reason: string): string =>
  reasonWords.find(([form]) => form.test(reason))?.[1] ?? 'unloadable';

/** `avx2, u64: avx512 is wider`, one for each reason. */
function byReason({ others }: EngineReport): string {
  const names = new Map<string, EngineName[]>();
  for (const { name, reason } of others) names.set(reason, [...(names.get(reason) ?? []), name]);
  return [...names].map(([reason, list]) => `${list.join(', ')}: ${reason}`).join('; ');
}

function checkEngine({ report }: KernelProbe): Check {
  const { name, others } = report;
  const words = new Map(others.map((other) => [other.name, wordOf(other.reason)]));
  const facts: Facts = {
    engine: name,
    error: null,
    ...Object.fromEntries(engineNames.map((each) => [each, words.get(each) ?? 'runs'])),
  };
  const found = `${name} (${byReason(report)})`;
  if (name !== 'portable') return fine('engine', found, facts);
  const todo =
    'Answers are the same, streaming takes longer: see the reasons; unset KNHK_ENGINE where set.';
  return amiss('warning', 'engine', [found, todo], facts);
}

const digits = (value: number): string => value.toFixed(3);

function checkTicks({ source }: KernelProbe): Check {
  const { counter, hz = null, coreRatio = null, emptyRegion } = source;
  const facts = { counter, hz, coreRatio, emptyRegion };
  if (counter === 'none') {
    const todo = 'Judge speed by knhk bench; budgets in ticks are neither kept nor missed here.';
    return amiss('warning', 'ticks', ['unmeasurable: no counter of the processor', todo], facts);
  }
  const rate = hz === null ? 'of unknown rate' : `at ${digits(hz / 1e9)} GHz`;
  const core = coreRatio === null ? '' : `, ${digits(coreRatio)} core cycles a tick`;
  return fine('ticks', `${counter} ${rate}${core}, empty region ${emptyRegion}`, facts);
}

/** The engine that streaming gets here, and the counter that it is measured by. */
export async function checkKernel(machine: Machine): Promise<readonly Check[]> {
  try {
    const probe = await machine.probeKernel();
    return [checkEngine(probe), checkTicks(probe)];
  } catch (error) {
    const todo = 'Name an engine that runs here in KNHK_ENGINE, or unset it: no runtime opens so.';
    const facts = { engine: null, error: codeOf(error) };
    return [amiss('problem', 'engine', [describe(error), todo], facts)];
  }
}
