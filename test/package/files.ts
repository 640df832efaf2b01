/** Beside these only what src is compiled to, telemetry's names and prebuilt kernels. */
export const documents: readonly string[] = [
  ...['CHANGELOG.md', 'ERRORS.md', 'LICENSE', 'README.md', 'SECURITY.md'],
  ...['llms.txt', 'package.json'],
];
const patterns = [
  /^registry\/[\w./-]+\.(?:yaml|ttl|json|md)$/,
  /^prebuilds\/(?:linux|darwin|win32)-(?:x64|arm64)\/[\w.+-]+\.node$/,
];

/** What src is compiled to: a file of code and one of types each. */
export function compiled(sources: readonly string[]): string[] {
  const stems = sources.map((path) => path.replace(/^src\/(.*)\.ts$/, 'dist/$1'));
  return stems.flatMap((stem) => [`${stem}.d.ts`, `${stem}.js`]);
}

/** Paths in a package that nothing above explains, and those it should have and has not. */
export function strangers(paths: readonly string[], sources: readonly string[]): string[] {
  const expected = new Set([...documents, ...compiled(sources)]);
  const extra = paths.filter(
    (path) => !expected.has(path) && !patterns.some((pattern) => pattern.test(path)),
  );
  const missing = [...expected].filter((path) => !paths.includes(path));
  return [...extra.map((path) => `extra: ${path}`), ...missing.map((path) => `missing: ${path}`)];
}
