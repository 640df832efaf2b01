import { availableParallelism } from 'node:os';
import { type Clock, type RandomBytes, systemClock } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { LogOptions } from '../receipts/log/log-types.ts';
import { openLog } from '../receipts/log/open.ts';
import type { PayloadCipher } from '../receipts/log/payload-cipher.ts';
import { createCommitments, indexKey } from '../receipts/log/secrets.ts';
import { type CatalogueOptions, catalogueOf, type Rule } from '../rules/catalogue.ts';
import { compileShapes, type ShapesDocument, type ShapesSource } from '../shapes/document.ts';
import type { EngineName } from '../shapes/engines.ts';
import { openShapesGate } from '../shapes/gate.ts';
import type { Observation } from '../terms/observation.ts';
import { channels } from './channels.ts';
import { subjectFields } from './find.ts';
import { type KernelOptions, RuntimeKernel } from './kernel.ts';
import { type KeyOptions, keysOf, type RuntimeKeys } from './keys.ts';
import type { StreamingOptions } from './observe-types.ts';
import { operateAsync } from './operations.ts';
import type { Deployed, RuntimeParts } from './parts.ts';
import { cipherOf, type EncryptionOptions, openPrivacy, type Privacy } from './privacy.ts';
import { countRestored, type Deployment, deployment, restore, shapesBlob } from './restore.ts';
import { Runtime } from './runtime.ts';
import { loadShapesDocument } from './store.ts';
import { systemError } from './systemError.ts';
import { type VerificationOptions, verificationOf } from './verifier.ts';

/** What {@link openRuntime} is given. */
export interface RuntimeOptions
  extends Omit<CatalogueOptions, 'shapes'>,
    KernelOptions,
    KeyOptions {
  /** Name of the log in its checkpoints, like `example.com/ops`; never changes. */
  readonly origin: string;
  /** Directory of the log; made if absent. */
  readonly data: string;
  /** Every type that will be decided or applied. */
  readonly observations: readonly Observation[];
  /** Hooks, guards, parameters, windows, budgets, doctrines and actions, in any order. */
  readonly rules: readonly Rule[];
  /** SHACL shapes as Turtle: one text, or named sources (loadShapes reads a directory). */
  readonly shapes?: string | readonly ShapesSource[];
  /**
   * Encrypts payloads under a key of each data subject, for {@link Runtime.erase}; from a log's
   * first observation on, or never.
   */
  readonly encryption?: EncryptionOptions;
  /**
   * The log is verified while the runtime runs, and a finding freezes it; false turns that off.
   */
  readonly verification?: VerificationOptions | false;
  /** How observe() keeps evidence and where outcomes of what fired go. */
  readonly streaming?: StreamingOptions;
  /** Worker threads for shapes; default min(2, cores), 0 validates on the calling thread. */
  readonly shapesThreads?: number;
  /** Deadline of one shapes task in ms; default 5,000. */
  readonly shapesDeadlineMs?: number;
  /**
   * `knhk`, or `reference` for rdf-validate-shacl: much slower, and nothing is validated by rows.
   */
  readonly shapesEngine?: EngineName;
  /** The receipts' clock; the machine's unless given. */
  readonly clock?: Clock;
  /** Where new keys come from; the machine's secure source unless given. */
  readonly random?: RandomBytes;
  /** File system of the log; tests inject faults here. */
  readonly fs?: LogFs;
  /** Most leaves that one checkpoint signs, 1 to 256. */
  readonly epochLeaves?: number;
  /**
   * A checkpoint that the log must reach, from Git, a witness or a copy kept elsewhere: an older
   * copy of the directory is then refused.
   */
  readonly since?: string;
  /**
   * A file outside `data` that keeps the last checkpoint too, so that an older copy of the whole
   * directory is refused; by default `<data>.keys/head`, where the signing key lies there.
   */
  readonly remembered?: string;
  /** Size at which a new segment begins, at most 64 MiB. */
  readonly segmentBytes?: number;
}

/**
 * Opens a runtime over the log in `data`: takes its lock, recovers, rebuilds windows and budgets,
 * and deploys the given definitions if they changed.
 *
 * @throws KnhkError of the options: KNHK_RUNTIME_OPTION, KNHK_RULES_UNKNOWN, KNHK_RULES_DUPLICATE,
 * KNHK_RULES_TEMPLATE, KNHK_RULES_SLO, KNHK_LIMIT_RULES, KNHK_TERMS_CONDITION,
 * KNHK_BASE_NOT_CANONICAL, KNHK_RECEIPTS_KEY, KNHK_KERNEL_ENGINE
 * @throws KnhkError of encryption: KNHK_RUNTIME_ENCRYPTION, KNHK_LOG_KEK, KNHK_LOG_SUBJECT_KEYS,
 * KNHK_LIMIT_SUBJECTS
 * @throws KnhkError of the shapes: KNHK_SHAPES_SYNTAX, KNHK_SHAPES_UNSUPPORTED, KNHK_SHAPES_OPTION,
 * KNHK_LIMIT_SHAPES
 * @throws KnhkError of the log: KNHK_LOG_OPEN, KNHK_LOG_LOCKED, KNHK_LOG_FORMAT, KNHK_LOG_KEYS,
 * KNHK_LOG_SIGNATURE, KNHK_LOG_CORRUPT, KNHK_LOG_ROLLBACK, KNHK_LOG_BLOB, KNHK_LOG_NETWORK_FS,
 * KNHK_LOG_POISONED, KNHK_RECEIPTS_KEYRING, KNHK_LIMIT_IDS, KNHK_RUNTIME_ENCRYPTION
 * @example
 * const options = { origin, data: directory, observations: [Flight], rules };
 * await using desk = await openRuntime(options);
 * (await desk.apply(Flight, flight, { id: 'LH400-2026-11-21' })).outcome; // => 'acted'
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { clock = systemClock } = options;
  if (typeof options.data !== 'string' || options.data === '') {
    fail('KNHK_RUNTIME_OPTION', 'openRuntime, data', 'a directory', options.data);
  }
  const compiled = options.shapes === undefined ? undefined : compileShapes(options.shapes);
  const catalogue = catalogueOf({ ...options, shapes: compiled?.hash ?? null });
  const streaming = streamingOf(options);
  const kernel = new RuntimeKernel(options);
  const settings = verificationOf(options.verification);
  const { encryption } = options;
  const keys = keysOf(options);
  const commitments = createCommitments(keys.secret);
  const cipher = cipherOf(encryption, options);
  const subjects = { key: indexKey(keys.secret), fields: subjectFields(catalogue) };
  const log = await openLog(logOptions(options, { ...keys.log, clock, cipher, subjects }));
  let privacy: Privacy | undefined;
  try {
    if (cipher !== undefined && encryption !== undefined) {
      privacy = await openPrivacy(log, cipher, commitments, { ...options, encryption });
    }
    if (compiled !== undefined) log.putBlob('shapes', shapesBlob(compiled.text));
    const restored = restore(log, catalogue, commitments, privacy);
    const plan = deployment(log, catalogue, restored.current);
    const { snapshot } = plan;
    restored.context.follow(snapshot.document, catalogue.observations);
    const streams = plan.deploy === undefined ? restored.streams : countRestored(log, restored);
    const deployed = await writeDeploy(log, catalogue.hash, plan);
    const shapes = shapesOf(log, snapshot.document.shapes, compiled);
    const { data, fs = nodeFs } = options;
    const runtime = new Runtime({
      ...{ log, clock, catalogue, commitments, privacy, streaming, kernel, keys },
      restored: { ...restored, streams },
      verification: settings === undefined ? undefined : { settings, directory: data, fs },
      ...{ snapshot, shapes, deployed, deployedHash: plan.deployed },
      ...gateOf(options),
    });
    await privacy?.resume();
    return runtime;
  } catch (error) {
    // What made opening fail is said, not what then made closing fail.
    privacy?.store.close();
    await log.close().catch(() => {});
    throw systemError(error, `openRuntime, ${options.data}`);
  }
}

type LogGiven = Pick<LogOptions, 'clock' | 'subjects' | 'remembered'> &
  RuntimeKeys['log'] & { readonly cipher: PayloadCipher | undefined };

/** What the log is opened with; the host's own choices go before what is found beside the data. */
function logOptions(options: RuntimeOptions, { cipher, ...given }: LogGiven): LogOptions {
  const { data: directory, origin, since, remembered, fs, epochLeaves, segmentBytes } = options;
  return {
    ...{ ...given, directory, origin },
    ...(cipher === undefined ? {} : { cipher }),
    ...(since === undefined ? {} : { since }),
    ...(remembered === undefined ? {} : { remembered }),
    ...(fs === undefined ? {} : { fs }),
    ...(epochLeaves === undefined ? {} : { epochLeaves }),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  };
}

function gateOf(
  options: RuntimeOptions,
): Pick<RuntimeParts, 'gate' | 'gateThreads' | 'isReference'> {
  const { observations, shapesDeadlineMs: deadlineMs, shapesEngine: engine } = options;
  const threads = options.shapesThreads ?? Math.min(limits.poolThreads, availableParallelism());
  const given = {
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(engine === undefined ? {} : { engine }),
  };
  const gate = openShapesGate({ observations, threads, ...given });
  return { gate, gateThreads: threads, isReference: engine === 'reference' };
}

/** The shapes that rules name: those just compiled, or what the log holds. */
function shapesOf(
  log: ReceiptLog,
  hash: string | null,
  compiled: ShapesDocument | undefined,
): ShapesDocument | undefined {
  if (hash === null) return undefined;
  return hash === compiled?.hash ? compiled : loadShapesDocument(log, hash);
}

function streamingOf(given: Pick<RuntimeOptions, 'streaming' | 'encryption'>): StreamingOptions {
  const options = given.streaming ?? {};
  const { evidence = 'counts', onOutcome } = options;
  if (evidence !== 'counts' && evidence !== 'records') {
    const expected = "'counts' or 'records'";
    fail('KNHK_RUNTIME_OPTION', 'openRuntime, streaming, evidence', expected, evidence);
  }
  if (evidence === 'records' && given.encryption !== undefined) {
    const expected = "'counts' beside encryption, for streamed records are stored as they are";
    fail('KNHK_RUNTIME_OPTION', 'openRuntime, streaming, evidence', expected, evidence);
  }
  if (onOutcome !== undefined && typeof onOutcome !== 'function') {
    fail('KNHK_RUNTIME_OPTION', 'openRuntime, streaming, onOutcome', 'a function', onOutcome);
  }
  return options;
}

async function writeDeploy(
  log: ReceiptLog,
  catalogue: string,
  { snapshot, deploy }: Deployment,
): Promise<Deployed | undefined> {
  if (deploy === undefined) return undefined;
  const { parent, dropped } = deploy;
  const receipt = await operateAsync(
    { name: 'promotion', origin: log.origin },
    async () => {
      const time = log.tick();
      const body = { kind: 'deploy', snapshot: snapshot.hash, parent, catalogue, dropped } as const;
      const { seq, hash, durable } = log.append(body, time);
      await durable;
      return { seq, hash, time, snapshot: snapshot.hash };
    },
    ({ seq }) => ({ kind: 'deploy', seq, snapshot: snapshot.hash }),
  );
  const { seq } = receipt;
  if (channels.snapshot.hasSubscribers) {
    channels.snapshot.publish({ kind: 'deploy', seq, snapshot: snapshot.hash, parent });
  }
  return { receipt, dropped };
}
