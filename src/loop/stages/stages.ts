import { compatibilityStage } from './compatibility-stage.ts';
import { doctrineStage } from './doctrine-stage.ts';
import { guardStage } from './guard-stage.ts';
import { invariantsStage } from './invariants-stage.ts';
import { performanceStage } from './performance-stage.ts';
import { rollbackStage } from './rollback-stage.ts';
import type { Stage } from './stage.ts';
import { staticStage } from './static-stage.ts';

/** The seven stages in order; a promotion needs all of them. */
export const stages: readonly Stage[] = Object.freeze([
  staticStage,
  invariantsStage,
  doctrineStage,
  guardStage,
  performanceStage,
  rollbackStage,
  compatibilityStage,
]);
