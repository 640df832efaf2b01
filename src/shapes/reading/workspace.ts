/** Characters of one block; a longer line makes a longer block. */
const blockUnits = 65_536;
/** A character of one UTF-16 unit takes at most three bytes, and one byte ends the block. */
const roomFor = (units: number): number => 3 * units + 1;
const lf = 0x0a;

/** Terms of a block that are remembered by their bytes. */
export const slotCount = 1_024;

const encoder = new TextEncoder();

/**
 * Memory of one reading: a block of lines as UTF-8, which is read and compared several times as
 * fast as a string, and the table of the terms that came before in the block.
 */
export class Workspace {
  bytes: Uint8Array = new Uint8Array(roomFor(blockUnits));
  #view: DataView = new DataView(this.bytes.buffer);
  /** Of each slot: its block, where the term's text starts, how long it is, and the term's id. */
  readonly slots: Int32Array = new Int32Array(4 * slotCount);
  /** Of each predicate's slot, by its number, that of the predicate that followed it last. */
  readonly following: Uint16Array = new Uint16Array(slotCount);
  /** Number of the block; what slots hold of earlier ones is void. */
  block = 0;
  /** Bytes of the block, without the line feed that follows them. */
  length = 0;

  /** Takes whole lines from an index on; the index behind them. */
  fill(text: string, from: number): number {
    let units = blockUnits;
    let lines = text.slice(from, from + units);
    while (from + units < text.length) {
      let last = lines.lastIndexOf('\n');
      if (last < 0) last = lines.lastIndexOf('\r');
      if (last >= 0) {
        lines = lines.slice(0, last + 1);
        break;
      }
      units *= 2;
      lines = text.slice(from, from + units);
    }
    if (roomFor(lines.length) > this.bytes.length) {
      this.bytes = new Uint8Array(roomFor(lines.length));
      this.#view = new DataView(this.bytes.buffer);
    }
    this.length = encoder.encodeInto(lines, this.bytes).written;
    this.bytes[this.length] = lf;
    this.block++;
    return from + lines.length;
  }

  /** The term in a slot, if it is the one whose token stands here in the block; else -1. */
  known(slot: number, start: number, length: number): number {
    const { slots } = this;
    if (slots[slot] !== this.block || slots[slot + 2] !== length) return -1;
    return this.same(slots[slot + 1]!, start, length) ? slots[slot + 3]! : -1;
  }

  /** Remembers a term by its token. */
  keep(slot: number, start: number, length: number, id: number): number {
    const { slots } = this;
    slots[slot] = this.block;
    slots[slot + 1] = start;
    slots[slot + 2] = length;
    slots[slot + 3] = id;
    return id;
  }

  /** True where the same bytes stand at both places; the longer reach ends within the block. */
  same(left: number, right: number, length: number): boolean {
    const view = this.#view;
    let index = 0;
    for (; index + 4 <= length; index += 4) {
      if (view.getInt32(left + index) !== view.getInt32(right + index)) return false;
    }
    for (; index < length; index++) {
      if (view.getUint8(left + index) !== view.getUint8(right + index)) return false;
    }
    return true;
  }
}

let spare: Workspace | undefined;

/** Runs work with memory that is kept for the next reading, or with new where that is in use. */
export function withWorkspace<Result>(work: (workspace: Workspace) => Result): Result {
  const workspace = spare ?? new Workspace();
  spare = undefined;
  try {
    return work(workspace);
  } finally {
    // What a long line took is given back.
    if (workspace.bytes.length === roomFor(blockUnits)) spare = workspace;
  }
}
