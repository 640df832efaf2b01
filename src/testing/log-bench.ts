import { hashOf } from '../base/canonical.ts';
import type { Clock } from '../base/clock.ts';
import type { Appended, ReceiptLog } from '../receipts/log/log-types.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import type { ApplyBody } from '../receipts/verify/leaf-types.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { fixedClock } from './clock.ts';
import { type SeededSigner, seededSigner } from './seeds.ts';

/** How the suite wants a store to be opened. */
export interface StoreOptions {
  /** Which store, like `store-7`: the same name is the same store, another one is empty. */
  readonly name: string;
  readonly origin: string;
  readonly signer: Signer;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** A checkpoint that the store must reach, and not contradict. */
  readonly since?: string;
}

/** The store under test. */
export interface LogConformanceOptions {
  /** Opens the store of a name, or makes it. */
  open(store: StoreOptions): Promise<ReceiptLog>;
  /**
   * Cuts the power under the store of a name at this moment, so that the next opening finds what
   * was durable; {@link memoryFs} can do it. Without it the cases about crashes are left out.
   */
  crash?(name: string): void;
}

/** One store as a case sees it. */
export interface LogBench {
  readonly signer: Signer;
  /** Opens the store of this case; closed again when the case ends. */
  open(changes?: Partial<StoreOptions>): Promise<ReceiptLog>;
  /** Cuts the power; the logs that were open are of no use any more. */
  crash(): void;
  /** A signer with the store's key whose answers are held back until the case says so. */
  hold(): HeldSigner;
  /** Closes whatever is open, ignoring what a crash or a failure makes of it. */
  closeAll(): Promise<void>;
}

/** A law about stores. */
export type LogLaw = (bench: LogBench) => Promise<void>;

export const origin = 'example.com/conformance';
const keys: SeededSigner = seededSigner({ name: origin, seed: 1 });

/** A bench over the store of one name. */
export function logBench(options: LogConformanceOptions, name: string): LogBench {
  const { signer, keyring } = keys;
  const logs: ReceiptLog[] = [];
  const held: HeldSigner[] = [];
  return {
    signer,
    open: async (changes) => {
      const clock = fixedClock(1_000, 1);
      const log = await options.open({ name, origin, signer, keyring, clock, ...changes });
      logs.push(log);
      return log;
    },
    crash: () => options.crash?.(name),
    hold: () => {
      const made = heldSigner(signer);
      held.push(made);
      return made;
    },
    closeAll: async () => {
      // A log that waits for a signature cannot be closed.
      for (const waiting of held) waiting.refuse();
      for (const log of logs.splice(0)) await log.close().catch(() => {});
    },
  };
}

/** A hash that a name stands for. */
export const hashNamed = (name: string | number): string => hashOf('conformance', String(name));

/** The leaf of an observation with a name. */
export function leafNamed(name: string | number): ApplyBody {
  return {
    kind: 'apply',
    type: hashNamed('type'),
    id: hashNamed(`id ${name}`),
    observation: hashNamed(`observation ${name}`),
    context: hashNamed('context'),
    snapshot: hashNamed('snapshot'),
    fired: [0, 3],
    proposed: hashNamed(`proposed ${name}`),
    actions: hashNamed('actions'),
    verdicts: [{ action: 0, guard: -1, verdict: 'deny', code: 'UNGUARDED' }],
    outcome: 'denied',
  };
}

/** Appends leaves with names; the last promise settles when all of them are durable. */
export function appendNamed(log: ReceiptLog, ...names: readonly (string | number)[]): Appended[] {
  return names.map((name) => log.append(leafNamed(name), log.tick(), `{"name":"${name}"}`));
}

/** Appends leaves and waits for them. */
export async function storeNamed(
  log: ReceiptLog,
  ...names: readonly (string | number)[]
): Promise<Appended[]> {
  const appended = appendNamed(log, ...names);
  for (const { durable } of appended) await durable;
  return appended;
}

/** Lets the event loop turn, so that work under way would have been seen. */
export async function turns(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await new Promise<void>((done) => void setImmediate(done));
  }
}

/** A signer whose answers are held back, or refused, while the test says so. */
export interface HeldSigner extends Signer {
  /** Lets the signatures go that were asked for, and all later ones. */
  release(): void;
  /** Refuses those that were asked for, and all later ones. */
  refuse(): void;
}

function heldSigner(signer: Signer): HeldSigner {
  let settle: (isRefused: boolean) => void = () => {};
  const settled = new Promise<boolean>((done) => {
    settle = done;
  });
  return {
    vkey: signer.vkey,
    sign: async (bytes) => {
      if (await settled) throw new Error('refused by the test');
      return signer.sign(bytes);
    },
    release: () => settle(false),
    refuse: () => settle(true),
  };
}
