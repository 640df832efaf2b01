import { type OptionSpec, words } from './args.ts';
import type { Command } from './commands.ts';
import { keyringOption } from './options.ts';

const keysBeside = '<data>.keys';
const secretOption: OptionSpec = {
  name: 'secret',
  value: 'FILE',
  about: `32 bytes; default ${keysBeside}/secret`,
};

/** What can be asked about receipts; none of it needs the log to be closed. */
export const receiptCommands: readonly Command[] = [
  {
    words: ['receipts', 'list'],
    about: 'The newest receipts, or those from a seq on. JSON: one line per receipt.',
    positionals: [],
    options: [
      { name: 'limit', value: 'N=20', about: 'how many' },
      { name: 'from', value: 'SEQ', about: 'the first ones from here on' },
      { name: 'type', value: 'T', about: 'of this type: its name, or its declaration hash' },
      {
        name: 'outcome',
        value: 'O',
        about: 'acted, pending, denied, idle, failed, invalid, success or failure',
      },
      { name: 'hook', value: 'H', about: 'in which the hook of this name fired' },
      {
        name: 'subject',
        value: 'S',
        about: 'about this data subject; plain payloads: S in any field, without --rules',
      },
      secretOption,
      { name: 'rules', value: 'MODULE.js', about: 'whose declarations name the personal fields' },
      { name: 'keyring', value: 'FILE', about: 'whose keys are named; default as verify-chain' },
    ],
    members: words(
      'seq time kind outcome? type? typeName? fired? snapshot? actor? resource? action? change? ' +
        'key? replaces? from? until? subject? payloads? reason? signature_key_version hash',
    ),
    run: async (args, io) => (await import('./receipts-list.ts')).listReceipts(args, io),
  },
  {
    words: ['receipts', 'show'],
    about: 'One receipt: leaf, payload, and the checkpoint that covers it.',
    positionals: ['SEQ'],
    options: [],
    members: words('seq hash typeName firedNames leaf payload payloadState checkpoint'),
    run: async (args, io) => (await import('./receipts-show.ts')).showReceipt(args, io),
  },
  {
    words: ['receipts', 'prove'],
    about: 'A portable receipt (C2SP tlog-proof), which anybody can verify who has the keyring.',
    positionals: ['SEQ'],
    options: [
      { name: 'size', value: 'N', about: 'under the checkpoint of this size; default the last' },
      { name: 'no-leaf', about: 'leave the leaf out: who verifies must have it' },
    ],
    members: words('seq size hash receipt'),
    run: async (args, io) => (await import('./receipts-prove.ts')).proveReceipt(args, io),
  },
  {
    words: ['receipts', 'verify'],
    about: 'Checks one portable receipt with public keys alone; needs no log. - reads stdin.',
    positionals: ['FILE|-'],
    options: [
      keyringOption,
      { name: 'leaf', value: 'FILE', about: 'the leaf of a receipt that was made without' },
      { name: 'witnesses', value: 'FILE', about: 'their vkeys, one a line, # for comments' },
      { name: 'threshold', value: 'N', about: 'how many of them must have signed; default all' },
    ],
    members: words('ok seq size hash leaf signedBy cosignedBy problem'),
    run: async (args, io) => (await import('./receipts-verify-one.ts')).verifyOne(args, io),
  },
  {
    words: ['receipts', 'verify-chain'],
    about: 'Checks frames, hashes, chain, tree, signatures and blobs with public keys alone.',
    positionals: [],
    options: [
      keyringOption,
      { name: 'since', value: 'FILE', about: 'a checkpoint remembered from an earlier run' },
      {
        name: 'resume',
        value: 'FILE',
        about: 'go on where an earlier run ended; written anew where nothing is found',
      },
      { name: 'workers', value: 'N', about: 'threads; default the cores, 4 at most, or 0' },
    ],
    members: words(
      'ok signature_failures unknown_keys revoked_keys leaf_mismatch chain_breaks ' +
        'retrocausation_violations non_canonical gaps root_mismatch damaged_frames ' +
        'missing_blobs rollback fork findings findings_dropped origin total_count ' +
        'verified_count clock_skews skew_ms_max unsigned_tail checkpoint state',
    ),
    run: async (args, io) => (await import('./receipts-verify.ts')).verifyChain(args, io),
  },
  {
    words: ['receipts', 'replay'],
    about: 'Recomputes every receipt with your rules, and compares.',
    positionals: [],
    options: [
      {
        name: 'rules',
        value: 'MODULE.js',
        about: 'exports { observations, rules, ... } as default or catalogue',
        required: true,
      },
      secretOption,
      { name: 'from', value: 'SEQ', about: 'first seq; windows are recomputed only from 0' },
      { name: 'to', value: 'SEQ', about: 'last seq, included' },
    ],
    members: words(
      'ok total same different unavailable streamed findings findingsDropped snapshots',
    ),
    run: async (args, io) => (await import('./receipts-replay.ts')).replayReceipts(args, io),
  },
];
