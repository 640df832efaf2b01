import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { BenchContext, FigureInput } from './harness.ts';
import { importInternal, importPeer } from './packages.ts';

// V8 specialises code for what it has seen in its process so far. A measurement in a thread of its
// own sees its own runtime only, as a host's process does, and its place in a topic is no matter.

interface Work {
  readonly module: string;
  readonly name: string;
  readonly given: readonly unknown[];
  readonly directory: string;
}

type Message = { readonly figure: FigureInput } | { readonly result: unknown };

/**
 * Calls an exported function of a module in a new thread: `name(context, ...given)`. Figures and
 * the result come back.
 *
 * @param module its `import.meta.url`
 * @throws what the function throws
 */
export function isolated<Result>(
  context: BenchContext,
  module: string,
  name: string,
  ...given: readonly unknown[]
): Promise<Result> {
  const work: Work = { module, name, given, directory: context.directory };
  const worker = new Worker(new URL(import.meta.url), { workerData: { work } });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: Message) => {
      if ('figure' in message) context.figure(message.figure);
      else resolve(message.result as Result);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`${name}: the thread ended with ${code}`)));
  });
}

async function serve({ module, name, given, directory }: Work): Promise<void> {
  const post = (message: Message): void => parentPort!.postMessage(message);
  const context: BenchContext = {
    figure: (figure) => post({ figure }),
    peer: importPeer,
    internal: importInternal,
    directory,
  };
  const exported = (await import(module)) as Readonly<
    Record<string, (context: BenchContext, ...given: readonly unknown[]) => unknown>
  >;
  post({ result: await exported[name]!(context, ...given) });
}

// Not awaited here: the module that is imported may import this one.
if (!isMainThread && workerData?.work !== undefined) void serve(workerData.work as Work);
