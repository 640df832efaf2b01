import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { sha256Hex } from '#sha256';
import { describe } from '../base/errors.ts';
import { checkKernel } from './doctor-kernel.ts';
import { amiss, type Check, codeOf, fine } from './doctor-types.ts';
import { type PackageManifest, packageManifest } from './files.ts';
import { formatBytes } from './io.ts';
import type { Machine } from './machine.ts';

/** The numbers of a version such as 20.19 or v24.1.0-rc.1; parts that are missing count as 0. */
function numbersOf(version: string): readonly [number, number, number] {
  const [, major = '0', minor = '0', patch = '0'] =
    /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?/.exec(version) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}

/** True for a version within a range of bounds such as `>=1.3 <2`, the only form we declare. */
export function isWithin(version: string, range: string): boolean {
  const [major, minor, patch] = numbersOf(version);
  return range.split(/\s+/).every((bound) => {
    const [toMajor, toMinor, toPatch] = numbersOf(bound.replace(/^[<>=]+/, ''));
    const difference = major - toMajor || minor - toMinor || patch - toPatch;
    return bound.startsWith('>=') ? difference >= 0 : bound.startsWith('<') && difference < 0;
  });
}

function checkNode({ node }: Machine, { engines }: PackageManifest): Check {
  const facts = { version: node, needs: engines.node };
  if (isWithin(node, engines.node)) return fine('node', `Node ${node}`, facts);
  const found = `Node ${node}, needs ${engines.node}`;
  return amiss('problem', 'node', [found, 'Install a newer Node.'], facts);
}

// README, "Not done yet": what the tests ran on, and what the code was only written for.
const run = ['linux x64'];
const written = ['linux arm64', 'darwin x64', 'darwin arm64', 'win32 x64', 'win32 arm64'];

function checkPlatform({ platform, arch }: Machine): Check {
  const name = `${platform} ${arch}`;
  const support = run.includes(name) ? 'run' : written.includes(name) ? 'written for' : 'unknown';
  const facts = { platform, arch, support };
  if (support === 'run') return fine('platform', `${name}: tested`, facts);
  const found =
    support === 'unknown' ? `${name}: not written for` : `${name}: written for, never run by us`;
  const todo = 'Run your tests and knhk bench here before you rely on it.';
  return amiss('warning', 'platform', [found, todo], facts);
}

function checkCpus(machine: Machine): Check {
  const cpus = machine.cpus();
  if (cpus > 1) return fine('cpus', `${cpus} CPUs`, { cpus });
  const todo = 'Shapes compete with decisions for it; give the process a second one.';
  return amiss('warning', 'cpus', ['1 CPU', todo], { cpus });
}

// The resident memory that Q5 allows a runtime by default.
const memoryWantedBytes = 1_073_741_824;

function checkMemory(machine: Machine): Check {
  const { totalBytes, freeBytes, allowedBytes } = machine.memory();
  const allowed = allowedBytes === null ? '' : `, ${formatBytes(allowedBytes)} allowed`;
  const found = `${formatBytes(totalBytes)}${allowed}, ${formatBytes(freeBytes)} free`;
  const facts = { totalBytes, freeBytes, allowedBytes };
  if ((allowedBytes ?? totalBytes) >= memoryWantedBytes) return fine('memory', found, facts);
  const todo = 'A runtime may use 1 GiB; give it that, or lower the slo.';
  return amiss('warning', 'memory', [found, todo], facts);
}

const knownDigest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

function checkSha256(): Check {
  // The import map is asked, because both implementations answer alike.
  const path = createRequire(import.meta.url).resolve('#sha256');
  const implementation = /sha256\.node\.[jt]s$/.test(path) ? 'node:crypto' : '@noble/hashes';
  // FIPS 180-4's own example.
  const right = sha256Hex('abc') === knownDigest;
  const facts = { implementation, right };
  if (right) return fine('sha256', `${implementation}, known answer given`, facts);
  const todo = 'Receipts made here would not verify elsewhere: use another build of Node.';
  return amiss('problem', 'sha256', [`${implementation} gives a wrong digest`, todo], facts);
}

async function checkShapes(machine: Machine): Promise<Check> {
  try {
    await machine.probeShapes();
    return fine('shapes', 'a worker thread started and told a good record from a bad one', {
      error: null,
    });
  } catch (error) {
    const todo = 'Without threads use shapesThreads: 0; look for limits on threads and memory.';
    const found = `a worker thread cannot validate: ${describe(error)}`;
    return amiss('problem', 'shapes', [found, todo], { error: codeOf(error) });
  }
}

const peer = '@opentelemetry/api';

/** The peer's version as the working directory sees it, without loading it. */
function installedPeer(directory: string): string | undefined {
  const places = createRequire(join(directory, 'any.js')).resolve.paths(peer) ?? [];
  for (const place of places) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(place, peer, 'package.json'), 'utf8'));
      const { version } = manifest as { readonly version?: unknown };
      if (typeof version === 'string') return version;
    } catch {
      // Not here: Node would look in the next place, too.
    }
  }
  return undefined;
}

function checkTelemetry(machine: Machine, { peerDependencies }: PackageManifest): Check {
  const range = peerDependencies[peer] ?? '';
  const version = installedPeer(machine.directory());
  const known = version === undefined ? null : numbersOf(version).join('.');
  const facts = { version: known, range };
  if (version === undefined) {
    return fine('telemetry', `${peer} is not installed; knhk/otel alone needs it`, facts);
  }
  if (isWithin(version, range)) return fine('telemetry', `${peer} ${version}`, facts);
  const todo = `Install ${peer} ${range}: with another one spans can be lost without a word.`;
  return amiss('warning', 'telemetry', [`${peer} ${version}`, todo], facts);
}

/** What can be said of machine and package without any data. */
export async function checkMachine(machine: Machine): Promise<readonly Check[]> {
  const manifest = packageManifest();
  const { version } = manifest;
  return [
    checkNode(machine, manifest),
    fine('package', `knhk ${version}`, { version }),
    checkPlatform(machine),
    checkCpus(machine),
    checkMemory(machine),
    ...(await checkKernel(machine)),
    checkSha256(),
    await checkShapes(machine),
    checkTelemetry(machine, manifest),
  ];
}
