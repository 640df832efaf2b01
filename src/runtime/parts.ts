import type { Clock } from '../base/clock.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { Commitments } from '../receipts/log/secrets.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import type { Dropped } from '../rules/changes.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import type { ShapesGate } from '../shapes/gate.ts';
import type { RuntimeKernel } from './kernel.ts';
import type { RuntimeKeys } from './keys.ts';
import type { StreamingOptions } from './observe-types.ts';
import type { Receipt } from './outcome.ts';
import type { Privacy } from './privacy.ts';
import type { Restored } from './restore.ts';
import type { VerifierParts } from './verifier.ts';

/** Everything that opening prepared. */
export interface RuntimeParts {
  readonly log: ReceiptLog;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly commitments: Commitments;
  readonly restored: Restored;
  /** The keys of data subjects, where payloads are encrypted. */
  readonly privacy: Privacy | undefined;
  readonly snapshot: Snapshot;
  readonly shapes: ShapesDocument | undefined;
  readonly gate: ShapesGate;
  readonly gateThreads: number;
  /** True where the host asked for the reference engine, which then validates every record. */
  readonly isReference: boolean;
  readonly deployed: Deployed | undefined;
  readonly streaming: StreamingOptions;
  readonly kernel: RuntimeKernel;
  /** How and where the log is verified meanwhile. */
  readonly verification: Pick<VerifierParts, 'directory' | 'fs' | 'settings'> | undefined;
  readonly keys: Pick<RuntimeKeys, 'nextSigner' | 'maxAgeMs'>;
  /** Hash of the snapshot that was deployed last, now or earlier. */
  readonly deployedHash: string;
}

/** The deploy leaf that opening wrote because the catalogue had changed. */
export interface Deployed {
  /** Where the deploy stands in the log. */
  readonly receipt: Receipt;
  /** Promoted changes that the new catalogue could not keep. */
  readonly dropped: readonly Dropped[];
}
