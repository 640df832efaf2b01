import { describe, fail } from '../base/errors.ts';

const shownUnits = 16;

/** A pattern's source and how far it has been read, in UTF-16 code units. */
export class Cursor {
  readonly source: string;
  readonly where: string;
  offset = 0;

  constructor(source: string, where: string) {
    this.source = source;
    this.where = where;
  }

  /** The next character, a whole code point; empty at the end. */
  get next(): string {
    const code = this.source.codePointAt(this.offset);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  /** Whether all has been read. */
  get done(): boolean {
    return this.offset === this.source.length;
  }

  /** Reads the next character. */
  take(): string {
    const { next } = this;
    this.offset += next.length;
    return next;
  }

  /** Reads this text if it comes next. */
  eat(text: string): boolean {
    if (!this.source.startsWith(text, this.offset)) return false;
    this.offset += text.length;
    return true;
  }

  /** Refuses what stands at the offset. */
  refuse(expected: string, offset: number = this.offset): never {
    const rest = this.source.slice(offset, offset + shownUnits);
    const got = rest === '' ? 'the end' : describe(rest);
    fail('KNHK_TERMS_PATTERN', `${this.where}, offset ${offset}`, expected, got);
  }
}
