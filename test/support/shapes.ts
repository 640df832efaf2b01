import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { compileShapes } from '../../src/shapes/document.ts';

/**
 * A property of orders, after `sh:property`, that every order has and that no row of the kernel can
 * say: flags are the engine's. With it shapes on orders are validated warm, and stay local.
 */
export const onlyWarm = '[ sh:path t:customer ; sh:pattern "." ; sh:flags "s" ]';

/** Holds sequencing after the first observation and promotes other shapes meanwhile. */
export function promoteAfterFirst(runtime: Runtime, text: string | null): void {
  const control = controlOf(runtime) as Control;
  const stop = control.every(1, async () => {
    stop();
    // What was taken in meanwhile has been validated against the shapes before.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { hash: parent, document } = control.snapshot();
    const shapes = text === null ? undefined : compileShapes(text);
    await control.promote({
      kind: 'promote',
      parent,
      document: { ...document, shapes: shapes?.hash ?? null },
      ...(shapes === undefined ? {} : { shapes }),
      proposal: 'a'.repeat(64),
      stages: ['pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'pass'],
    });
  });
}
