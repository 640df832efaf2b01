import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Writes the list of everything the package needs at run time (CycloneDX), and checks it. */

/**
 * The packages that the lock reaches from the package's own dependencies, as `name@version`.
 *
 * @param {{ packages: Record<string, { version?: string, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string> }> }} lock
 * @param {(path: string) => boolean} isInstalled optional packages of other systems are not
 */
export function runtimePackages(lock, isInstalled) {
  const reached = new Set();
  const waiting = [''];
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[from] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const path = resolveIn(lock, from, name);
      if (path === undefined) {
        if (name in optionalDependencies) continue;
        throw new Error(`the lock does not hold ${name}, which ${from || 'the package'} needs`);
      }
      if (reached.has(path) || !isInstalled(path)) continue;
      reached.add(path);
      waiting.push(path);
    }
  }
  const names = [...reached].map((path) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return `${name}@${lock.packages[path].version}`;
  });
  return [...new Set(names)].sort();
}

/** Node's own search: the nearest node_modules folder that holds the name. */
function resolveIn(lock, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in lock.packages) return path;
    if (folder === '') return undefined;
  }
}

/**
 * Keeps of a full list what the package needs at run time.
 *
 * `npm sbom --omit dev` would leave out too much: what the package needs and one of its development
 * tools too.
 *
 * @param {{ metadata: { component: { name: string, 'bom-ref': string } },
 *   components: { name: string, version: string, 'bom-ref': string }[],
 *   dependencies: { ref: string, dependsOn: string[] }[] }} bom
 * @param {readonly string[]} packages as `name@version`
 * @param {{ name: string, dependencies?: Record<string, string> }} own the package itself, which npm
 *   names after the folder that it lies in
 */
export function narrow(bom, packages, own) {
  const wanted = new Set(packages);
  const components = bom.components.filter((each) => wanted.has(`${each.name}@${each.version}`));
  const root = bom.metadata.component['bom-ref'];
  const refs = new Set([root, ...components.map((each) => each['bom-ref'])]);
  const direct = Object.keys(own.dependencies ?? {});
  const isDirect = (ref) => direct.includes(ref.slice(0, ref.lastIndexOf('@')));
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => {
      const kept = dependsOn.filter((to) => refs.has(to) && (ref !== root || isDirect(to)));
      return { ref, dependsOn: kept };
    });
  const component = { ...bom.metadata.component, name: own.name };
  return { ...bom, metadata: { ...bom.metadata, component }, components, dependencies };
}

/** What differs between a list and the packages that it should name. */
export function differences(bom, packages) {
  const listed = bom.components.map(({ name, version }) => `${name}@${version}`);
  const extra = listed.filter((entry) => !packages.includes(entry));
  const missing = packages.filter((entry) => !listed.includes(entry));
  return [
    ...extra.map((entry) => `sbom: ${entry} is no dependency at run time`),
    ...missing.map((entry) => `sbom: ${entry} is missing`),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const options = {
    ...{ cwd: root, encoding: 'utf8', shell: process.platform === 'win32' },
    maxBuffer: 256 * 1024 * 1024,
  };
  const full = JSON.parse(execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], options));
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages = runtimePackages(lock, (path) => existsSync(join(root, path)));
  const bom = narrow(full, packages, lock.packages['']);
  const findings = differences(bom, packages);
  for (const finding of findings) console.log(finding);
  console.log(`sbom: ${bom.components.length} packages at run time`);
  const target = process.argv[2];
  if (target !== undefined) writeFileSync(target, `${JSON.stringify(bom, undefined, 2)}\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
