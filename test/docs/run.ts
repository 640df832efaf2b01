import { appendFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { type Resources, withResources } from './prelude.ts';

interface ExampleModule {
  readonly needs: readonly string[];
  example(resources: Resources): Promise<void>;
}

/** Runs examples one after the other; each leaves one line of JSON, as soon as it is done. */
const [results, ...paths] = process.argv.slice(2) as [string, ...string[]];
for (const path of paths) {
  let error: string | undefined;
  try {
    const { needs, example } = (await import(pathToFileURL(path).href)) as ExampleModule;
    await withResources(needs, example);
  } catch (thrown) {
    error = inspect(thrown);
  }
  appendFileSync(results, `${JSON.stringify({ path, error })}\n`);
}
