import { words } from './args.ts';
import type { Command } from './commands.ts';

/** The audit trail, and erasing a data subject. */
export const privacyCommands: readonly Command[] = [
  {
    words: ['audit', 'list'],
    about:
      'Who did what: access, config, key and erase leaves, the newest ones. JSON: a line each.',
    positionals: [],
    options: [
      { name: 'limit', value: 'N=20', about: 'how many' },
      { name: 'actor', value: 'A', about: 'by this actor' },
      { name: 'action', value: 'A', about: 'of this action; erase, rotate and revoke too' },
    ],
    members: words('seq time kind actor resource action outcome reason trace? detail? hash'),
    run: async (args, io) => (await import('./audit-list.ts')).listAudit(args, io),
  },
  {
    words: ['erase'],
    about: 'Erases a data subject of an encrypted log that no service has open.',
    positionals: [],
    options: [
      { name: 'subject', value: 'S', about: 'value of the personal field', required: true },
      { name: 'reason', value: 'TEXT', about: 'must not name the subject', required: true },
      { name: 'actor', value: 'A', about: 'who asks for it' },
      {
        name: 'rules',
        value: 'MODULE.js',
        about: 'what the service runs with, exported as for receipts replay',
        required: true,
      },
    ],
    members: words('subject keys payloads leaves receipt?'),
    run: async (args, io) => (await import('./erase.ts')).eraseSubject(args, io),
  },
];
