import { type RandomBytes, systemRandom } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import { replayErasures } from '../receipts/log/erase.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import type { LogEntry, ReceiptLog } from '../receipts/log/index.ts';
import { KeyStore } from '../receipts/log/key-store.ts';
import { fileKeyEncryption, type KeyEncryption } from '../receipts/log/key-store-kek.ts';
import { SubjectCipher } from '../receipts/log/payload-cipher.ts';
import { SavepointCipher } from '../receipts/log/savepoint-cipher.ts';
import type { Commitments, SaltedCommitments } from '../receipts/log/secrets.ts';
import { SubjectKeyring } from '../receipts/log/subject-keys.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import type { Sealed } from './seal.ts';
import { systemError } from './systemError.ts';

/**
 * Encrypts payloads: each data subject has a key of its own, and erase() destroys it. The subject
 * of an observation is the value of the field that its declaration names as `personal`.
 */
export interface EncryptionOptions {
  /** Wraps the keys; by default the file `<data>.keys/kek`, made there once. */
  readonly kek?: KeyEncryption;
  /** Directory of the subjects' keys, backed up apart; default `<data>.keys/subjects`. */
  readonly store?: string;
}

/** What subjects' keys are opened with. */
export interface PrivacyPlace {
  readonly origin: string;
  /** Directory of the log. */
  readonly data: string;
  readonly random?: RandomBytes;
  readonly fs?: LogFs;
}

const keysBeside = (data: string): string => `${data.replace(/[\\/]+$/, '')}.keys`;

/** Where the keys of a log's subjects are unless somebody says otherwise. */
const storeBeside = (data: string): string => `${keysBeside(data)}/subjects`;

/** Commitments and payloads under the keys of subjects. */
export class Privacy {
  readonly store: KeyStore;
  readonly keyring: SubjectKeyring;
  readonly savepoints: SavepointCipher;
  /** Erasures whose payloads are still to be dropped: seq of the erase leaf by subject. */
  readonly unfinished: Map<string, number>;
  /** Finishes them; set by who can. */
  resume: () => Promise<void> = async () => {};
  readonly #commitments: Commitments;

  constructor(
    store: KeyStore,
    keyring: SubjectKeyring,
    commitments: Commitments,
    unfinished: ReadonlyMap<string, number>,
  ) {
    this.store = store;
    this.keyring = keyring;
    this.savepoints = new SavepointCipher(store);
    this.unfinished = new Map(unfinished);
    this.#commitments = commitments;
  }

  /** Name of an observation's data subject. */
  subjectOf({ personal }: Observation, data: Data): string {
    // A declared field that is required, and no list.
    return this.#commitments.subject(String(data[personal]));
  }

  /**
   * Commitments of the leaf that comes next, under its subject's key.
   *
   * @throws KnhkError KNHK_LIMIT_SUBJECTS, KNHK_LOG_SUBJECT_KEYS, KNHK_LOG_OPEN
   */
  saltedFor(subject: string, id: string, seq: number): SaltedCommitments {
    try {
      return this.#commitments.salted(id, this.keyring.forLeaf(subject, seq).salt);
    } catch (error) {
      throw systemError(error, this.store.directory);
    }
  }

  /**
   * True where an observation is what the leaf under its id commits to, and where nobody can say
   * any more: then the id alone tells that it was applied.
   */
  isSame({ payloadState }: LogEntry, committed: string, observed: Sealed): boolean {
    const { observation, data, id, record } = observed;
    const keys = this.keyring.find(this.subjectOf(observation, data));
    const isMatch = keys.some(
      ({ salt }) => this.#commitments.salted(id, salt).commit('observation', record) === committed,
    );
    return isMatch || payloadState === 'erased' || payloadState === 'encrypted';
  }
}

/**
 * The cipher that a log is opened with; its keys follow once the log is locked.
 *
 * @throws KnhkError KNHK_RUNTIME_ENCRYPTION, KNHK_LOG_OPEN
 */
export function cipherOf(
  encryption: EncryptionOptions | undefined,
  { origin, data, fs = nodeFs, random = systemRandom }: PrivacyPlace,
): SubjectCipher | undefined {
  if (encryption !== undefined) return new SubjectCipher(origin, random);
  if (!isStoreAt(fs, storeBeside(data))) return undefined;
  const expected = 'the option, for the log has keys of subjects';
  return fail('KNHK_RUNTIME_ENCRYPTION', 'openRuntime, encryption', expected, encryption);
}

function isStoreAt(fs: LogFs, directory: string): boolean {
  try {
    return KeyStore.isAt(fs, directory);
  } catch (error) {
    throw systemError(error, directory);
  }
}

/**
 * Opens the keys of subjects, and destroys those that the log says are erased: neither a crash in
 * the middle nor an older copy of the keys undoes an erasure.
 *
 * @throws KnhkError KNHK_LOG_SUBJECT_KEYS, KNHK_LOG_KEK, KNHK_LIMIT_SUBJECTS,
 * KNHK_RUNTIME_ENCRYPTION
 */
export async function openPrivacy(
  log: ReceiptLog,
  cipher: SubjectCipher,
  commitments: Commitments,
  options: PrivacyPlace & { readonly encryption: EncryptionOptions },
): Promise<Privacy> {
  const { origin, data, fs = nodeFs, random = systemRandom, encryption } = options;
  const directory = encryption.store ?? storeBeside(data);
  const isNew = !KeyStore.isAt(fs, directory);
  if (isNew) refuseBegun(log, directory);
  const kekFile = { random, fs, create: isNew };
  const kek = encryption.kek ?? fileKeyEncryption(`${keysBeside(data)}/kek`, kekFile);
  const store = await KeyStore.open({ directory, origin, kek, fs, random, mode: 'make' });
  try {
    // Nothing that is read before this is decrypted, so looking for erasures costs little.
    const erased = await replayErasures(log, store);
    const keyring = new SubjectKeyring(store);
    cipher.use(keyring);
    return new Privacy(store, keyring, commitments, erased);
  } catch (error) {
    store.close();
    throw error;
  }
}

/** A cipher that opens what was sealed, for reading beside a writer too. */
export interface CipherReader {
  readonly cipher: SubjectCipher;
  close(): void;
}

/**
 * Opens the keys of subjects for reading; undefined where no encryption is asked for.
 *
 * @throws KnhkError KNHK_LOG_SUBJECT_KEYS, KNHK_LOG_KEK
 */
export async function openReader(
  origin: string,
  options: Omit<PrivacyPlace, 'origin'> & { readonly encryption?: EncryptionOptions },
): Promise<CipherReader | undefined> {
  const { data, fs = nodeFs, random = systemRandom, encryption } = options;
  if (encryption === undefined) return undefined;
  const directory = encryption.store ?? storeBeside(data);
  const kekFile = { random, fs, create: false };
  const kek = encryption.kek ?? fileKeyEncryption(`${keysBeside(data)}/kek`, kekFile);
  const store = await KeyStore.open({ directory, origin, kek, fs, random, mode: 'read' });
  const cipher = new SubjectCipher(origin, random);
  cipher.use(new SubjectKeyring(store));
  return { cipher, close: () => store.close() };
}

/** Observations without keys: the keys are lost, or the log was begun without encryption. */
function refuseBegun(log: ReceiptLog, directory: string): void {
  for (const { leaf } of log.entries()) {
    if (leaf.kind !== 'apply') continue;
    const expected = `keys of the subjects, for the log has observations from seq ${leaf.seq} on`;
    fail('KNHK_RUNTIME_ENCRYPTION', directory, expected, 'no such store');
  }
}
