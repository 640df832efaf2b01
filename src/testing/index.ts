export type { LogOptions, ReceiptLog } from '../receipts/log/log-types.ts';
export { openLog } from '../receipts/log/open.ts';
export type { RevokeOptions, RotateOptions } from '../receipts/log/rotation.ts';
export type { CompiledShapes, ShapesEngine } from '../shapes/engine.ts';
export type { ConformanceCase } from './case.ts';
export { type FixedClock, fixedClock } from './clock.ts';
export { type FaultRun, type FaultScenario, failEveryCall } from './fail-every-call.ts';
export {
  type FailingFs,
  type FailingFsOptions,
  failingFs,
  type LogFsOperation,
} from './failing-fs.ts';
export { fsConformance } from './fs-conformance.ts';
export type { LogConformanceOptions, StoreOptions } from './log-bench.ts';
export { logConformance } from './log-conformance.ts';
export { type CrashOptions, type MemoryFs, type MemoryFsOptions, memoryFs } from './memory-fs.ts';
export {
  type ReopenOptions,
  type TestRuntime,
  type TestRuntimeOptions,
  testRuntime,
} from './runtime.ts';
export { type SeededSigner, seededRandom, seededSecret, seededSigner } from './seeds.ts';
export { referenceShapesEngine, shapesEngineConformance } from './shapes-conformance.ts';
export { type SignerConformanceOptions, signerConformance } from './signer-conformance.ts';
export {
  type TestWitness,
  type TestWitnessOptions,
  testWitness,
  type WitnessAnswer,
} from './witness.ts';

// The suite for kernel engines comes with the native kernel, as kernel-conformance.ts beside the
// others: there is one engine now, and the interpreter in the tests is what it is compared with.
