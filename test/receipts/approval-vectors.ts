import { readFileSync } from 'node:fs';
import type { ApprovalPolicy, ApprovalProblem } from '../../src/receipts/verify/index.ts';

/** A note, and what it is worth under the common policy with these changes. */
interface ApprovalVector {
  readonly name: string;
  readonly note: string;
  readonly answer: 'allow' | 'deny' | ApprovalProblem;
  readonly policy?: Partial<ApprovalPolicy>;
  /** Who signed, where it is not ann alone. */
  readonly approvers?: readonly string[];
}

const file = new URL('../vectors/approvals.json', import.meta.url);

export const approvalVectors = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly policy: ApprovalPolicy;
  readonly cases: readonly ApprovalVector[];
};
