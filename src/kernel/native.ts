import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The native kernel as `native/src/addon.c` exports it. */
export interface NativeKernel {
  /** Which engines this binary has and this processor runs: a sum of `engineBits`. */
  features(): number;
  /**
   * A function that evaluates the cells of a pass, once each time it is called.
   *
   * @param memory all of a pass, in a SharedArrayBuffer (native/README.md describes it)
   * @param engine one of `engineBits`
   * @throws TypeError or RangeError if the memory, its length or the engine does not fit
   */
  bind(memory: Uint8Array, laneBytes: LaneBytes, engine: number): () => void;
  /** The processor's counter now, or 0 if it has none. */
  counter(): number;
  /** Counts per second, or 0 where the processor does not say and they must be calibrated. */
  counterHz(): number;
  /** The least counts that lie between two readings next to each other, in so many rounds. */
  emptyRegion(rounds: number): number;
  /** Counts that so many multiplications take of which each needs the one before. */
  chain(length: number): number;
}

/** Bytes of a row: 64, 256 or 512 lanes. */
export type LaneBytes = 8 | 32 | 64;

/** The native engines and their bits in `features` and `bind`. */
export const engineBits = { u64: 1, avx2: 2, avx512: 4, neon: 8 } as const;

/** The kernel, or why there is none. */
export type NativeLoad =
  | { readonly kernel: NativeKernel; readonly reason?: never }
  | { readonly kernel?: never; readonly reason: string };

/** Finds and loads a prebuilt file below a folder; throws if there is none that fits. */
export type AddonLoader = (root: string) => unknown;

const abi = 1;
const methods = ['features', 'bind', 'counter', 'counterHz', 'emptyRegion', 'chain'];

// The package's root, seen from src/kernel and from dist/kernel alike.
const packageRoot = (): string => fileURLToPath(new URL('../../', import.meta.url));

// An import would fail the whole package where the loader is absent, as in a bundle.
const nodeGypBuild: AddonLoader = (root) => {
  const require = createRequire(import.meta.url);
  const load = require('node-gyp-build') as AddonLoader;
  return load(root);
};

/**
 * Loads the prebuilt kernel of this platform. Never throws: without one the portable engine
 * serves, and the reason is for people to read.
 *
 * @param load stands in for node-gyp-build in tests
 */
export function loadNative(load: AddonLoader = nodeGypBuild): NativeLoad {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const addon = load(packageRoot());
    const problem = strangeness(addon);
    return problem === undefined
      ? { kernel: addon as NativeKernel }
      : { reason: `the prebuilt kernel of ${platform} ${problem}` };
  } catch (error) {
    return { reason: reasonOf(error, platform) };
  }
}

/** What keeps the addon from being ours; another version may mean memory laid out otherwise. */
function strangeness(addon: unknown): string | undefined {
  if (typeof addon !== 'object' || addon === null) return 'exports nothing';
  const exported = addon as Readonly<Record<string, unknown>>;
  if (exported['abi'] !== abi) return `has abi ${String(exported['abi'])}, not ${abi}`;
  const missing = methods.find((name) => typeof exported[name] !== 'function');
  return missing === undefined ? undefined : `has no function ${missing}`;
}

function reasonOf(error: unknown, platform: string): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.startsWith('No native build was found')) return `no prebuilt kernel for ${platform}`;
  const first = text.split('\n', 1)[0]!;
  return `the prebuilt kernel of ${platform} does not load: ${withoutPaths(first)}`;
}

// Where the package lies is nobody's business in a report that leaves the machine.
const folders =
  /(?:\\\\\?\\)?(?:[A-Za-z]:)?[^\\/:'"()\s]*(?:[\\/][^\\/:'"\n]+)*[\\/](?=[^\\/:'"\s])/g;
const withoutPaths = (text: string): string => text.replace(folders, '');
