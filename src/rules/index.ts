export {
  type Action,
  type ActionDeclaration,
  type ActionInput,
  type ActionTemplate,
  action,
  defineAction,
  type TemplateLeaf,
} from './actions.ts';
export type { CatalogueOptions, Rule } from './catalogue.ts';
export type { Change, Dropped } from './changes.ts';
export type { ContextValues } from './context.ts';
export { type Doctrine, defineDoctrine } from './doctrine.ts';
export type {
  DoctrineBody,
  DoctrineRule,
  ParameterBody,
  ProtectedTerms,
  RulesDocument,
} from './document.ts';
export type {
  ExplainedCondition,
  ExplainedGuard,
  ExplainedHook,
  Explanation,
} from './explain.ts';
export {
  allow,
  defineGuard,
  deny,
  type Guard,
  type GuardAnswer,
  type GuardBody,
  type GuardDeclaration,
  type GuardInput,
  type GuardMode,
  requiresApproval,
} from './guards.ts';
export {
  type ContextData,
  defineHook,
  type Hook,
  type HookBody,
  type HookDeclaration,
  type HookInput,
  type HookRun,
} from './hooks.ts';
export {
  defineParameter,
  type Parameter,
  type ParameterDeclaration,
  type ParameterKind,
} from './parameters.ts';
export type { WarmReason } from './sigma.ts';
export { defaultSlo, type Slo } from './slo.ts';
export {
  type Aggregate,
  type Budget,
  type BudgetSpec,
  defineBudget,
  defineWindow,
  type Window,
  type WindowDeclaration,
  type WindowSpec,
} from './windows.ts';
