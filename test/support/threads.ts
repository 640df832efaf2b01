import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

const { Piscina: Real } = await vi.importActual<typeof import('piscina')>('piscina');
const filename = fileURLToPath(new URL('../../dist/shapes/worker.js', import.meta.url));

/**
 * The pool's threads for tests of src: `vi.mock('piscina', () => import('../support/threads.ts'))`.
 * A thread loads a file of the build, which `npm test` makes first; all else is what src says.
 */
export class Piscina extends Real {
  constructor(options: ConstructorParameters<typeof Real>[0]) {
    super({ ...options, filename });
  }
}
