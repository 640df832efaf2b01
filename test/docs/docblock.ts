/** A docstring taken apart. */
export interface DocBlock {
  /** What stands before the first tag. */
  readonly text: string;
  /** What stands behind each `@throws`, in one line. */
  readonly throws: readonly string[];
  /** The code behind each `@example`. */
  readonly examples: readonly string[];
}

// Only these: an indented or unknown @word, such as Turtle's @prefix, belongs to the text.
const tag = /^@(throws|example|param|returns|see|deprecated|internal)\b[ ]?/;

/** The last docstring in the white space and comments that stand before a declaration. */
export function docBlock(leading: string): DocBlock | undefined {
  const comments = [...leading.matchAll(/\/\*\*(?!\/)([\s\S]*?)\*\//g)];
  const last = comments.at(-1);
  return last === undefined ? undefined : readBlock(last[1]!);
}

function readBlock(comment: string): DocBlock {
  const block = { text: '', throws: [] as string[], examples: [] as string[] };
  let name = '';
  let lines: string[] = [];
  const end = (): void => {
    const text = lines.join('\n').trim();
    if (name === '') block.text = text;
    if (name === 'throws') block.throws.push(text.replace(/\s+/g, ' '));
    if (name === 'example') block.examples.push(text);
  };
  for (const raw of comment.trim().split('\n')) {
    const line = raw.replace(/^\s*\* ?/, '');
    const match = tag.exec(line);
    if (match === null) {
      lines.push(line);
      continue;
    }
    end();
    name = match[1]!;
    lines = [line.slice(match[0].length)];
  }
  end();
  return block;
}
