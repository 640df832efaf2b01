import { chooseEngine, type Engine } from '../../src/kernel/engine.ts';
import { engineBits, loadNative } from '../../src/kernel/native.ts';

const { kernel } = loadNative();
const features = kernel?.features() ?? 0;
const native = Object.entries(engineBits).flatMap(([name, bit]) =>
  (features & bit) === 0 ? [] : [name],
);

/** Every engine that runs here; the portable one alone where there is no prebuilt kernel. */
export const engines: readonly Engine[] = ['portable', ...native].map((name) => chooseEngine(name));
