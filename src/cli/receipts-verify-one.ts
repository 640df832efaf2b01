import { nodeVerify } from '../receipts/log/signer.ts';
import { parseKeyring } from '../receipts/verify/keyring.ts';
import {
  type ReceiptAccepted,
  type ReceiptReport,
  verifyReceipt,
} from '../receipts/verify/receipt.ts';
import type { WitnessPolicy } from '../receipts/verify/witnesses.ts';
import { type Args, readInteger } from './args.ts';
import { readBytes, readInput, readText } from './files.ts';
import {
  type ExitCode,
  exitCodes,
  formatPairs,
  formatTime,
  type Io,
  paint,
  UsageError,
} from './io.ts';
import { aboutLeaf } from './leaf-about.ts';
import { keyringPath } from './status.ts';

/** `receipts verify`: what one portable receipt proves to whoever trusts the keyring. */
export async function verifyOne(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, options, positionals } = args;
  const witnesses = witnessesOf(args);
  const keyring = parseKeyring(readText(options['keyring'] ?? keyringPath(data)));
  const { leaf } = options;
  const report = verifyReceipt(readInput(positionals[0] as string), keyring, {
    verify: nodeVerify,
    ...(witnesses === undefined ? {} : { witnesses }),
    ...(leaf === undefined ? {} : { leaf: withoutNewline(readBytes(leaf)) }),
  });
  io.stdout.write(json ? reportJson(report) : reportText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
}

/** An editor ends the last line, canonical JSON does not. */
function withoutNewline(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes;
}

function witnessesOf({ options }: Args): WitnessPolicy | undefined {
  const { witnesses, threshold } = options;
  if (witnesses === undefined) {
    if (threshold !== undefined) throw new UsageError('--threshold needs --witnesses FILE');
    return undefined;
  }
  const lines = readText(witnesses).split(/\r?\n/);
  const keys = lines.map((line) => line.trim()).filter((line) => !/^(#|$)/.test(line));
  const all = keys.length;
  return {
    keys,
    threshold: threshold === undefined ? all : readInteger('--threshold', threshold, 0, all),
  };
}

function reportJson(report: ReceiptReport): string {
  const { ok } = report;
  const { seq, size, leafHash: hash, leaf, signedBy, cosignedBy } = ok ? report : refused;
  const problem = ok ? null : report.problem;
  return `${JSON.stringify({ ok, seq, size, hash, leaf, signedBy, cosignedBy, problem })}\n`;
}

const refused = {
  ...{ seq: null, size: null, leafHash: null, leaf: null },
  ...{ signedBy: [], cosignedBy: [] },
};

/** A key as people name it: without its bytes. */
const nameOf = (vkey: string): string => vkey.split('+').slice(0, 2).join('+');

function reportText(report: ReceiptReport, io: Io): string {
  if (!report.ok) {
    const { kind, message } = report.problem;
    return `${formatPairs([['cause', `${kind}: ${message}`]])}\n${paint(io, 'red', 'REFUSED')}\n`;
  }
  return `${formatPairs(pairsOf(report))}\n${paint(io, 'green', 'verified')}\n`;
}

function pairsOf(report: ReceiptAccepted): [string, string | number][] {
  const { seq, size, leaf, leafHash, signedBy, cosignedBy } = report;
  const witnesses = cosignedBy.map(({ vkey, timeS }) => {
    return `${nameOf(vkey)} at ${formatTime(timeS * 1_000)}`;
  });
  const about = aboutLeaf(leaf);
  return [
    ['seq', seq],
    ['size', size],
    ['time', formatTime(leaf.time)],
    ['kind', leaf.kind],
    ...('outcome' in leaf ? [['outcome', leaf.outcome] as [string, string]] : []),
    ...(about === '' ? [] : [['about', about] as [string, string]]),
    ['hash', leafHash],
    ['signed by', signedBy.map(nameOf).join(', ')],
    ['cosigned by', witnesses.length === 0 ? 'none' : witnesses.join(', ')],
  ];
}
