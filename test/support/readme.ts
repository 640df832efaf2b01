/** A fenced block of TypeScript and the line of the README that it starts on. */
export interface Block {
  readonly line: number;
  readonly code: string;
}

/** The blocks that are run: the first one, and those that begin with the line `// run`. */
export function runnableBlocks(readme: string): Block[] {
  const blocks = [...readme.matchAll(/^```ts\b[^\n]*\n([\s\S]*?)^```\s*$/gm)].map((match) => ({
    line: readme.slice(0, match.index).split('\n').length,
    code: match[1]!,
  }));
  return blocks.filter(({ code }, index) => index === 0 || /^\/\/ run\b/.test(code));
}
