import type { OptionSpec } from './args.ts';

/** The name that a new log gets. */
export const originOption: OptionSpec = {
  name: 'origin',
  value: 'O',
  about: 'name of the log, like example.com/ops',
  required: true,
};

/** The public keys that are trusted. */
export const keyringOption: OptionSpec = {
  name: 'keyring',
  value: 'FILE',
  about: 'the keys to trust; default <data>.keys/keyring.json',
};
