import { fail } from '../base/errors.ts';
import { catalogueOf } from '../rules/catalogue.ts';
import { openRuntime } from '../runtime/open.ts';
import { openStored } from '../runtime/replay-source.ts';
import { compileShapes } from '../shapes/document.ts';
import type { Args } from './args.ts';
import { sayProgress } from './faults.ts';
import { type CatalogueModule, loadCatalogue } from './files.ts';
import { type ExitCode, exitCodes, formatPairs, formatTime, type Io } from './io.ts';

type Definitions = CatalogueModule & { readonly shapes?: Parameters<typeof compileShapes>[0] };

/** Hash of the definitions that were deployed last. */
async function deployedIn(
  data: string,
): Promise<{ origin: string; catalogue: string | undefined }> {
  const log = openStored(data);
  let catalogue: string | undefined;
  for await (const { entries } of log.epochs()) {
    for (const { leaf } of entries) if (leaf.kind === 'deploy') catalogue = leaf.catalogue;
  }
  return { origin: log.origin, catalogue };
}

/**
 * `erase`: opens the log as its service does, because windows and budgets are saved before anything
 * of them is destroyed. Other definitions than those deployed are refused, not deployed.
 */
export async function eraseSubject({ data, json, options }: Args, io: Io): Promise<ExitCode> {
  const module = options['rules'] as string;
  const definitions: Definitions = await loadCatalogue(module);
  const { origin, catalogue } = await deployedIn(data);
  const { shapes } = definitions;
  const compiled = shapes === undefined ? null : compileShapes(shapes).hash;
  const given = catalogueOf({ ...definitions, shapes: compiled }).hash;
  if (given !== catalogue) {
    const expected = `the definitions that were deployed last: ${catalogue ?? 'none'}`;
    fail('KNHK_RUNTIME_ERASE', module, expected, given);
  }
  sayProgress(io, json, `erasing in ${data}`);
  const { subject, reason, actor } = options;
  const runtime = await openRuntime({ ...definitions, origin, data, encryption: {} });
  try {
    const report = await runtime.erase(subject as string, {
      reason: reason as string,
      ...(actor === undefined ? {} : { actor }),
    });
    if (json) io.stdout.write(`${JSON.stringify(report)}\n`);
    else {
      const { receipt, ...counts } = report;
      const stands: readonly (readonly [string, string | number])[] =
        receipt === undefined
          ? []
          : [
              ['seq', receipt.seq],
              ['time', formatTime(receipt.time)],
            ];
      io.stdout.write(formatPairs([...Object.entries(counts), ...stands]));
    }
    return exitCodes.fine;
  } finally {
    await runtime.close();
  }
}
