import { fail } from '../base/errors.ts';
import type { AuditBody } from '../receipts/verify/leaf-types.ts';
import type { RuntimeCore } from './core.ts';

/** Who did what to what, as the log keeps it: for ever, so no personal data belongs here. */
export interface AuditEntry {
  /** `access`: something was read or used; `config`: something was changed. */
  readonly kind: 'access' | 'config';
  /** Who did it. */
  readonly actor: string;
  /** To what. */
  readonly resource: string;
  /** A short name of what was done: 1 to 128 printable ASCII characters without spaces. */
  readonly action: string;
  readonly outcome: 'success' | 'failure' | 'denied';
  /** For people. */
  readonly reason?: string;
  /** Trace identifier of the caller, printable ASCII. */
  readonly trace?: string;
}

/** Where an entry stands in the log. */
export interface AuditReceipt {
  /** Index of the leaf in the log, from 0. */
  readonly seq: number;
  /** Leaf hash (RFC 6962), hexadecimal. */
  readonly hash: string;
  /** Time of the leaf in ms since 1970. */
  readonly time: number;
}

/** Writes one entry of the audit trail; resolves once it is durable. */
export async function auditOn(core: RuntimeCore, entry: AuditEntry): Promise<AuditReceipt> {
  if (core.closing) fail('KNHK_RUNTIME_CLOSED', 'audit', 'an open runtime', 'a closed one');
  const refusal = core.refusal();
  if (refusal !== undefined) throw refusal;
  const { kind, actor, resource, action, outcome, reason, trace } = entry;
  if (kind !== 'access' && kind !== 'config') {
    fail('KNHK_RUNTIME_OPTION', 'audit, kind', 'access or config', kind);
  }
  const body: AuditBody = {
    ...{ kind, actor, resource, action, outcome },
    ...(reason === undefined ? {} : { reason }),
    ...(trace === undefined ? {} : { trace }),
  };
  const { log } = core.parts;
  const time = log.tick();
  const { seq, hash, durable } = log.append(body, time);
  await durable;
  return { seq, hash, time };
}
