#!/usr/bin/env node
import { thisMachine } from './machine.ts';
import { run } from './run.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, such as head, is no failure.
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});

const { stdout, stderr, env } = process;
process.exitCode = await run(process.argv.slice(2), {
  ...{ stdout, stderr, env },
  machine: thisMachine,
});
