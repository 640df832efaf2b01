import type { TermLike } from '../terms/turtle.ts';
import { compareLiterals, lengthInCodePoints } from './compare.ts';
import { regexOf } from './literals/regex.ts';
import { isWellFormed } from './literals/well-formed.ts';
import { termText } from './nquads.ts';
import { sh } from './vocabulary.ts';

interface Pointer {
  readonly terms: readonly TermLike[];
  out(predicate: TermLike): Pointer;
}
interface ListPointer {
  list(): Iterable<{ readonly term: TermLike }> | null;
}
interface Context {
  readonly factory: { namedNode(value: string): TermLike };
  readonly $data: {
    readonly dataset: { match(subject: TermLike, predicate: TermLike): { readonly size: number } };
    node(term: TermLike): Pointer;
  };
  readonly $shapes: { node(term: TermLike): ListPointer };
  nodeConformsToShape(node: TermLike, shape: TermLike): boolean;
}
interface Constraint {
  readonly shape: {
    readonly pathObject: object | null;
    getValueNodes(focus: TermLike, data: Context['$data']): readonly TermLike[];
  };
  getParameterValue(parameter: TermLike): TermLike;
}
type Check = (
  context: Context,
  focus: TermLike,
  value: TermLike,
  constraint: Constraint,
) => boolean | readonly { readonly value: TermLike }[];

/** A constraint component's check in the form that rdf-validate-shacl registers. */
export interface Validator {
  readonly validate?: Check;
  readonly nodeValidate?: Check;
  readonly propertyValidate?: Check;
  readonly validationMessage?: string;
  readonly nodeValidationMessage?: string;
  readonly propertyValidationMessage?: string;
}

function parameter(name: string): TermLike {
  return { termType: 'NamedNode', value: sh + name };
}

function bound(name: string, words: string, holds: (order: number) => boolean): Validator {
  const term = parameter(name);
  return {
    validate(_context, _focus, value, constraint) {
      const order = compareLiterals(value, constraint.getParameterValue(term));
      return order !== undefined && holds(order);
    },
    validationMessage: `Value is not ${words} {$${name}}`,
  };
}

function pairs(name: string, words: string, holds: (order: number) => boolean): Validator {
  const term = parameter(name);
  return {
    propertyValidate(context, focus, _value, constraint) {
      const others = context.$data.node(focus).out(constraint.getParameterValue(term)).terms;
      const wrong: { value: TermLike }[] = [];
      for (const value of constraint.shape.getValueNodes(focus, context.$data)) {
        for (const other of others) {
          const order = compareLiterals(value, other);
          if (order === undefined || !holds(order)) wrong.push({ value });
        }
      }
      return wrong;
    },
    propertyValidationMessage: `Value is not ${words} value of {$${name}}`,
  };
}

function count(
  name: string,
  words: string,
  holds: (size: number, limit: number) => boolean,
): Validator {
  const term = parameter(name);
  return {
    propertyValidate(context, focus, _value, constraint) {
      const limit = Number(constraint.getParameterValue(term).value);
      return holds(countValues(context, focus, constraint), limit);
    },
    propertyValidationMessage: `${words} than {$${name}} values`,
  };
}

// Not wrong in the engine, but it walks the path and makes a set for each count; the objects of
// one predicate are distinct already, because a graph is a set.
function countValues({ $data }: Context, focus: TermLike, { shape }: Constraint): number {
  const path = shape.pathObject;
  return path !== null && 'termType' in path
    ? $data.dataset.match(focus, path as TermLike).size
    : shape.getValueNodes(focus, $data).length;
}

function length(
  name: string,
  words: string,
  holds: (size: number, limit: number) => boolean,
): Validator {
  const term = parameter(name);
  return {
    validate(_context, _focus, value, constraint) {
      if (value.termType === 'BlankNode') return false;
      const limit = Number(constraint.getParameterValue(term).value);
      return holds(lengthInCodePoints(value.value), limit);
    },
    validationMessage: `Value has ${words} than {$${name}} characters`,
  };
}

const patternTerm = parameter('pattern');
const flagsTerm = parameter('flags');

// The engine compiles an expression anew for each value; constraints live as long as the shapes.
const expressions = new WeakMap<Constraint, RegExp>();

const pattern: Validator = {
  validate(_context, _focus, value, constraint) {
    if (value.termType === 'BlankNode') return false;
    let expression = expressions.get(constraint);
    if (expression === undefined) {
      const flags = optionalParameter(constraint, flagsTerm)?.value ?? '';
      const made = regexOf(constraint.getParameterValue(patternTerm).value, flags);
      if (!(made instanceof RegExp)) throw new Error(`unchecked pattern: ${made.error}`);
      expression = made;
      expressions.set(constraint, expression);
    }
    return expression.test(value.value);
  },
  validationMessage: 'Value does not match pattern "{$pattern}"',
};

function optionalParameter(constraint: Constraint, term: TermLike): TermLike | undefined {
  return constraint.getParameterValue(term) as TermLike | undefined;
}

const andTerm = parameter('and');

// The engine replaces the members' own paths by the path of a property shape that has sh:and.
const and: Validator = {
  validate(context, _focus, value, constraint) {
    const list = context.$shapes.node(constraint.getParameterValue(andTerm)).list() ?? [];
    for (const { term } of list) if (!context.nodeConformsToShape(value, term)) return false;
    return true;
  },
};

const datatypeTerm = parameter('datatype');

// The engine looks at the shape of a text alone and takes a thirteenth month for one.
const datatype: Validator = {
  validate(_context, _focus, value, constraint) {
    const wanted = constraint.getParameterValue(datatypeTerm).value;
    return value.datatype?.value === wanted && isWellFormed(wanted, value.value);
  },
  validationMessage: 'Value does not have datatype {$datatype}',
};

const equalsTerm = parameter('equals');

// At a node shape the engine forgets the focus node where the property has other values alone.
const sameValues: Check = (context, focus, _value, constraint) => {
  const values = constraint.shape.getValueNodes(focus, context.$data);
  const others = context.$data.node(focus).out(constraint.getParameterValue(equalsTerm)).terms;
  return [...missing(values, others), ...missing(others, values)];
};

function missing(terms: readonly TermLike[], among: readonly TermLike[]): { value: TermLike }[] {
  const texts = new Set(among.map(termText));
  return terms.filter((term) => !texts.has(termText(term))).map((value) => ({ value }));
}

const equals: Validator = {
  nodeValidate: sameValues,
  nodeValidationMessage: 'Must have same values as {$equals}',
  propertyValidate: sameValues,
  propertyValidationMessage: 'Must have same values as {$equals}',
};

const languageInTerm = parameter('languageIn');

// The engine takes "english" for a form of "en", "EN" for another language, and "*" for none.
const languageIn: Validator = {
  validate(context, _focus, { language = '' }, constraint) {
    const list = context.$shapes.node(constraint.getParameterValue(languageInTerm)).list() ?? [];
    const tag = language.toLowerCase();
    for (const { term } of list) {
      const range = term.value.toLowerCase();
      if (tag !== '' && (range === '*' || `${tag}-`.startsWith(`${range}-`))) return true;
    }
    return false;
  },
  validationMessage: 'Language does not match any of {$languageIn}',
};

/** The corrected checks by the local name of their constraint component. */
export const correctedValidators: Readonly<Record<string, Validator>> = {
  MinExclusiveConstraintComponent: bound('minExclusive', 'greater than', (order) => order > 0),
  MinInclusiveConstraintComponent: bound(
    'minInclusive',
    'greater than or equal to',
    (order) => order >= 0,
  ),
  MaxExclusiveConstraintComponent: bound('maxExclusive', 'less than', (order) => order < 0),
  MaxInclusiveConstraintComponent: bound(
    'maxInclusive',
    'less than or equal to',
    (order) => order <= 0,
  ),
  LessThanConstraintComponent: pairs('lessThan', 'less than', (order) => order < 0),
  LessThanOrEqualsConstraintComponent: pairs(
    'lessThanOrEquals',
    'less than or equal to',
    (order) => order <= 0,
  ),
  MinLengthConstraintComponent: length('minLength', 'less', (size, limit) => size >= limit),
  MaxLengthConstraintComponent: length('maxLength', 'more', (size, limit) => size <= limit),
  MinCountConstraintComponent: count('minCount', 'Less', (size, limit) => size >= limit),
  MaxCountConstraintComponent: count('maxCount', 'More', (size, limit) => size <= limit),
  PatternConstraintComponent: pattern,
  AndConstraintComponent: and,
  DatatypeConstraintComponent: datatype,
  EqualsConstraintComponent: equals,
  LanguageInConstraintComponent: languageIn,
};
