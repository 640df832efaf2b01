import { langString, xsdString } from '../vocabulary.ts';
import { datatypeAt, iriAt, labelAt, languageAt, stringAt, type Token } from './careful.ts';
import { bytesOf, hasScheme, inIri, inLabel, inString, startsLabel } from './characters.ts';
import { failAt } from './place.ts';
import type { TermSink } from './sink.ts';
import { slotCount, type Workspace } from './workspace.ts';

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const quote = 0x22;
const dot = 0x2e;
const colon = 0x3a;
const less = 0x3c;
const greater = 0x3e;
const at = 0x40;
const caret = 0x5e;

/** A token that may come again at once: where its bytes are, and what it stands for. */
interface Recent {
  start: number;
  /** 0 where there is none. */
  length: number;
  id: number;
  value: string;
}

const none = (): Recent => ({ start: 0, length: 0, id: 0, value: '' });

/**
 * Reads terms from the bytes of a block. It knows plain tokens only, which are nearly all; what has
 * escapes, unusual characters or mistakes is read again from the text, with care. A term whose
 * bytes came before in the block is the term of that time.
 */
export class TermScanner {
  /** The byte that is read next. */
  at = 0;
  /** What the index in the text exceeds the byte's by. */
  #offset = 0;
  readonly #text: string;
  readonly #sink: TermSink;
  readonly #where: string;
  readonly #workspace: Workspace;
  readonly #subject: Recent = none();
  readonly #graph: Recent = none();
  readonly #datatypes: readonly Recent[] = Array.from({ length: 8 }, none);
  #oldest = 0;
  /** The slot of the predicate that was read last. */
  #predicate = 0;
  /** The slot of the IRI that was read last. */
  #last = 0;
  readonly #language: Recent = none();
  #bytes: Uint8Array;

  constructor(text: string, sink: TermSink, where: string, workspace: Workspace) {
    this.#text = text;
    this.#sink = sink;
    this.#where = where;
    this.#workspace = workspace;
    this.#bytes = workspace.bytes;
  }

  /** Goes to the start of the block that was filled from this index of the text. */
  enter(from: number): void {
    this.at = 0;
    this.#offset = from;
    this.#bytes = this.#workspace.bytes;
    this.#subject.length = 0;
    this.#graph.length = 0;
    for (const datatype of this.#datatypes) datatype.length = 0;
    this.#language.length = 0;
  }

  /** Skips spaces and tabs; the byte there, a line feed at the end of the block. */
  next(): number {
    const bytes = this.#bytes;
    let index = this.at;
    let code = bytes[index]!;
    while (code === space || code === tab) code = bytes[++index]!;
    this.at = index;
    return code;
  }

  /** Goes to the end of a line with a comment. */
  skipComment(): void {
    const bytes = this.#bytes;
    const start = this.at;
    let index = start;
    for (let code = bytes[index]!; code !== lf && code !== cr; ) code = bytes[++index]!;
    this.#offset -= this.#surplus(start, index);
    this.at = index;
  }

  fail(expected: string): never {
    return failAt(this.#text, this.at + this.#offset, this.#where, expected);
  }

  /** A subject, which is often that of the statement before. */
  subject(code: number): number {
    const recent = this.#subject;
    if (this.#comesAgain(recent)) return recent.id;
    const start = this.at;
    const before = this.#offset;
    const id = code === less ? this.iri() : this.blank();
    this.#remember(recent, start, before);
    recent.id = id;
    return id;
  }

  /** A graph's label is checked; it is no term of the graph. */
  graph(code: number): void {
    if (this.#comesAgain(this.#graph)) return;
    const start = this.at;
    const before = this.#offset;
    this.#carefully(code === less ? iriAt : labelAt);
    this.#remember(this.#graph, start, before);
  }

  /** A predicate: mostly the one that followed the predicate before the last time too. */
  predicate(): number {
    const { slots, block, length } = this.#workspace;
    const before = this.#predicate;
    const slot = 4 * this.#workspace.following[before]!;
    const end = this.at + slots[slot + 2]!;
    if (
      slots[slot] === block &&
      end <= length &&
      this.#workspace.same(slots[slot + 1]!, this.at, end - this.at)
    ) {
      this.at = end;
      this.#predicate = slot >> 2;
      return slots[slot + 3]!;
    }
    const id = this.iri();
    this.#workspace.following[before] = this.#last >> 2;
    this.#predicate = this.#last >> 2;
    return id;
  }

  iri(): number {
    const bytes = this.#bytes;
    const start = this.at;
    let index = start + 1;
    let code = bytes[index]!;
    let hash = 0;
    while ((bytesOf[code]! & inIri) !== 0) {
      hash = (Math.imul(hash, 31) + code) | 0;
      code = bytes[++index]!;
    }
    if (code !== greater) return this.#sink.iri(this.#carefully(iriAt));
    const slot = slotOf(hash);
    this.#last = slot;
    const length = ++index - start;
    const known = this.#workspace.known(slot, start, length);
    this.at = index;
    if (known >= 0) return known;
    const from = start + this.#offset + 1;
    if (!hasScheme(this.#text, from)) {
      this.at = start;
      this.#carefully(iriAt);
    }
    const id = this.#sink.iri(this.#text.slice(from, index + this.#offset - 1));
    return this.#workspace.keep(slot, start, length, id);
  }

  blank(): number {
    const bytes = this.#bytes;
    const start = this.at;
    let index = start + 2;
    let code = bytes[index]!;
    const isPlain = bytes[start + 1] === colon && (bytesOf[code]! & startsLabel) !== 0;
    let hash = 1;
    while ((bytesOf[code]! & inLabel) !== 0) {
      hash = (Math.imul(hash, 31) + code) | 0;
      code = bytes[++index]!;
    }
    // The label may go on behind a dot or with a letter of another script.
    if (!isPlain || code === dot || code > 127) return this.#sink.blank(this.#carefully(labelAt));
    const slot = slotOf(hash);
    const length = index - start;
    const known = this.#workspace.known(slot, start, length);
    this.at = index;
    if (known >= 0) return known;
    const value = this.#text.slice(start + this.#offset + 2, index + this.#offset);
    return this.#workspace.keep(slot, start, length, this.#sink.blank(value));
  }

  literal(): number {
    const bytes = this.#bytes;
    const start = this.at;
    const from = start + this.#offset + 1;
    let index = start + 1;
    let code = bytes[index]!;
    let hash = 2;
    let all = 0;
    while ((bytesOf[code]! & inString) !== 0) {
      hash = (Math.imul(hash, 31) + code) | 0;
      all |= code;
      code = bytes[++index]!;
    }
    if (code !== quote) return this.#carefulLiteral();
    if (all > 127) this.#offset -= this.#surplus(start, index);
    const to = index + this.#offset;
    this.at = index + 1;
    code = this.next();
    const language = code === at ? this.#languageTag() : '';
    const datatype =
      code === caret ? this.#datatypeIri() : language === '' ? xsdString : langString;
    const length = this.at - start;
    const slot = slotOf(hash);
    const known = this.#workspace.known(slot, start, length);
    if (known >= 0) return known;
    const value = this.#text.slice(from, to);
    return this.#workspace.keep(slot, start, length, this.#sink.literal(value, datatype, language));
  }

  #carefulLiteral(): number {
    const value = this.#carefully(stringAt);
    const code = this.next();
    if (code === at) return this.#sink.literal(value, langString, this.#languageTag());
    const datatype = code === caret ? this.#datatypeIri() : xsdString;
    return this.#sink.literal(value, datatype, '');
  }

  #languageTag(): string {
    const recent = this.#language;
    if (this.#comesAgain(recent)) return recent.value;
    const start = this.at;
    recent.value = this.#carefully(languageAt);
    this.#remember(recent, start, this.#offset);
    return recent.value;
  }

  #datatypeIri(): string {
    if (this.#bytes[this.at + 1] !== caret) this.fail('^^ before a datatype');
    this.at += 2;
    if (this.next() !== less) this.fail('an IRI as datatype');
    for (const recent of this.#datatypes) if (this.#comesAgain(recent)) return recent.value;
    const recent = this.#datatypes[this.#oldest++ & 7]!;
    const start = this.at;
    const before = this.#offset;
    recent.value = this.#carefully(datatypeAt);
    this.#remember(recent, start, before);
    return recent.value;
  }

  /** True, and behind it, where a recent token stands here again. */
  #comesAgain(recent: Recent): boolean {
    const { start, length } = recent;
    if (length === 0 || this.at + length > this.#workspace.length) return false;
    if (this.#bytes[this.at + length - 1] !== space) return false;
    if (!this.#workspace.same(start, this.at, length)) return false;
    // The space was only compared to know that the token ends there.
    this.at += length - 1;
    return true;
  }

  /** Only ASCII before a space: the token is known by its bytes, and moves no offset. */
  #remember(recent: Recent, start: number, offset: number): void {
    const isPlain = this.#bytes[this.at] === space && this.#offset === offset;
    recent.start = start;
    recent.length = isPlain ? this.at + 1 - start : 0;
  }

  /** Reads the token here from the text, and goes behind it. */
  #carefully(read: (text: string, from: number, where: string) => Token): string {
    const token = read(this.#text, this.at + this.#offset, this.#where);
    const bytes = this.#bytes;
    let index = this.at;
    let units = token.end - index - this.#offset;
    for (; units > 0; index++) units -= unitsOf(bytes[index]!);
    while ((bytes[index]! & 0xc0) === 0x80) index++;
    this.at = index;
    this.#offset = token.end - index;
    return token.value;
  }

  /** How many more bytes than UTF-16 units a part of the block has. */
  #surplus(from: number, to: number): number {
    const bytes = this.#bytes;
    let surplus = to - from;
    for (let index = from; index < to; index++) surplus -= unitsOf(bytes[index]!);
    return surplus;
  }
}

/** UTF-16 units of the character that a byte of UTF-8 begins; 0 where it continues one. */
function unitsOf(byte: number): number {
  return (byte & 0xc0) === 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
}

function slotOf(hash: number): number {
  return 4 * ((hash ^ (hash >>> 15)) & (slotCount - 1));
}
