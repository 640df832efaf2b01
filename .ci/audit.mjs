import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Asks the registry for known weaknesses of what the package needs at run time. */

const grave = ['high', 'critical'];

/**
 * Judges what `npm audit --json` said. Not every registry answers this question, and that one is
 * silent is no finding; everything else that is not a list of weaknesses is.
 *
 * @param {{ message?: string, error?: { code?: string, summary?: string },
 *   metadata?: { vulnerabilities?: Record<string, number> },
 *   vulnerabilities?: Record<string, { severity: string }> }} report
 */
export function judge(report) {
  const counts = report.metadata?.vulnerabilities;
  if (counts === undefined) {
    const isSilent = typeof report.message === 'string' && report.error?.code === undefined;
    if (isSilent) return { isFine: true, lines: ['audit: the registry does not answer'] };
    return { isFine: false, lines: [`audit: ${report.error?.summary ?? 'no list of weaknesses'}`] };
  }
  const names = Object.entries(report.vulnerabilities ?? {})
    .filter(([, { severity }]) => grave.includes(severity))
    .map(([name, { severity }]) => `audit: ${name} is ${severity}`);
  const count = grave.reduce((sum, severity) => sum + (counts[severity] ?? 0), 0);
  return { isFine: count === 0, lines: [...names, `audit: ${count} of high or critical severity`] };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const words = ['audit', '--omit=dev', '--json', '--fetch-retries=1'];
  const options = { cwd, encoding: 'utf8', shell: process.platform === 'win32', timeout: 120_000 };
  const run = spawnSync('npm', words, options);
  let report = {};
  try {
    report = JSON.parse(run.stdout);
  } catch {
    // What is no JSON is judged as the empty report.
  }
  const { isFine, lines } = judge(report);
  for (const line of lines) console.log(line);
  process.exitCode = isFine ? 0 : 1;
}
