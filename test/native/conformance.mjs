import { createHash } from 'node:crypto';
import { addon } from './load.mjs';
import { expectedOf, guardedPass, judge, passes } from './pass.mjs';

/**
 * Compares every engine that the processor runs with the plain reading of the same passes:
 *
 *   node test/native/conformance.mjs PATH-OF-ADDON
 *
 * Prints one line of JSON. The digest is over what was expected, so it is the same everywhere.
 */

const bits = { u64: 1, avx2: 2, avx512: 4, neon: 8 };
const engines = Object.keys(bits).filter((name) => (addon.features() & bits[name]) !== 0);
const hash = createHash('sha256');
const wrong = [];
let compared = 0;

for (const laneBytes of [8, 32, 64]) {
  const memory = guardedPass(laneBytes);
  const runs = engines.map((name) => [name, addon.bind(memory, laneBytes, bits[name])]);
  for (const pass of passes(memory, laneBytes)) {
    const { masks, fired } = expectedOf(memory, laneBytes);
    hash.update(masks).update(Uint16Array.from(fired));
    for (const [name, run] of runs) {
      const problem = judge(memory, laneBytes, run);
      if (problem !== undefined) wrong.push(`${name}, ${laneBytes} bytes, ${pass}: ${problem}`);
      compared++;
    }
  }
}

const { platform, arch } = process;
const report = { platform, arch, engines, compared, wrong, digest: hash.digest('hex') };
console.log(JSON.stringify(report));
process.exitCode = wrong.length === 0 && engines.length > 0 ? 0 : 1;
