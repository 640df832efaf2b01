import { hashOf } from '../base/canonical.ts';
import { describe, fail } from '../base/errors.ts';
import type { FieldKind } from '../terms/fields.ts';
import { checkFieldName } from '../terms/observation.ts';
import { compareDecimals, readScalar, type Scalar, Unreadable } from '../terms/scalars.ts';

/** Kinds that a parameter can have. */
export type ParameterKind = 'integer' | 'number' | 'decimal' | 'boolean' | 'string';

/** A value that rules name and that the loop may change within its range. */
export interface Parameter {
  readonly kind: 'parameter';
  readonly name: string;
  readonly valueKind: ParameterKind;
  /** The declared value, which holds until a promotion changes it. */
  readonly value: Scalar;
  /** Least value. */
  readonly min?: Scalar;
  /** Greatest value. */
  readonly max?: Scalar;
  /** True where no promotion may change it. */
  readonly protected: boolean;
  /** Content hash (SHA-256, lower-case hex). */
  readonly hash: string;
}

/** What {@link defineParameter} is given. */
export interface ParameterDeclaration {
  /** At most 64 letters, digits or underscores, a letter first. */
  readonly name: string;
  readonly kind: ParameterKind;
  /** The value until a promotion changes it; a decimal as canonical string, like `'1.5'`. */
  readonly value: Scalar;
  /** Least value; ordered kinds only. */
  readonly min?: Scalar;
  /** Greatest value; ordered kinds only. */
  readonly max?: Scalar;
  /** A protected parameter cannot be changed by a promotion. */
  readonly protected?: boolean;
}

/**
 * Declares a parameter. Conditions name it with `param('name')`, code reads `parameters.name`.
 *
 * @throws KnhkError KNHK_TERMS_NAME, KNHK_RULES_PARAMETER
 * @example
 * const late = { name: 'lateMinutes', kind: 'integer', min: 15, max: 180 } as const;
 * defineParameter({ ...late, value: 45 }).value; // => 45
 * defineParameter({ ...late, value: 10 }); // => throws KNHK_RULES_PARAMETER
 */
export function defineParameter(declaration: ParameterDeclaration): Parameter {
  checkFieldName(declaration.name, 'parameter');
  const where = `parameter ${declaration.name}`;
  const { kind, name } = declaration;
  const ordered = kind === 'integer' || kind === 'number' || kind === 'decimal';
  if (!ordered && (declaration.min !== undefined || declaration.max !== undefined)) {
    fail('KNHK_RULES_PARAMETER', where, 'min and max only on numbers', kind);
  }
  for (const bound of ['value', 'min', 'max'] as const) {
    const value = declaration[bound];
    if (value === undefined && bound !== 'value') continue;
    const problem = valueProblem({ valueKind: kind }, value);
    if (problem !== undefined) fail('KNHK_RULES_PARAMETER', `${where}, ${bound}`, problem, value);
  }
  const body = {
    name,
    valueKind: kind,
    value: declaration.value,
    ...(declaration.min === undefined ? {} : { min: declaration.min }),
    ...(declaration.max === undefined ? {} : { max: declaration.max }),
    protected: declaration.protected === true,
  };
  const problem = valueProblem(body, declaration.value);
  if (problem !== undefined) fail('KNHK_RULES_PARAMETER', where, problem, declaration.value);
  return Object.freeze({ kind: 'parameter', ...body, hash: hashOf('parameter', body) });
}

/** What a value would have to be to fit a parameter, or undefined where it fits. */
export function valueProblem(
  parameter: { readonly valueKind: FieldKind; readonly min?: Scalar; readonly max?: Scalar },
  value: unknown,
): string | undefined {
  const { valueKind, min, max } = parameter;
  const read = readScalar({ kind: valueKind, optional: false }, value);
  if (read instanceof Unreadable) return `${read.expected} (got ${describe(value)})`;
  if (read !== value) return `the canonical form ${read}`;
  if (min !== undefined && compareScalars(read, min) < 0) return `at least ${min}`;
  if (max !== undefined && compareScalars(read, max) > 0) return `at most ${max}`;
  return undefined;
}

/** Compares two numbers or two canonical decimals. */
function compareScalars(left: Scalar, right: Scalar): number {
  if (typeof left === 'string' && typeof right === 'string') return compareDecimals(left, right);
  return Number(left) - Number(right);
}
