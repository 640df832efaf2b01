import { setFlagsFromString } from 'node:v8';
import type { BenchContext } from './harness.ts';

// What the topics use of each peer, prepared as its documentation says and then, of the ways that
// give the same answers, in the fastest.

/** A CommonJS package as import() gives it. */
const exportsOf = <Module>(module: Module): Module =>
  (module as { default?: Module }).default ?? module;

interface AjvModule {
  compile(schema: unknown): (value: unknown) => boolean;
}

/** A JSON Schema, compiled to code. */
export async function ajv(
  context: BenchContext,
  schema: unknown,
): Promise<(value: unknown) => boolean> {
  const imported = await context.peer<{ default: unknown }>('ajv');
  const Ajv = exportsOf(imported.default as { default?: unknown }) as new () => AjvModule;
  return new Ajv().compile(schema);
}

interface CelModule {
  parse(expression: string): (context: unknown) => unknown;
}

/** A CEL expression, parsed. Its literals of integers are int64, which no number equals. */
export async function cel(
  context: BenchContext,
  expression: string,
): Promise<(value: unknown) => unknown> {
  const { parse } = await context.peer<CelModule>('@marcbachmann/cel-js');
  return parse(expression);
}

interface CasbinModule {
  newModelFromString(text: string): object;
  newEnforcer(model: object): Promise<{
    addPolicies(rules: readonly (readonly string[])[]): Promise<boolean>;
    enforceSync(value: unknown): boolean;
  }>;
}

/**
 * A casbin enforcer over one request object, `r.obs`: allow where the matcher holds for a policy.
 * It stops at the first policy that holds. One object is faster here than a value per column.
 *
 * @param columns what a policy holds, as the matcher names it: `p.low`
 */
export async function casbin(
  context: BenchContext,
  matcher: string,
  columns: readonly string[] = ['none'],
  policies: readonly (readonly string[])[] = [],
): Promise<(value: unknown) => boolean> {
  const { newEnforcer, newModelFromString } = exportsOf(await context.peer<CasbinModule>('casbin'));
  const model = newModelFromString(`[request_definition]
r = obs
[policy_definition]
p = ${columns.join(', ')}
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = ${matcher}
`);
  const enforcer = await newEnforcer(model);
  if (policies.length > 0) await enforcer.addPolicies(policies);
  return (value) => enforcer.enforceSync(value);
}

interface CedarModule {
  preparsePolicySet(id: string, policies: object): { readonly type: string };
  statefulIsAuthorized(call: object): {
    readonly type: string;
    readonly response: {
      readonly decision: 'allow' | 'deny';
      readonly diagnostics: { readonly reason: string[]; readonly errors: unknown[] };
    };
  };
}

let policySets = 0;

/**
 * V8 11.3 of Node 20 dies of "unreachable code" when a function is deoptimised into which it has
 * inlined a call of WebAssembly, as it does with Cedar's after a few thousand requests.
 */
function keepWasmCallsOut(): void {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--no-turbo-inline-js-wasm-calls');
}

/**
 * A preparsed Cedar policy set; the value is the request's context. Answers the names of the
 * policies that permit.
 *
 * @param permits the condition of each permit by the policy's name
 */
export async function cedar(
  context: BenchContext,
  permits: Readonly<Record<string, string>>,
): Promise<(value: unknown) => readonly string[]> {
  keepWasmCallsOut();
  const module = exportsOf(await context.peer<CedarModule>('@cedar-policy/cedar-wasm/nodejs'));
  const { preparsePolicySet, statefulIsAuthorized } = module;
  const staticPolicies = Object.fromEntries(
    Object.entries(permits).map(([name, condition]) => [
      name,
      `permit(principal, action, resource) when { ${condition} };`,
    ]),
  );
  const preparsedPolicySetId = `bench-${policySets++}`;
  const { type } = preparsePolicySet(preparsedPolicySetId, { staticPolicies });
  if (type !== 'success') throw new Error('cedar does not take the policies');
  const one = { type: 'Bench', id: 'one' };
  return (value) => {
    const answer = statefulIsAuthorized({
      ...{ principal: one, action: { type: 'Action', id: 'one' }, resource: one },
      ...{ context: value, preparsedPolicySetId, entities: [] },
    });
    if (answer.type !== 'success' || answer.response.diagnostics.errors.length > 0) {
      throw new Error('cedar cannot evaluate the policies');
    }
    return answer.response.diagnostics.reason;
  };
}

/** A condition of json-rules-engine. */
export interface EngineCondition {
  readonly fact: string;
  readonly operator: 'equal' | 'in' | 'greaterThanInclusive' | 'lessThanInclusive';
  readonly value: unknown;
}

interface EngineModule {
  readonly Engine: new () => {
    addRule(rule: object): void;
    run(facts: unknown): Promise<{ readonly events: readonly { readonly type: string }[] }>;
  };
}

/** Rules of json-rules-engine by name; answers the names of those that hold. */
export async function rulesEngine(
  context: BenchContext,
  rules: Readonly<Record<string, readonly EngineCondition[]>>,
): Promise<(value: unknown) => Promise<readonly string[]>> {
  const { Engine } = exportsOf(await context.peer<EngineModule>('json-rules-engine'));
  const engine = new Engine();
  for (const [type, all] of Object.entries(rules)) {
    engine.addRule({ conditions: { all }, event: { type } });
  }
  return async (value) => {
    const { events } = await engine.run(value);
    return events.map(({ type }) => type);
  };
}
