import { fail } from '../base/errors.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import {
  type RulesDocument,
  rulesText,
  type SnapshotIdentity,
  snapshotText,
} from '../rules/document.ts';
import { linkSnapshot, type Snapshot } from '../rules/snapshot.ts';
import { documentFromText, type ShapesDocument } from '../shapes/document.ts';

/** The blobs that snapshots are read from: a log, or a log's directory opened for reading. */
export interface BlobSource {
  getBlob(hash: string): { readonly kind: string; readonly text: string } | undefined;
}

function blobOf(source: BlobSource, kind: string, hash: string): string {
  const blob = source.getBlob(hash);
  if (blob?.kind !== kind) {
    return fail('KNHK_LOG_BLOB', `blob ${hash}`, `a ${kind}`, blob?.kind ?? 'nothing');
  }
  return blob.text;
}

/** Stores a snapshot's identity and rules so that its hash finds them again. */
export function storeSnapshot(log: ReceiptLog, snapshot: Snapshot): void {
  log.putBlob('rules', rulesText(snapshot.document));
  log.putBlob('snapshot', snapshotText(snapshot));
}

/** A snapshot's stored identity. */
export function loadIdentity(source: BlobSource, hash: string): SnapshotIdentity {
  return JSON.parse(blobOf(source, 'snapshot', hash)) as SnapshotIdentity;
}

/** Stored rules by their hash. */
export function loadRules(source: BlobSource, hash: string): RulesDocument {
  return JSON.parse(blobOf(source, 'rules', hash)) as RulesDocument;
}

/** A stored snapshot linked with a catalogue; code that the catalogue lacks is left out. */
export function loadSnapshot(source: BlobSource, hash: string, catalogue: Catalogue): Snapshot {
  const identity = loadIdentity(source, hash);
  return linkSnapshot(loadRules(source, identity.rules), catalogue, identity);
}

/** Stored shapes by their hash; the text of a shapes blob is a JSON string of N-Quads. */
export function loadShapesDocument(source: BlobSource, hash: string): ShapesDocument {
  return documentFromText(JSON.parse(blobOf(source, 'shapes', hash)) as string);
}
