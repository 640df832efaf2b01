import { describe } from '../base/errors.ts';
import type { Data, Issue } from './read.ts';

/**
 * A schema of any library that follows Standard Schema (version 1), structurally: an extra check of
 * an observation's data. It must answer at once.
 */
export interface StandardSchemaLike {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** Answers `{ value }`, or `{ issues }` where the value is refused. */
    readonly validate: (value: unknown) => unknown;
  };
}

const issuesMax = 16;
const messageMax = 200;
const pathMax = 200;

/**
 * What a schema refuses in data; none where it takes it. A schema that throws, answers later or
 * answers something else refuses: a broken check never allows.
 */
export function schemaIssues(schema: StandardSchemaLike, data: Data): readonly Issue[] {
  try {
    const answer: unknown = schema['~standard'].validate(data);
    if (answer instanceof Promise || typeof (answer as { then?: unknown })?.then === 'function') {
      // Nobody waits for it, so its failure must not end the process.
      Promise.resolve(answer).catch(() => {});
      return [issue('$', 'a schema that answers at once', 'a promise')];
    }
    if (typeof answer !== 'object' || answer === null) {
      return [issue('$', 'an answer of Standard Schema', describe(answer))];
    }
    const { issues } = answer as { readonly issues?: unknown };
    if (issues === undefined && 'value' in answer) return [];
    if (!Array.isArray(issues)) {
      return [issue('$', 'an answer of Standard Schema', describe(answer))];
    }
    // A refusal that names nothing is a refusal.
    if (issues.length === 0) return [issue('$', 'what the schema takes', 'data that it refuses')];
    return issues.slice(0, issuesMax).map(issueOf);
  } catch (error) {
    return [issue('$', 'a schema that does not throw', describe(error))];
  }
}

function issueOf(given: unknown): Issue {
  const { message, path } = given as { readonly message?: unknown; readonly path?: unknown };
  const text = typeof message === 'string' ? message : 'what the schema takes';
  const expected = text.slice(0, messageMax).toWellFormed();
  return issue(pathOf(path), expected, 'data that the schema refuses');
}

/** Segments are keys, or objects that hold one. */
function pathOf(path: unknown): string {
  if (!Array.isArray(path)) return '$';
  const segments = path.slice(0, 8).map((segment: unknown) => {
    const key =
      typeof segment === 'object' && segment !== null
        ? (segment as { key?: unknown }).key
        : segment;
    return typeof key === 'number' ? `[${key}]` : `.${String(key)}`;
  });
  return `$${segments.join('')}`.slice(0, pathMax).toWellFormed();
}

function issue(path: string, expected: string, got: string): Issue {
  return { path, expected, got };
}
