import type { TermLike } from '../../terms/turtle.ts';
import type { ShapePath } from '../model.ts';
import { sh, xsd, xsdString } from '../vocabulary.ts';
import { ReportLabels } from './labels.ts';
import type { ValidationReport, ValidationResult } from './types.ts';

const prefixes: readonly (readonly [string, string])[] = [
  ['sh', sh],
  ['xsd', xsd],
];

const codeUnit = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

const shortEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function iriText(iri: string): string {
  for (const [prefix, namespace] of prefixes) {
    const local = iri.startsWith(namespace) ? iri.slice(namespace.length) : '';
    if (/^[A-Za-z][A-Za-z0-9]*$/.test(local)) return `${prefix}:${local}`;
  }
  return `<${iri.replace(/[\0-\x20<>"{}|^`\\]/g, codeUnit)}>`;
}

function literalText({ value, language, datatype }: TermLike): string {
  const iri = datatype?.value ?? xsdString;
  if (!language) {
    if (iri === `${xsd}integer` && /^[+-]?[0-9]+$/.test(value)) return value;
    if (iri === `${xsd}boolean` && /^(?:true|false)$/.test(value)) return value;
  }
  const escaped = value.replace(
    /[\0-\x1f"\\\x7f]/g,
    (character) => shortEscapes[character] ?? codeUnit(character),
  );
  if (language) return `"${escaped}"@${language}`;
  return iri === xsdString ? `"${escaped}"` : `"${escaped}"^^${iriText(iri)}`;
}

function termText(term: TermLike, blank: (label: string) => string): string {
  if (term.termType === 'BlankNode') return `_:${blank(term.value)}`;
  return term.termType === 'NamedNode' ? iriText(term.value) : literalText(term);
}

function pathText(path: ShapePath): string {
  if (path.kind === 'predicate') return iriText(path.iri);
  if (path.kind === 'sequence') return listText(path.paths);
  const inner = 'paths' in path ? listText(path.paths) : pathText(path.path);
  return `[ sh:${path.kind}Path ${inner} ]`;
}

const listText = (paths: readonly ShapePath[]): string => `( ${paths.map(pathText).join(' ')} )`;

/** An anonymous node with one predicate a line. */
function nodeText(type: string, members: readonly string[], indent: string): string {
  return `[ a ${type}${members.map((member) => ` ;\n${indent}  ${member}`).join('')}\n${indent}]`;
}

function resultText(result: ValidationResult, labels: ReportLabels, indent: string): string {
  const ofData = (label: string): string => labels.ofData(label);
  const { focus, path, value, messages, severity, component, shape, detail } = result;
  const members = [`sh:focusNode ${termText(focus, ofData)}`];
  if (path !== null) members.push(`sh:resultPath ${pathText(path)}`);
  if (value !== null) members.push(`sh:value ${termText(value, ofData)}`);
  for (const message of messages) members.push(`sh:resultMessage ${literalText(message)}`);
  members.push(`sh:resultSeverity ${iriText(severity)}`);
  members.push(`sh:sourceConstraintComponent ${iriText(component)}`);
  members.push(`sh:sourceShape ${termText(shape, (label) => labels.ofShapes(label))}`);
  for (const nested of detail) {
    members.push(`sh:detail ${resultText(nested, labels, `${indent}  `)}`);
  }
  return nodeText('sh:ValidationResult', members, indent);
}

/**
 * A report as Turtle: the same triples as {@link reportQuads}, laid out for people, in the order
 * of the results. Only `sh:` and `xsd:` are abbreviated.
 *
 * @example
 * const text = reportTurtle({ conforms: true, results: [], truncated: false });
 * text.split('\n').slice(3).join(' '); // => '[ a sh:ValidationReport ;   sh:conforms true ] . '
 */
export function reportTurtle(report: ValidationReport): string {
  const labels = new ReportLabels(report);
  const head = prefixes.map(([prefix, iri]) => `@prefix ${prefix}: <${iri}> .\n`).join('');
  const members = [`sh:conforms ${report.conforms}`];
  for (const result of report.results) {
    members.push(`sh:result ${resultText(result, labels, '  ')}`);
  }
  return `${head}\n${nodeText('sh:ValidationReport', members, '')} .\n`;
}
