import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';

/** What the native gates judge by; .ci/native-gates runs the gates, and tries each on a fault. */

interface Line {
  readonly empty: number;
  readonly overhead: number;
  readonly perObservation: number;
}
interface Routine {
  readonly name: string;
  readonly instructions: readonly { readonly bytes: string; readonly mnemonic: string }[];
}
interface Disassembly {
  routinesOf(text: string): Routine[];
  judge(
    routine: Routine,
    arch: string,
  ): { readonly findings: string[]; readonly branches: number; readonly line: Line | undefined };
}
interface Sample {
  readonly n: number;
  readonly count: number;
}
interface Entry extends Line {
  readonly engine: string;
  readonly lanes: number;
  readonly arch: string;
  readonly branches: number;
  readonly method: string;
  readonly dataSets: number;
  readonly compiler: string;
}
interface Counts {
  lineThrough(samples: readonly Sample[]): { findings: string[]; line: Line | undefined };
  differences(measured: readonly Entry[], recorded: readonly Entry[]): string[];
}

const load = async <Module>(name: string): Promise<Module> =>
  (await import(new URL(`native/gates/${name}`, `file://${projectRoot}`).href)) as Module;

/** A disassembly as llvm-objdump prints it, from `address mnemonic operands`. */
const printed = (lines: readonly string[], name = 'f'): string =>
  [
    `0000000000000000 <${name}>:`,
    ...lines.map((line) => {
      const [address, mnemonic, ...operands] = line.split(' ');
      return `${address!.padStart(8)}: 90         \t${mnemonic}\t${operands.join(' ')}`;
    }),
  ].join('\n');

const x64 = ['0 testl %r8d, %r8d', '3 je 0x20 <f+0x20>', '9 xorl %eax, %eax', '10 addq $8, %r9'];
const x64Loop = ['14 movq %r9, (%rdx)', '18 jne 0x10 <f+0x10>', '1a popq %rbx', '1b retq'];
const x64None = ['20 xorl %eax, %eax', '22 retq'];
const good = [...x64, ...x64Loop, ...x64None];
const goodLine: Line = { empty: 4, overhead: 5, perObservation: 3 };
const arm64 = ['0 cbz w4, 0x14 <f+0x14>', '4 mov x8, x0', '8 add x9, x9, #1', 'c b.ne 0x8 <f+0x8>'];
const goodArm64 = [...arm64, '10 ret', '14 mov w0, wzr', '18 ret'];

describe('the form of a kernel', () => {
  let disassembly: Disassembly;
  beforeAll(async () => {
    disassembly = await load('disassembly.mjs');
  });
  const judge = (lines: readonly string[], arch = 'x64') => {
    const [routine] = disassembly.routinesOf(printed(lines));
    return disassembly.judge(routine!, arch);
  };
  const swap = (from: string, to: string, lines = good): string[] => {
    const changed = lines.map((line) => (line === from ? to : line));
    expect(changed).not.toEqual(lines);
    return changed;
  };

  it('reads code in the order of memory, under the symbol of C', () => {
    const text = [
      ...['/tmp/k.o:\tfile format', '', 'Disassembly of section .text:', ''],
      ...['0000000000000000 <_knhk_a>:', '       0: 34000584     \tcbz\tw4, 0xb0 <_knhk_a+0xb0>'],
      ...['', '0000000000000010 <knhk_b>:', '      10: 0f 84 a7 00 00 00            \tje\t0xb0'],
    ].join('\n');
    expect(disassembly.routinesOf(text)).toMatchObject([
      { name: 'knhk_a', instructions: [{ address: 0, bytes: '84050034', mnemonic: 'cbz' }] },
      { name: 'knhk_b', instructions: [{ address: 16, bytes: '0f84a7000000', mnemonic: 'je' }] },
    ]);
  });
  it('counts the ways through it', () => {
    expect(judge(good)).toEqual({ findings: [], branches: 2, line: goodLine });
    const line = { empty: 3, overhead: 3, perObservation: 2 };
    expect(judge(goodArm64, 'arm64')).toEqual({ findings: [], branches: 2, line });
  });
  it('follows a jump to a shared end', () => {
    const lines = swap('22 retq', '22 jmp 0x1a <f+0x1a>');
    expect(judge(lines)).toMatchObject({ findings: [], line: { ...goodLine, empty: 6 } });
  });
  it.each([
    ['14 movq %r9, (%rdx)', '14 callq 0x100 <g>', 'a call: callq at 0x14'],
    ['14 movq %r9, (%rdx)', '14 syscall ', 'a call'],
    ['14 movq %r9, (%rdx)', '14 je 0x1a <f+0x1a>', 'got 3 conditional branches, 1 backwards'],
    ['14 movq %r9, (%rdx)', '14 jb 0x0 <f>', 'got 3 conditional branches, 2 backwards'],
    ['18 jne 0x10 <f+0x10>', '18 nop ', 'got 1 conditional branches, 0 backwards'],
    ['18 jne 0x10 <f+0x10>', '18 jne 0x1b <f+0x1b>', 'got 2 conditional branches, 0 backwards'],
    ['1b retq', '1b jmp 0x400 <g>', 'a way out of it: jmp at 0x1b'],
    ['1b retq', '1b jmpq *%rax', 'a way out of it'],
    ['1b retq', '1b jmp 0x10 <f+0x10>', 'does not end'],
    ['14 movq %r9, (%rdx)', '14 rep movsb', 'work that depends on data: rep'],
    ['14 movq %r9, (%rdx)', '14 divq %rcx', 'work that depends on data: divq'],
    ['14 movq %r9, (%rdx)', '14 vpgatherqq (%rdi,%ymm0), %ymm1', 'work that depends on data'],
    ['9 xorl %eax, %eax', '9 movq %fs:0x28, %rax', 'stack protector'],
  ])('refuses %s become %s', (from, to, message) => {
    const { findings, line } = judge(swap(from, to));
    expect(findings.join('\n')).toContain(message);
    expect(line).toBeUndefined();
  });
  it.each([
    ['4 mov x8, x0', '4 bl 0x100 <g>', 'a call'],
    ['4 mov x8, x0', '4 blr x8', 'a call'],
    ['4 mov x8, x0', '4 tbnz w3, #1, 0x10 <f+0x10>', '3 conditional branches'],
    ['4 mov x8, x0', '4 br x8', 'a way out of it'],
    ['4 mov x8, x0', '4 udiv x8, x0, x1', 'work that depends on data'],
    ['4 mov x8, x0', '4 mrs x8, tpidr_el0', 'stack protector'],
  ])('refuses on arm64 %s become %s', (from, to, message) => {
    expect(judge(swap(from, to, goodArm64), 'arm64').findings.join('\n')).toContain(message);
  });
});

describe('instruction counts', () => {
  let counts: Counts;
  beforeAll(async () => {
    counts = await load('counts.mjs');
  });
  const whole = fc.nat({ max: 1000 });
  const lines = fc.record({ empty: whole, overhead: whole, perObservation: whole });
  const sizes = fc
    .uniqueArray(fc.integer({ min: 1, max: 64 }), { minLength: 3, maxLength: 8 })
    .map((list) => [0, 0, ...list]);
  const at = ({ empty, overhead, perObservation }: Line, n: number): number =>
    n === 0 ? empty : overhead + n * perObservation;

  it('lie on a line that is found again', () => {
    fc.assert(
      fc.property(lines, sizes, (line, list) => {
        const samples = list.map((n) => ({ n, count: at(line, n) }));
        expect(counts.lineThrough(samples)).toEqual({ findings: [], line });
      }),
    );
  });
  it('are refused if one of them is another', () => {
    fc.assert(
      fc.property(lines, sizes, fc.nat(), fc.integer({ min: 1, max: 9 }), (line, list, at1, by) => {
        const samples = list.map((n) => ({ n, count: at(line, n) }));
        const index = at1 % samples.length;
        samples[index] = { ...samples[index]!, count: samples[index]!.count + by };
        const { findings, line: found } = counts.lineThrough(samples);
        expect(findings.length).toBeGreaterThan(0);
        expect(found).toBeUndefined();
      }),
    );
  });
  it('say which sizes data decides', () => {
    const samples = [0, 1, 2, 3].map((n) => ({ n, count: 4 + n }));
    const { findings } = counts.lineThrough([...samples, { n: 2, count: 9 }]);
    expect(findings).toEqual(['n = 2: data decides between 6,9']);
  });
  it('need sizes enough', () => {
    const samples = [0, 1, 2].map((n) => ({ n, count: n }));
    expect(counts.lineThrough(samples).findings).toHaveLength(1);
    expect(counts.lineThrough([1, 2, 3].map((n) => ({ n, count: n }))).findings).toHaveLength(1);
  });

  const entry: Entry = {
    ...{ engine: 'u64', lanes: 64, arch: 'x64', ...goodLine, branches: 2 },
    ...{ method: 'static', dataSets: 1056, compiler: 'clang 1.2.3' },
  };
  it.each([
    [{ perObservation: 9 }, 'recorded 3 per observation'],
    [{ overhead: 9 }, 'measured 3 per observation + 9'],
    [{ empty: 9 }, '(without cells 9)'],
    [{ branches: 3 }, '2 branches, 3 now'],
    [{ compiler: 'clang 1.2.4' }, 'made by clang 1.2.3, not clang 1.2.4'],
  ])('are compared with the record: %o', (change, message) => {
    expect(counts.differences([entry], [entry])).toEqual([]);
    const [found, ...more] = counts.differences([{ ...entry, ...change }], [entry]);
    expect(found).toContain('x64 u64-64: ');
    expect(found).toContain(message);
    expect(more).toEqual([]);
  });
  it('are recorded for each kernel, and for no other', () => {
    const other = { ...entry, lanes: 256 };
    expect(counts.differences([entry, other], [entry])).toEqual(['x64 u64-256 is not recorded']);
    expect(counts.differences([entry], [entry, other])).toEqual([
      'x64 u64-256 is recorded but was not measured',
    ]);
  });
  it('stand in bench/instructions.json, each over 1,000 data sets and more', () => {
    const text = readFileSync(`${projectRoot}bench/instructions.json`, 'utf8');
    const { kernels } = JSON.parse(text) as { kernels: Entry[] };
    const names = kernels.map(({ arch, engine, lanes }) => `${arch} ${engine}-${lanes}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['x64 u64-64', 'x64 avx2-256', 'arm64 neon-256']));
    for (const kernel of kernels) {
      expect(kernel.dataSets).toBeGreaterThanOrEqual(1000);
      expect(kernel.branches).toBe(2);
    }
  });
});

describe('.ci/native-gates', () => {
  it('is executable and has no syntax error', () => {
    const path = `${projectRoot}.ci/native-gates`;
    expect(statSync(path).mode & 0o111).toBe(0o111);
    execFileSync('bash', ['-n', path]);
  });
});
