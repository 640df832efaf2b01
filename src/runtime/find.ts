import { fail } from '../base/errors.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import type { RuntimeCore } from './core.ts';
import { loadIdentity, loadRules } from './store.ts';

/** What receipts are looked for by; exactly one of id, hash, subject and hook. */
export interface ReceiptQuery {
  /** The id that was given to apply(), with the type it was given for. */
  readonly id?: string;
  /** The observation type of `id`. */
  readonly type?: { readonly type: string };
  /** Leaf hash, hexadecimal; 16 digits at least. */
  readonly hash?: string;
  /** The data subject: value of the field that declarations name as `personal` or `subject`. */
  readonly subject?: string;
  /** Name of a hook that fired. */
  readonly hook?: string;
  /** At most as many, the newest ones. */
  readonly limit?: number;
}

/** The field of each declaration that holds the data subject, by the declaration's hash. */
export function subjectFields(catalogue: Catalogue): Readonly<Record<string, string>> {
  const declared = [...catalogue.observations.values()];
  return Object.fromEntries(declared.map(({ hash, personal }) => [hash, personal]));
}

/** Finds durable receipts. */
export function findOn(core: RuntimeCore, query: ReceiptQuery): readonly number[] {
  const { id, type, hash, subject, hook, limit } = query;
  const { log, commitments } = core.parts;
  const given = [id, hash, subject, hook].filter((value) => value !== undefined).length;
  const isNamed = (id === undefined) === (type === undefined);
  if (given !== 1 || !isNamed) {
    const expected = 'one of id (with its type), hash, subject and hook';
    fail('KNHK_LOG_QUERY', 'findReceipts', expected, Object.keys(query));
  }
  if (id !== undefined) return findId(core, type?.type ?? '', id);
  const most = limit === undefined ? {} : { limit };
  if (hash !== undefined) return log.find({ hash, ...most });
  if (subject !== undefined) return log.find({ subject: commitments.subject(subject), ...most });
  return log.find({ fired: hookPlaces(core, hook ?? ''), ...most });
}

function findId({ parts: { log, commitments } }: RuntimeCore, type: string, id: string): number[] {
  const seq = log.findId(commitments.id(type, id));
  return seq === undefined || seq >= log.durableSize ? [] : [seq];
}

/** Where a hook stands in the order of each snapshot that the log names. */
function hookPlaces(
  { parts: { log } }: RuntimeCore,
  hook: string,
): (snapshot: string) => number | undefined {
  const places = new Map<string, number>();
  return (snapshot) => {
    let place = places.get(snapshot);
    if (place === undefined) {
      const { hooks } = loadRules(log, loadIdentity(log, snapshot).rules);
      place = hooks.findIndex(({ name }) => name === hook);
      places.set(snapshot, place);
    }
    return place < 0 ? undefined : place;
  };
}
