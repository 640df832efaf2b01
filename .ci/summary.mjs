import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * Judges vitest's JSON reports and adds them up.
 *
 * @param {{ testResults?: { name: string, status: string, message?: string,
 *   assertionResults: { fullName: string, status: string }[] }[] }[]} reports one for each suite
 * @param {{ name: string, reason: string }[]} allowed tests that may be skipped, by full name
 * @param {boolean} hasSuites whether the public test suites are there
 */
export function summarise(reports, allowed, hasSuites) {
  const suites = reports.map(({ testResults = [] }) => testResults);
  const files = suites.flat();
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failing = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  // A file that cannot be loaded, or whose hooks fail, fails without any failing test.
  for (const file of files) {
    const isCounted = file.assertionResults.some(({ status }) => status === 'failed');
    if (file.status === 'failed' && !isCounted) failing.push(file.name);
  }
  const skipped = tests
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName)
    .filter((name) => !allowed.some((entry) => entry.name === name && entry.reason.length > 0));
  const notes = skipped.map((name) => `skipped: ${name}`);
  if (!hasSuites) notes.unshift('The public test suites are absent; tests that need them skip.');
  // A suite that did not run would otherwise hide behind the others.
  const isIdle = (suite) => suite.every(({ assertionResults }) => assertionResults.length === 0);
  const idle = suites.filter(isIdle).length;
  if (idle > 0) notes.push(`No test ran in ${idle} of ${suites.length} suites.`);
  const isFine =
    passed > 0 && idle === 0 && failing.length === 0 && (skipped.length === 0 || !hasSuites);
  return { line: `${passed} passed, ${failing.length} failed`, notes, isFine };
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    console.log(`No report of the tests: ${error.message}`);
    return {};
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [allowedPath, suitesPath, ...reportPaths] = process.argv.slice(2);
  const allowed = JSON.parse(readFileSync(allowedPath, 'utf8'));
  const summary = summarise(reportPaths.map(readReport), allowed, existsSync(suitesPath));
  for (const note of summary.notes) console.log(note);
  console.log(summary.line);
  process.exitCode = summary.isFine ? 0 : 1;
}
