// `fail(code, where, expected, got)`: what is expected and what came are prose for people.
const firstProse = 2;

/** Leaves the prose of error messages alone; code and place are mutated and must be tested. */
const errorTexts = {
  shouldIgnore(path) {
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
    const call = path.parentPath;
    if (!call?.isCallExpression() || !call.get('callee').isIdentifier({ name: 'fail' })) {
      return undefined;
    }
    return path.listKey === 'arguments' && path.key >= firstProse
      ? 'Prose of an error message.'
      : undefined;
  },
};

export const strykerPlugins = [{ kind: 'Ignore', name: 'error-texts', value: errorTexts }];
