import type { RangeOperator } from '../shapes/model.ts';
import { xsd } from '../shapes/vocabulary.ts';
import type { Operator } from '../terms/conditions.ts';
import type { Field } from '../terms/fields.ts';
import { formatInstant, readDecimal, readInstant, type Scalar } from '../terms/scalars.ts';
import type { TermLike } from '../terms/turtle.ts';
import { always, type Formula, never } from './sigma-formula.ts';
import { onField } from './sigma-nodes.ts';

const integerPattern = /^[+-]?\d+$/;
const decimalPattern = /^[+-]?\d+(?:\.\d+)?$/;
const doublePattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const instantPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-](?:0\d|1[0-3]):\d\d)$/;
/** Bounds with more digits are left to the engine. */
const digitsMax = 400;

const operators: Readonly<Record<RangeOperator, Operator>> = {
  ...{ minInclusive: 'gte', minExclusive: 'gt', maxInclusive: 'lte', maxExclusive: 'lt' },
};

/**
 * A range on a field whose values are numbers or instants (W3C SHACL, section 4.3), exactly as
 * SPARQL's `<` decides it; undefined where rows cannot say it.
 */
export function rangeOf(
  name: string,
  field: Field,
  range: RangeOperator,
  bound: TermLike,
): Formula | undefined {
  if (bound.termType !== 'Literal' || bound.value.length > digitsMax) return undefined;
  const op = operators[range];
  const compare = (value: Scalar): Formula => onField(name, field, op, { value });
  switch (field.kind) {
    case 'integer': {
      const whole = wholeBound(bound);
      return whole === undefined ? undefined : integerRange(name, field, range, whole);
    }
    case 'number': {
      const value = doubleOf(bound);
      return value === undefined ? undefined : compare(value);
    }
    case 'decimal': {
      const value = isDecimal(bound) ? readDecimal(bound.value) : undefined;
      return value === undefined ? undefined : compare(value);
    }
    case 'instant':
      return instantRange(name, field, range, bound);
    default:
      return undefined;
  }
}

function isDecimal({ datatype, value }: TermLike): boolean {
  if (datatype?.value === `${xsd}integer`) return integerPattern.test(value);
  return datatype?.value === `${xsd}decimal` && decimalPattern.test(value);
}

/** A finite double as it is; an integer or decimal becomes the nearest one, as SPARQL promotes. */
function doubleOf(bound: TermLike): number | undefined {
  const isDouble = bound.datatype?.value === `${xsd}double` && doublePattern.test(bound.value);
  if (!isDouble && !isDecimal(bound)) return undefined;
  const value = Number(bound.value);
  return Number.isFinite(value) ? value + 0 : undefined;
}

/** The greatest whole number up to the bound, and whether that is the bound. */
interface WholeBound {
  readonly floor: bigint;
  readonly isWhole: boolean;
}

function wholeBound(bound: TermLike): WholeBound | undefined {
  if (!isDecimal(bound)) {
    const value = doubleOf(bound);
    if (value === undefined) return undefined;
    return { floor: BigInt(Math.floor(value)), isWhole: Number.isInteger(value) };
  }
  const [whole = '', fraction = ''] = bound.value.split('.');
  const isWhole = /^0*$/.test(fraction);
  const towardsZero = BigInt(whole.replace('+', ''));
  const isBelow = whole.startsWith('-') && !isWhole;
  return { floor: isBelow ? towardsZero - 1n : towardsZero, isWhole };
}

const greatest = BigInt(Number.MAX_SAFE_INTEGER);

/** Whole numbers from or up to the last one that lies within; no field holds more than 2^53-1. */
function integerRange(
  name: string,
  field: Field,
  range: RangeOperator,
  { floor, isWhole }: WholeBound,
): Formula {
  if (range === 'minInclusive' || range === 'minExclusive') {
    const least = range === 'minInclusive' && isWhole ? floor : floor + 1n;
    if (least <= -greatest) return always;
    return least > greatest ? never : onField(name, field, 'gte', { value: Number(least) });
  }
  const most = range === 'maxExclusive' && isWhole ? floor - 1n : floor;
  if (most >= greatest) return always;
  return most < -greatest ? never : onField(name, field, 'lte', { value: Number(most) });
}

/** Fields hold milliseconds; a bound may lie between two of them. */
function instantRange(
  name: string,
  field: Field,
  range: RangeOperator,
  bound: TermLike,
): Formula | undefined {
  const match =
    bound.datatype?.value === `${xsd}dateTime` ? instantPattern.exec(bound.value) : null;
  if (match === null) return undefined;
  const fraction = match[2] ?? '';
  const ms = readInstant(`${match[1]}.${fraction.slice(0, 3).padEnd(3, '0')}${match[3]}`);
  if (ms === undefined) return undefined;
  const isBetween = /[1-9]/.test(fraction.slice(3));
  const between = range === 'minInclusive' || range === 'minExclusive' ? 'gt' : 'lte';
  const op = isBetween ? between : operators[range];
  return onField(name, field, op, { value: formatInstant(ms) });
}
