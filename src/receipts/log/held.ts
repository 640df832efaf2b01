import type { LogFs } from './fs.ts';
import { type Address, addressOf, type Held, knock } from './lock-address.ts';

export type { Held } from './lock-address.ts';

/**
 * Asks whether a log is open by knocking at its lock. Nothing is taken and nothing is written.
 */
export async function heldState(fs: LogFs, directory: string): Promise<Held> {
  let address: Address;
  try {
    address = addressOf(fs, directory);
  } catch {
    // A directory that cannot be opened, or a path too long for a socket: nobody can ask there.
    return 'unknown';
  }
  try {
    return await knock(address.path);
  } finally {
    address.close();
  }
}
