import { fail } from '../base/errors.ts';
import { engineBits, loadNative, type NativeKernel, type NativeLoad } from './native.ts';

/** Who evaluates batches of streamed observations. */
export type EngineName = 'portable' | 'u64' | 'avx2' | 'avx512' | 'neon';

/** Which engine runs, and why the others do not. */
export interface EngineReport {
  /** The engine that evaluates batches. */
  readonly name: EngineName;
  /** What was not chosen, with the reason in words. */
  readonly others: readonly { readonly name: EngineName; readonly reason: string }[];
}

/** A chosen engine with what it needs. */
export interface Engine {
  readonly report: EngineReport;
  /** Undefined for the portable engine. */
  readonly kernel: NativeKernel | undefined;
}

type NativeName = Exclude<EngineName, 'portable'>;

/** From the widest registers to the narrowest. */
const byWidth: readonly NativeName[] = ['avx512', 'avx2', 'neon', 'u64'];
const names: readonly EngineName[] = [...byWidth, 'portable'];

/**
 * Chooses the engine: the one asked for, else the one that KNHK_ENGINE names, else the widest that
 * this processor runs. Without a prebuilt kernel the portable engine serves.
 *
 * @param load stands in for the loader in tests
 * @throws KnhkError KNHK_KERNEL_ENGINE where the one asked for is unknown or cannot run here
 */
export function chooseEngine(wanted?: string, load: () => NativeLoad = loadNative): Engine {
  const asked = wanted ?? process.env['KNHK_ENGINE'];
  const where = wanted === undefined ? 'KNHK_ENGINE' : 'engine';
  if (asked !== undefined && !names.includes(asked as EngineName)) {
    fail('KNHK_KERNEL_ENGINE', where, names.join(', '), asked);
  }
  // Whoever asks for the portable engine may do so because loading the other one is the problem.
  const loaded = asked === 'portable' ? { reason: 'the portable engine was asked for' } : load();
  const { kernel } = loaded;
  const features = kernel?.features() ?? 0;
  const runs = (name: EngineName): boolean =>
    name === 'portable' || (features & engineBits[name]) !== 0;
  const name = (asked as EngineName | undefined) ?? names.find(runs)!;
  if (!runs(name)) {
    const able = names.filter(runs).join(', ');
    fail(
      'KNHK_KERNEL_ENGINE',
      where,
      `${able}${kernel === undefined ? ` (${loaded.reason})` : ''}`,
      name,
    );
  }
  const reasonOf = (other: EngineName): string => {
    if (runs(other)) return asked === undefined ? `${name} is wider` : `${name} was asked for`;
    return kernel === undefined ? loaded.reason! : 'this processor or prebuilt kernel lacks it';
  };
  const others = names
    .filter((other) => other !== name)
    .map((other) => Object.freeze({ name: other, reason: reasonOf(other) }));
  const report = Object.freeze({ name, others: Object.freeze(others) });
  return { report, kernel: name === 'portable' ? undefined : kernel };
}
