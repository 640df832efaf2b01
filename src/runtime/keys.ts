import { join } from 'node:path';
import type { Clock, RandomBytes } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { openKeys } from '../receipts/log/keys.ts';
import type { LogOptions, ReceiptLog } from '../receipts/log/log-types.ts';
import { activeKey, type Keyring } from '../receipts/verify/keyring.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import type { RuntimeCore } from './core.ts';
import type { HealthReason } from './health.ts';
import { systemError } from './systemError.ts';

/** The keys that {@link openRuntime} is given, or finds beside the data. */
export interface KeyOptions {
  /** Signs checkpoints; by default the newest key in `<data>.keys/`, made there once. */
  readonly signer?: Signer;
  /** Further keys that sign along in the overlap of a rotation. */
  readonly signers?: readonly Signer[];
  /** 32 bytes behind all commitments; by default `<data>.keys/secret`. */
  readonly secret?: Uint8Array;
  /** Keys that earlier checkpoints may be signed with. */
  readonly keyring?: Keyring;
  /**
   * Stores the keyring durably when a rotation has changed it; by default in
   * `<data>.keys/keyring.json`, unless a signer is given.
   */
  readonly saveKeyring?: (keyring: Keyring) => void | Promise<void>;
  /** Makes a key for a rotation that names none; by default in `<data>.keys/`, as above. */
  readonly nextSigner?: () => Signer;
  /** Age at which health() says that the signing key is old, in days; default 90. */
  readonly keyMaxAgeDays?: number;
}

/** What of it a runtime goes on with. */
export interface RuntimeKeys {
  readonly log: Pick<LogOptions, 'signer' | 'signers' | 'keyring' | 'saveKeyring' | 'remembered'>;
  readonly secret: Uint8Array;
  /** A key to rotate to, where keys lie beside the data. */
  readonly nextSigner: (() => Signer) | undefined;
  readonly maxAgeMs: number;
}

/** Where keys lie, and what new ones are made with. */
export interface KeyPlace {
  readonly origin: string;
  readonly data: string;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
  readonly fs?: LogFs;
}

const dayMs = 86_400_000;
const maxAgeDefaultDays = 90;

/**
 * The keys of the options, completed from the directory beside the data.
 *
 * @throws KnhkError KNHK_RUNTIME_OPTION, KNHK_LOG_KEYS, KNHK_RECEIPTS_KEYRING
 */
export function keysOf(options: KeyOptions & KeyPlace): RuntimeKeys {
  const { signer, signers, secret, keyring, saveKeyring, nextSigner } = options;
  const maxAgeMs = maxAgeOf(options);
  const given = {
    ...(signers === undefined ? {} : { signers }),
    ...(keyring === undefined ? {} : { keyring }),
    ...(saveKeyring === undefined ? {} : { saveKeyring }),
  };
  if (signer !== undefined && secret !== undefined) {
    return { log: { signer, ...given }, secret, nextSigner, maxAgeMs };
  }
  const { origin, data, random, clock, fs } = options;
  const directory = `${data.replace(/[\\/]+$/, '')}.keys`;
  const keys = openKeys(directory, {
    origin,
    ...(random === undefined ? {} : { random }),
    ...(clock === undefined ? {} : { clock }),
    ...(fs === undefined ? {} : { fs }),
  });
  const own = { secret: secret ?? keys.secret, maxAgeMs };
  if (signer !== undefined) return { ...own, log: { signer, ...given }, nextSigner };
  const found = {
    signer: keys.signer,
    signers: keys.signers,
    keyring: keys.keyring,
    saveKeyring: keys.saveKeyring,
    // Beside the keys, for the directory of the data may be replaced by an older copy as a whole.
    remembered: join(directory, 'head'),
  };
  return { ...own, log: { ...found, ...given }, nextSigner: nextSigner ?? keys.nextSigner };
}

function maxAgeOf({ keyMaxAgeDays = maxAgeDefaultDays }: KeyOptions): number {
  if (typeof keyMaxAgeDays === 'number' && keyMaxAgeDays > 0) return keyMaxAgeDays * dayMs;
  const where = 'openRuntime, keyMaxAgeDays';
  return fail('KNHK_RUNTIME_OPTION', where, 'a number of days above 0', keyMaxAgeDays);
}

/** The reason to change the key, undefined while it is young or nobody knows how old it is. */
export function keyAgeReason(
  log: ReceiptLog,
  clock: Clock,
  maxAgeMs: number,
): Omit<HealthReason, 'code'> | undefined {
  const created = activeKey(log.keyring, log.size)?.created;
  if (created === undefined) return undefined;
  const ageMs = clock.now() - created;
  if (ageMs <= maxAgeMs) return undefined;
  const days = Math.floor(ageMs / dayMs);
  return { since: created + maxAgeMs, message: `the signing key is ${days} days old: rotate it` };
}

/** How to change the key that signs. */
export interface RotateKeyOptions {
  /** The new key; by default one is made in `<data>.keys/`, where the runtime has its keys. */
  readonly signer?: Signer;
  /** Leaves after the rotation's that the old key signs along for; 256 unless given. */
  readonly overlap?: number;
}

/** Has another key sign; decisions go on meanwhile. */
export async function rotateKeyOn(
  core: RuntimeCore,
  { signer, overlap }: RotateKeyOptions,
): Promise<Keyring> {
  if (core.closing) fail('KNHK_RUNTIME_CLOSED', 'rotateKey', 'an open runtime', 'a closed one');
  const refusal = core.refusal();
  if (refusal !== undefined) throw refusal;
  const { log, keys } = core.parts;
  try {
    const next = signer ?? keys.nextSigner?.();
    if (next === undefined) {
      const expected = 'a signer, for the runtime was opened with one';
      return fail('KNHK_RUNTIME_OPTION', 'rotateKey, signer', expected, signer);
    }
    return await log.rotate({ signer: next, ...(overlap === undefined ? {} : { overlap }) });
  } catch (error) {
    throw systemError(error, 'rotateKey');
  }
}
