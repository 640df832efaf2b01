import { freezeCopy, hashOf, type Json, type JsonObject } from '../base/canonical.ts';
import { describe, fail, KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Fields, FieldsInput } from '../terms/fields.ts';
import { checkFieldName, checkTypeName } from '../terms/observation.ts';
import { type Data, type Reader, readerOf } from '../terms/read.ts';
import { utf8Length } from '../terms/scalars.ts';

/** What a hook proposes: a type, a target and plain data, canonical JSON of at most 4 KiB. */
export interface Action {
  /** Lower-case words joined by dots and hyphens, such as `connection.hold`. */
  readonly type: string;
  /** What it acts on; the key of most budgets. */
  readonly target: string;
  /** Its arguments; where the type is declared, they fit the declaration. */
  readonly data: JsonObject;
}

/** A declared type of action; made by {@link defineAction}. */
export interface ActionDeclaration<F extends Fields = Fields> {
  readonly kind: 'action';
  /** Its name, such as `connection.hold`. */
  readonly type: string;
  /** Its data fields by name. */
  readonly fields: F;
  /** Content hash (SHA-256, lower-case hex). */
  readonly hash: string;
}

/**
 * Makes an action: `target` names what it acts on, every other key is a data field. It is checked
 * when a hook has returned it: what does not fit makes the outcome `failed`.
 *
 * @example
 * action('connection.hold', { target: 'ATL', minutes: 20 }).data; // => { minutes: 20 }
 */
export function action(type: string, members: { readonly target: string } & JsonObject): Action {
  const { target, ...data } = members;
  return { type, target, data };
}

/**
 * Declares the data of a type of action. Required for each type that a guard's conditions name; an
 * action that does not fit makes its observation `failed`.
 *
 * @param declaration up to 64 fields, none of them called `target`
 * @throws KnhkError KNHK_TERMS_NAME, KNHK_LIMIT_FIELDS, KNHK_BASE_NOT_CANONICAL where a value of
 * oneOf is ill-formed Unicode
 * @example
 * defineAction('connection.hold', { fields: { minutes: integer() } }).type; // => 'connection.hold'
 * defineAction('hold', { fields: { target: string() } }); // => throws KNHK_TERMS_NAME
 */
export function defineAction<const F extends Fields>(
  type: string,
  declaration: { readonly fields: F },
): ActionDeclaration<F> {
  checkTypeName(type, 'action type');
  const names = Object.keys(declaration.fields);
  if (names.length > limits.fieldsPerObservation) {
    const expected = `at most ${limits.fieldsPerObservation} fields`;
    fail('KNHK_LIMIT_FIELDS', `action ${type}`, expected, names.length);
  }
  for (const name of names) {
    checkFieldName(name, `action ${type}, field ${name}`);
    if (name === 'target') {
      fail('KNHK_TERMS_NAME', `action ${type}`, 'data fields other than target', 'target');
    }
  }
  const fields = Object.freeze({ ...declaration.fields });
  return Object.freeze({ kind: 'action', type, fields, hash: hashOf('action', { type, fields }) });
}

/** What {@link action} takes as data of a declared action, typed. */
export type ActionInput<D> = D extends ActionDeclaration<infer F> ? FieldsInput<F> : never;

/** An action that was checked: frozen, with its canonical text and the data that guards see. */
export interface CheckedAction {
  readonly action: Action;
  readonly text: string;
  /** Declared data as guards see it (instants in ms); the plain data where undeclared. */
  readonly seen: Data;
}

/** Why a hook's answer is not a usable action. */
export class BadAction {
  readonly code: 'KNHK_HOOK_ANSWER' | 'KNHK_HOOK_ACTION';
  readonly message: string;
  constructor(code: 'KNHK_HOOK_ANSWER' | 'KNHK_HOOK_ACTION', message: string) {
    this.code = code;
    this.message = message;
  }
}

const actionNames = 'data,target,type';
const readers = new WeakMap<ActionDeclaration, Reader>();

/** Checks and freezes one answer of a hook; every member is read once. */
export function checkAction(
  answer: unknown,
  declarations: ReadonlyMap<string, ActionDeclaration>,
): CheckedAction | BadAction {
  let copy: Json;
  let text: string;
  try {
    ({ value: copy, text } = freezeCopy(answer, 'action'));
  } catch (error) {
    const message = error instanceof KnhkError ? error.message : describe(error);
    return new BadAction('KNHK_HOOK_ANSWER', message);
  }
  if (!isAction(copy)) {
    return new BadAction('KNHK_HOOK_ANSWER', 'expected {type, target, data} with a type name');
  }
  if (3 * text.length > limits.actionBytes && utf8Length(text) > limits.actionBytes) {
    return new BadAction('KNHK_HOOK_ACTION', `more than ${limits.actionBytes} bytes`);
  }
  const declaration = declarations.get(copy.type);
  if (declaration === undefined) return { action: copy, text, seen: copy.data as Data };
  let reader = readers.get(declaration);
  if (reader === undefined) {
    reader = readerOf(declaration.fields);
    readers.set(declaration, reader);
  }
  const read = reader.read(copy.data);
  if (read.ok) return { action: copy, text, seen: read.data };
  const issue = read.issues[0]!;
  const message = `${copy.type} ${issue.path}: expected ${issue.expected}, got ${issue.got}`;
  return new BadAction('KNHK_HOOK_ACTION', message);
}

function isAction(value: Json): value is Json & Action {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { type, target, data } = value as JsonObject;
  // A frozen copy has its names in order.
  if (Object.keys(value).join() !== actionNames || typeof target !== 'string') return false;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  try {
    checkTypeName(type, 'action');
    return true;
  } catch {
    return false;
  }
}

/** A template's leaf: a literal, a field of the observation, or a parameter. */
export type TemplateLeaf = Json | { readonly field: string } | { readonly param: string };

/** An action as data, for hooks without code; `{field}` and `{param}` are filled in. */
export interface ActionTemplate {
  /** Type of the action. */
  readonly type: string;
  /** What it acts on; must come out as a string, and a field it names must be there. */
  readonly target: TemplateLeaf;
  /** Data by name; a leaf whose field is absent is left out. */
  readonly data?: { readonly [name: string]: TemplateLeaf };
}
