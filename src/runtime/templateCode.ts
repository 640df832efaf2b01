import { canonical, type Json } from '../base/canonical.ts';
import { limits } from '../base/limits.ts';
import { type Block, type BlockColumn, classesOf } from '../kernel/block.ts';
import { coordinateOf } from '../kernel/coordinate.ts';
import type { Program } from '../kernel/program.ts';
import type { Action, ActionTemplate, TemplateLeaf } from '../rules/actions.ts';
import { BadAction, checkAction } from '../rules/actions.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Operand } from '../terms/conditions.ts';
import type { Field, FieldKind } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import { type Scalar, utf8Length } from '../terms/scalars.ts';
import { classCode, rowUse } from './classCode.ts';
import { generated } from './generate.ts';
import { fieldSource } from './place.ts';
import type { Part } from './searchCode.ts';

/** One template as functions of raw input that was found readable. */
export interface TemplateCode {
  /** What a guard's operand of one column is, for explaining; see {@link leafBehind}. */
  readonly leaves: ReadonlyMap<string, Leaf>;
  /** False where the action's text might be too long, so that it must be checked whole. */
  fits(input: object): boolean;
  make(input: object): Action;
  /** Bits of the guards whose conditions all hold; -1 never comes, for there are fewer than 32. */
  judge(input: object): number;
}

/** Kinds whose raw value is what code sees and what canonical JSON holds. */
const plainKinds: ReadonlySet<FieldKind> = new Set([
  ...(['integer', 'number', 'boolean', 'string', 'iri', 'oneOf'] as const),
]);
const textKinds: ReadonlySet<FieldKind> = new Set(['string', 'iri', 'oneOf']);
// No escape of a UTF-16 unit is longer than six bytes, no number than 25 characters.
const bytesPerUnit = 6;
const longestNumber = 32;

/** A value of a template: written out, or copied from a field. */
export type Leaf =
  | { readonly value: Json | undefined }
  | { readonly name: string; readonly field: Field };

/** A value that is not there. */
const nothing: Leaf = { value: undefined };

/** What a template's leaf gives, undefined where more than a plain field that is there. */
function leafOf(leaf: TemplateLeaf, { fields }: Observation, snapshot: Snapshot): Leaf | undefined {
  if (typeof leaf === 'object' && leaf !== null && !Array.isArray(leaf)) {
    if ('param' in leaf) return { value: snapshot.parameters[leaf['param'] as string] as Json };
    const name = (leaf as { readonly field: string }).field;
    const field = fields[name];
    if (field === undefined || field.optional || !plainKinds.has(field.kind)) return undefined;
    return { name, field };
  }
  return { value: leaf as Json };
}

/** A value that the field holds, to try a template with. */
function sampleOf({ kind, values }: Field): Scalar {
  if (kind === 'oneOf') return values![0]!;
  if (kind === 'iri') return 'urn:a';
  return kind === 'string' ? 'a' : kind === 'boolean' ? true : 1;
}

/**
 * Compiles a template with the guards of its action type. Undefined where an action needs the whole
 * way: other kinds of fields, declarations that a value of the field might not fit, code, windows,
 * budgets.
 */
export function templateCode(
  template: ActionTemplate,
  observation: Observation,
  snapshot: Snapshot,
): TemplateCode | undefined {
  const target = leafOf(template.target, observation, snapshot);
  if (target === undefined || !isText(target)) return undefined;
  const data: [string, Leaf][] = [];
  for (const [name, leaf] of Object.entries(template.data ?? {}).sort(byName)) {
    const known = leafOf(leaf, observation, snapshot);
    if (known === undefined) return undefined;
    data.push([name, known]);
  }
  const sample: Action = {
    data: Object.fromEntries(
      data.map(([name, leaf]) => [name, sampleValue(leaf)]),
    ) as Action['data'],
    target: sampleValue(target) as string,
    type: template.type,
  };
  const checked = checkAction(sample, snapshot.actions);
  if (checked instanceof BadAction || !fitsDeclaration(template.type, data, snapshot)) {
    return undefined;
  }
  const leaves = new Map<string, Leaf>([...data, ['target', target]]);
  const guards = judgeCode(snapshot.guardPlan(template.type).program, leaves, observation);
  if (guards === undefined) return undefined;
  const make = makeCode(
    template.type,
    target,
    data,
    utf8Length(canonical(sample as unknown as Json)),
  );
  return { ...functionsOf(make, guards), leaves };
}

const byName = ([one]: readonly [string, unknown], [two]: readonly [string, unknown]): number =>
  one < two ? -1 : one > two ? 1 : 0;

function isText(leaf: Leaf): boolean {
  return 'field' in leaf ? textKinds.has(leaf.field.kind) : typeof leaf.value === 'string';
}

function sampleValue(leaf: Leaf): Json {
  return 'field' in leaf ? sampleOf(leaf.field) : (leaf.value as Json);
}

/** True if every value of a copied field fits what the action's type declares for it. */
function fitsDeclaration(
  type: string,
  data: readonly (readonly [string, Leaf])[],
  { actions }: Snapshot,
): boolean {
  const declared = actions.get(type)?.fields;
  if (declared === undefined) return true;
  return data.every(([name, leaf]) => {
    if (!('field' in leaf)) return plainKinds.has(declared[name]!.kind);
    const { kind, values } = declared[name]!;
    if (kind !== leaf.field.kind) return false;
    return kind !== 'oneOf' || leaf.field.values!.every((value) => values!.includes(value));
  });
}

function makeCode(
  type: string,
  target: Leaf,
  data: readonly (readonly [string, Leaf])[],
  sampleBytes: number,
): Part {
  const constants: Record<string, unknown> = { freeze: Object.freeze };
  let number = 0;
  const texts: string[] = [];
  const read = (leaf: Leaf): string => {
    if (!('field' in leaf)) {
      constants[`k${number}`] = deepFrozen(leaf.value as Json);
      return `k${number++}`;
    }
    const access = `input[${JSON.stringify(leaf.name)}]`;
    if (textKinds.has(leaf.field.kind)) texts.push(`${access}.length`);
    return access;
  };
  const members = data.map(([name, leaf]) => `${keyCode(name)}: ${read(leaf)}`);
  const to = read(target);
  const room = limits.actionBytes - sampleBytes - longestNumber * data.length;
  const fits =
    texts.length === 0 ? `${room} >= 0` : `${bytesPerUnit} * (${texts.join(' + ')}) <= ${room}`;
  const code = `function fits(input) { return ${fits}; }
function make(input) {
  const data = freeze({ ${members.join(', ')} });
  return freeze({ data, target: ${to}, type: ${JSON.stringify(type)} });
}`;
  return { code, constants };
}

/** A written-out key is faster than a computed one, but would make this one the prototype. */
function keyCode(name: string): string {
  const text = JSON.stringify(name);
  return name === '__proto__' ? `[${text}]` : text;
}

function deepFrozen(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  for (const item of Object.values(value)) deepFrozen(item);
  return Object.freeze(value) as Json;
}

/** Guards of at most 31 lanes in one block, over what the template copies and plain fields. */
function judgeCode(
  program: Program,
  leaves: ReadonlyMap<string, Leaf>,
  observation: Observation,
): Part | undefined {
  const { blocks, groups, wides } = program.root;
  const [block] = blocks;
  if (groups.length + wides.length > 0 || blocks.length > 1 || program.laneCount > 31) {
    return undefined;
  }
  if (block === undefined) return { code: 'function judge() { return 0; }', constants: {} };
  const parts = block.columns.map((column, index) => {
    const axis = program.columns[column.column]!;
    const leaf =
      axis.operands.length > 1 ? undefined : leafBehind(axis.operands[0]!, leaves, observation);
    if (leaf === undefined || axis.shape !== 'values') return undefined;
    if (!('field' in leaf)) return constantCode(column, coordinateOf(axis, leaf.value));
    const same = axis.kind === leaf.field.kind && plainKinds.has(axis.kind);
    if (!same) return undefined;
    const source = fieldSource(axis, leaf.name, leaf.field, true);
    const { use, constants } = rowUse(column.rows, 1, `g${index}`);
    const part = classCode(column, source, `g${index}`, use);
    return { code: part.code, constants: { ...part.constants, ...constants } };
  });
  if (parts.includes(undefined)) return undefined;
  return {
    code: `function judge(input) {
  let c = 0, w0 = ${2 ** block.lanes.length - 1};
  ${parts.map((part) => part!.code).join('\n  ')}
  return spread(w0);
}`,
    constants: Object.assign(
      { spread: spreadOf(program, block) },
      ...parts.map((p) => p!.constants),
    ),
  };
}

function constantCode(column: BlockColumn, place: number): Part {
  return { code: `w0 &= ${column.rows[classesOf(column)(place)]!};`, constants: {} };
}

/** Where a guard's operand comes from; undefined where it takes more than a plain value. */
export function leafBehind(
  operand: Operand,
  leaves: ReadonlyMap<string, Leaf>,
  { fields }: Observation,
): Leaf | undefined {
  if ('window' in operand || 'budget' in operand || operand.part !== undefined) return undefined;
  if ('action' in operand) return leaves.get(operand.action) ?? nothing;
  const field = fields[operand.field];
  return field === undefined ? nothing : { name: operand.field, field };
}

/** Turns the block's lanes into guards as given. */
function spreadOf({ owners }: Program, { lanes }: Block): (word: number) => number {
  const masks = lanes.map((lane) => owners[lane]!.reduce((mask, owner) => mask | (1 << owner), 0));
  return (word) => {
    let spread = 0;
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      spread |= masks[31 - Math.clz32(rest & -rest)]!;
    }
    return spread;
  };
}

function functionsOf(make: Part, judge: Part): Omit<TemplateCode, 'leaves'> {
  const constants = { ...make.constants, ...judge.constants };
  const body = `${make.code}
${judge.code}
return { fits, make, judge };`;
  return generated(body, constants);
}
