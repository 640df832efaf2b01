import type { Json } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import type { Field } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import { type FieldValue, formatInstant, type Scalar } from '../terms/scalars.ts';
import type { Action, ActionTemplate, TemplateLeaf } from './actions.ts';

/** Compiled templates of one hook. */
export interface Templates {
  /** Fills them in for one observation; undefined where a target is absent. */
  fill(data: Data): readonly (Action | undefined)[];
  /** True if they name no field: the same actions whatever the observation. */
  readonly constant: boolean;
}

type Fill = (data: Data) => Json | undefined;

/**
 * Compiles action templates; fields and parameters they name must be declared.
 *
 * @throws KnhkError KNHK_RULES_TEMPLATE
 */
export function compileTemplates(
  templates: readonly ActionTemplate[],
  observation: Observation,
  parameters: { readonly [name: string]: Scalar },
  where: string,
): Templates {
  const fills = templates.map((template) => {
    const leaf = (name: string, value: TemplateLeaf): Fill =>
      fillOf(value, observation, parameters, `${where}, template ${template.type}, ${name}`);
    const data = Object.entries(template.data ?? {}).map(([name, value]): [string, Fill] => [
      name,
      leaf(name, value),
    ]);
    return { type: template.type, target: leaf('target', template.target), data };
  });
  const leaves = templates.flatMap(({ target, data }) => [target, ...Object.values(data ?? {})]);
  return {
    constant: !leaves.some(namesField),
    fill: (record) =>
      fills.map(({ type, target, data }) => {
        const to = target(record);
        if (typeof to !== 'string') return undefined;
        const members: Record<string, Json> = {};
        for (const [name, fill] of data) {
          const value = fill(record);
          if (value !== undefined) setMember(members, name, value);
        }
        return { type, target: to, data: members };
      }),
  };
}

/** A member called __proto__ is plain data like any other. */
function setMember(members: Record<string, Json>, name: string, value: Json): void {
  if (name !== '__proto__') members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true });
}

const namesField = (leaf: TemplateLeaf): boolean =>
  typeof leaf === 'object' && leaf !== null && 'field' in leaf;

function fillOf(
  leaf: TemplateLeaf,
  observation: Observation,
  parameters: { readonly [name: string]: Scalar },
  where: string,
): Fill {
  if (typeof leaf !== 'object' || leaf === null || Array.isArray(leaf)) return () => leaf as Json;
  const keys = Object.keys(leaf);
  const name = (leaf as Record<string, unknown>)[keys[0] as string];
  if (keys.length === 1 && keys[0] === 'param' && typeof name === 'string') {
    if (!Object.hasOwn(parameters, name)) {
      fail('KNHK_RULES_TEMPLATE', where, 'a declared parameter', name);
    }
    return () => parameters[name];
  }
  if (keys.length === 1 && keys[0] === 'field' && typeof name === 'string') {
    const field = Object.hasOwn(observation.fields, name) ? observation.fields[name] : undefined;
    if (field === undefined) fail('KNHK_RULES_TEMPLATE', where, 'a declared field', name);
    return fieldFill(name, field);
  }
  return fail('KNHK_RULES_TEMPLATE', where, 'a literal, {field} or {param}', keys.join());
}

function fieldFill(name: string, field: Field): Fill {
  const { kind, of } = field;
  if ((of?.kind ?? kind) !== 'instant') return (data) => data[name];
  const text = (value: FieldValue | undefined): Json | undefined => {
    if (value === undefined) return undefined;
    return typeof value === 'object'
      ? value.map((item) => formatInstant(item as number))
      : formatInstant(value as number);
  };
  return (data) => text(data[name]);
}
