/** Reads llvm-objdump's disassembly and says what a kernel may not contain. */

/**
 * @typedef {{ address: number, bytes: string, mnemonic: string, operands: string }} Instruction
 *   bytes: the code in hexadecimal, in the order of memory
 * @typedef {{ name: string, instructions: Instruction[] }} Routine
 * @typedef {'x64' | 'arm64'} Arch
 * @typedef {{ empty: number, overhead: number, perObservation: number }} Line
 *   instructions of a call: `empty` without a cell, else overhead + n * perObservation
 */

/**
 * Every function of a disassembly (`llvm-objdump -d`) by its symbol. Mach-O's leading underscore is
 * no part of the name.
 *
 * @param {string} text
 * @returns {Routine[]}
 */
export function routinesOf(text) {
  /** @type {Routine[]} */
  const routines = [];
  for (const line of text.split('\n')) {
    const head = /^[0-9a-f]+ <_?([^>]+)>:$/.exec(line);
    if (head !== null) routines.push({ name: head[1], instructions: [] });
    const [place, mnemonic, ...operands] = line.split('\t').map((part) => part.trim());
    const body = /^([0-9a-f]+):\s*((?:[0-9a-f]{2,8} ?)*)$/.exec(place);
    if (body === null || mnemonic === undefined || routines.length === 0) continue;
    const address = Number.parseInt(body[1], 16);
    const words = body[2].trim().split(' ').map(inMemory);
    const text = operands.join(' ');
    routines.at(-1).instructions.push({ address, bytes: words.join(''), mnemonic, operands: text });
  }
  return routines;
}

/** A word of code is printed with its highest byte first; memory has the lowest first. */
const inMemory = (word) => (word.match(/../g) ?? []).reverse().join('');

const kinds = {
  x64: {
    call: /^(call|syscall|sysenter|int\d?$|iret)/,
    jump: /^jmp/,
    branch: /^(j[a-z]+|loop[a-z]*)$/,
    end: /^ret/,
    // As often as a register says, as long as the operands say, or under a mask.
    uneven: /^(rep|i?div|v?p?gather|vpgather|vscatter|xbegin)/,
  },
  arm64: {
    call: /^(bl|blr|blra\w+|svc)$/,
    jump: /^(b|br|bra\w+)$/,
    branch: /^(b\.[a-z]+|cbn?z|tbn?z)$/,
    end: /^ret/,
    uneven: /^([su]div)$/,
  },
};

/** The address that a branch leads to, from its operands: `0x20 <name+0x20>`. */
const targetOf = ({ operands }) => {
  const found = /(?:0x)?([0-9a-f]+)\s+<[^>]*>\s*$/.exec(operands);
  return found === null ? Number.NaN : Number.parseInt(found[1], 16);
};

/**
 * What is wrong with a kernel's form, and the length of its ways. It may have two conditional
 * branches, one forwards (no cell, no loop) and one backwards (the loop), and no call. Then all
 * that runs is known without running it.
 *
 * @param {Routine} routine
 * @param {Arch} arch
 * @returns {{ findings: string[], branches: number, line: Line | undefined }}
 */
export function judge({ name, instructions }, arch) {
  const kind = kinds[arch];
  const isInside = (instruction) =>
    instructions.some(({ address }) => address === targetOf(instruction));
  const at = (pattern) => instructions.filter(({ mnemonic }) => pattern.test(mnemonic));
  const list = (found) =>
    found.map(({ address, mnemonic }) => `${mnemonic} at 0x${address.toString(16)}`).join(', ');
  const findings = [];
  const forbid = (what, found) => {
    if (found.length > 0) findings.push(`${name}: ${what}: ${list(found)}`);
  };
  forbid('a call', at(kind.call));
  forbid('work that depends on data', at(kind.uneven));
  const protectors = instructions.filter(({ operands }) => /%[fg]s:|tpidr/.test(operands));
  forbid('thread-local data, as a stack protector reads', protectors);
  const isBranch = ({ mnemonic }) => kind.branch.test(mnemonic) && !kind.jump.test(mnemonic);
  const branches = instructions.filter(isBranch);
  const ways = [...at(kind.jump), ...branches];
  forbid(
    'a way out of it',
    ways.filter((way) => !isInside(way)),
  );
  const back = branches.filter((branch) => targetOf(branch) <= branch.address);
  if (branches.length !== 2 || back.length !== 1) {
    const seen = `${branches.length} conditional branches, ${back.length} backwards`;
    findings.push(`${name}: expected 2 conditional branches, 1 backwards; got ${seen}`);
  }
  if (findings.length > 0) return { findings, branches: branches.length, line: undefined };
  const line = lineOf(instructions, kind, back[0]);
  if (line === undefined) findings.push(`${name}: a way through it does not end`);
  return { findings, branches: branches.length, line };
}

/** Walks the three ways: without a cell, through the loop once, and twice. */
function lineOf(instructions, kind, back) {
  const walk = (hasCells, rounds) => {
    let left = rounds - 1;
    let index = 0;
    for (let count = 1; count <= instructions.length * rounds; count++) {
      const instruction = instructions[index];
      if (instruction === undefined) return Number.NaN;
      if (kind.end.test(instruction.mnemonic)) return count;
      const isJump = kind.jump.test(instruction.mnemonic);
      const isBranch = !isJump && kind.branch.test(instruction.mnemonic);
      const isTaken = instruction === back ? left-- > 0 : isBranch && !hasCells;
      const target = targetOf(instruction);
      const next = isJump || isTaken;
      index = next ? instructions.findIndex(({ address }) => address === target) : index + 1;
    }
    return Number.NaN;
  };
  const [empty, once, twice] = [walk(false, 1), walk(true, 1), walk(true, 2)];
  if (Number.isNaN(empty + once + twice)) return undefined;
  return { empty, overhead: once - (twice - once), perObservation: twice - once };
}
