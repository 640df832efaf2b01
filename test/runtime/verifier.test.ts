import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LogFs, nodeFs } from '../../src/receipts/log/fs.ts';
import type { Finding, Keyring } from '../../src/receipts/verify/index.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { BackgroundVerifier, type VerifierParts } from '../../src/runtime/verifier.ts';
import { contentsOf } from '../cli/logs.ts';
import { keyring } from '../receipts/support.ts';
import {
  type Epoch,
  makeEpochs,
  makeSegments,
  segmentPath,
  writeLog,
} from '../receipts/verify-logs.ts';
import { Order, order, ship } from '../support/ops.ts';
import { codeOf, openTest, temporary } from '../support/runtime.ts';

const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
};

describe('a runtime', () => {
  beforeEach(
    () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }),
  );
  afterEach(() => void vi.useRealTimers());

  const opened = async (
    more: Partial<RuntimeOptions> = {},
  ): Promise<{ runtime: Runtime; data: string }> => {
    const data = join(temporary(), 'data');
    const runtime = await openTest({
      data,
      observations: [Order as never],
      rules: [ship],
      ...more,
    });
    for (let n = 0; n < 5; n++) await runtime.apply(Order, order(n));
    return { runtime, data };
  };

  it('that finds a changed byte freezes, says where and why, and writes nothing', async () => {
    const { runtime, data } = await opened();
    flip(segmentPath(data, 0), 3_000);
    const { size } = runtime.health();
    vi.advanceTimersByTime(59_999);
    expect(runtime.health().status).toBe('ok');
    vi.advanceTimersByTime(1_000);
    const { status, reasons } = runtime.health();
    expect(status).toBe('failing');
    expect(reasons.map(({ code, message }) => [code, message])).toEqual([
      ['verification-failed', expect.stringMatching(/^\w+ at seq [0-4]: 000000000000\.seg: /)],
      ['frozen', expect.stringMatching(/^verification failed: \w+ at seq [0-4]$/)],
    ]);
    expect(await codeOf(() => runtime.apply(Order, order(9)))).toBe('KNHK_RUNTIME_FROZEN');
    expect(runtime.health().size).toBe(size);
    // Who takes the freeze back goes on; it has ended and does not freeze again.
    runtime.unfreeze();
    vi.advanceTimersByTime(600_000);
    expect(runtime.health()).toMatchObject({ status: 'degraded' });
    expect((await runtime.apply(Order, order(9))).outcome).toBe('denied');
    await runtime.close();
  });

  it('told not to freeze goes on, degraded', async () => {
    const { runtime, data } = await opened({ verification: { everyMs: 10, freeze: false } });
    flip(segmentPath(data, 0), 3_000);
    vi.advanceTimersByTime(1_000);
    expect(runtime.health()).toMatchObject({
      status: 'degraded',
      reasons: [{ code: 'verification-failed' }],
    });
    expect((await runtime.apply(Order, order(9))).outcome).toBe('denied');
    await runtime.close();
  });

  it('whose log is good is left alone, and so is its directory', async () => {
    const { runtime, data } = await opened({ verification: { everyMs: 10 } });
    const before = contentsOf(data);
    vi.advanceTimersByTime(10_000);
    expect(contentsOf(data)).toEqual(before);
    expect(runtime.health().status).toBe('ok');
    for (let n = 5; n < 9; n++) {
      await runtime.apply(Order, order(n));
      vi.advanceTimersByTime(1_000);
    }
    expect(runtime.health().status).toBe('ok');
    await runtime.close();
  });

  it('that is closed, or told not to, verifies no more', async () => {
    const { runtime } = await opened();
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await runtime.close();
    expect(vi.getTimerCount()).toBe(0);
    const off = await opened({ verification: false });
    expect(vi.getTimerCount()).toBe(0);
    flip(segmentPath(off.data, 0), 3_000);
    vi.advanceTimersByTime(600_000);
    expect(off.runtime.health().status).toBe('ok');
    await off.runtime.close();
  });

  it('refuses settings that mean nothing', async () => {
    const given = { observations: [], rules: [] };
    for (const verification of [{ everyMs: 0 }, { bytesPerSecond: 0.5 }]) {
      const opening = (): Promise<Runtime> => openTest({ ...given, verification });
      expect(await codeOf(opening)).toBe('KNHK_RUNTIME_OPTION');
    }
  });
});

describe('the verifier', () => {
  const settings = { everyMs: 100, bytesPerSecond: 8_388_608, freeze: true };
  const verifiers: BackgroundVerifier[] = [];
  afterEach(() => {
    for (const verifier of verifiers.splice(0)) verifier.stop();
  });

  /** A verifier of a log of these epochs, told the time by hand. */
  const made = (
    epochs: readonly Epoch[],
    more: { fs?: LogFs; keyring?: Keyring; perSegment?: number } = {},
  ) => {
    const directory = temporary();
    const log = { durableSize: 0, checkpoint: '' as string | undefined, keyring };
    const time = { ms: 0 };
    const findings: Finding[] = [];
    const unreadable: unknown[] = [];
    const grow = (count: number, sealed = 0): void => {
      writeLog(directory, makeSegments(epochs.slice(0, count), more.perSegment ?? 2, sealed));
      log.durableSize = epochs[count - 1]?.size ?? 0;
      log.checkpoint = epochs[count - 1]?.note;
    };
    const parts: VerifierParts = {
      ...{ directory, log, settings, fs: more.fs ?? nodeFs, now: () => time.ms },
      onFinding: (finding) => findings.push(finding),
      onUnreadable: (error) => unreadable.push(error),
    };
    const verifier = new BackgroundVerifier(parts);
    verifiers.push(verifier);
    /** Lets the interval pass and reads all that is due. */
    const turn = (): void => {
      time.ms += settings.everyMs;
      while (verifier.step());
    };
    return { directory, log, time, findings, unreadable, grow, verifier, turn };
  };

  it('reads all at first, then what is new and all again; each round renews its age', () => {
    const { grow, log, time, turn, verifier, findings } = made(makeEpochs([3, 2, 4, 1]));
    expect(verifier.step()).toBe(false);
    turn();
    // Nothing is durable yet.
    expect(verifier.sample()).toEqual({ leaves: 0, findings: 0, roundAgeMs: 100 });
    grow(2);
    turn();
    expect(verifier.sample()).toEqual({ leaves: 5, findings: 0, roundAgeMs: 0 });
    grow(3, 1);
    turn();
    // The last epoch again, what is new, and a round.
    expect(verifier.sample()).toEqual({ leaves: 5 + 6 + 9, findings: 0, roundAgeMs: 0 });
    time.ms += 50;
    expect(verifier.step()).toBe(false);
    expect(verifier.sample().roundAgeMs).toBe(50);
    turn();
    expect(verifier.sample().leaves).toBe(20 + 9);
    expect([log.durableSize, findings]).toEqual([9, []]);
  });

  it('finds damage in what is new before it reads the rest again', () => {
    const epochs = makeEpochs([3, 2, 4]);
    const { directory, grow, turn, verifier, findings, time } = made(epochs);
    grow(2);
    turn();
    grow(3);
    flip(segmentPath(directory, 5), 300);
    time.ms += settings.everyMs;
    while (verifier.step()) expect(findings).toEqual([]);
    expect(findings).toMatchObject([{ seq: 5 }]);
    expect(verifier.sample()).toMatchObject({ findings: 1, leaves: 5 + 2 + 3 });
    // It has ended.
    turn();
    expect(findings).toHaveLength(1);
  });

  it('finds damage in what was good before, a log that was cut and one that was exchanged', () => {
    const epochs = makeEpochs([3, 2, 4]);
    const other = makeEpochs([3, 2, 4], { time: (seq) => 2_000 + seq });
    const wrongs: readonly [(directory: string) => void, string][] = [
      [(directory) => flip(segmentPath(directory, 0), 300), 'leaf_mismatch'],
      [(directory) => writeLog(directory, makeSegments(epochs.slice(0, 2), 2)), 'rollback'],
      [(directory) => writeLog(directory, makeSegments(other, 2)), 'fork'],
    ];
    for (const [wrong, kind] of wrongs) {
      const { directory, grow, turn, findings } = made(epochs);
      grow(3);
      turn();
      expect(findings).toEqual([]);
      wrong(directory);
      turn();
      expect(findings.map((finding) => finding.kind)).toEqual([kind]);
    }
  });

  it('says nothing of what was not durable when it began', () => {
    const epochs = makeEpochs([3, 2, 4]);
    const { directory, grow, log, turn, verifier, findings } = made(epochs);
    grow(3);
    log.durableSize = 5;
    log.checkpoint = epochs[1]?.note;
    const path = segmentPath(directory, 5);
    // As a reader may see what is being written.
    writeFileSync(path, new Uint8Array(readFileSync(path).length));
    turn();
    turn();
    expect(findings).toEqual([]);
    grow(3);
    turn();
    expect(verifier.sample()).toMatchObject({ findings: 0, roundAgeMs: 0 });
    flip(path, 300);
    turn();
    expect(findings).toMatchObject([{ seq: 5 }]);
  });

  it('takes no revocation for damage', () => {
    const { grow, log, turn, verifier, findings } = made(makeEpochs([3, 2]));
    grow(2);
    log.keyring = { ...keyring, keys: keyring.keys.map((key) => ({ ...key, revokedFrom: 3 })) };
    log.checkpoint = undefined;
    turn();
    expect(findings).toEqual([]);
    expect(verifier.sample().leaves).toBe(3);
  });

  it('tells a disk that cannot be read from a log that was changed, and when it can again', () => {
    const disk = { isBad: true };
    const fs: LogFs = {
      ...nodeFs,
      readSync: (...given) => {
        if (disk.isBad) throw new Error('EIO');
        return nodeFs.readSync(...given);
      },
    };
    const { grow, turn, unreadable, findings, verifier } = made(makeEpochs([3, 2]), { fs });
    grow(2);
    turn();
    expect([String(unreadable), findings]).toEqual([expect.stringContaining('EIO'), []]);
    disk.isBad = false;
    turn();
    expect(unreadable).toEqual([expect.any(Error), undefined]);
    expect(verifier.sample()).toEqual({ leaves: 5, findings: 0, roundAgeMs: 0 });
  });

  it('reads a piece at a time, and stops in the middle', () => {
    const epochs = makeEpochs(Array.from({ length: 40 }, () => 25));
    const { grow, time, verifier, findings } = made(epochs, { perSegment: 100 });
    grow(40);
    time.ms += settings.everyMs;
    expect([verifier.step(), verifier.step()]).toEqual([true, true]);
    expect(verifier.sample().leaves).toBe(0);
    verifier.stop();
    expect(verifier.step()).toBe(false);
    expect([verifier.sample().leaves, findings]).toEqual([0, []]);
  });
});
