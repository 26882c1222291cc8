import { parseSync } from 'oxc-parser';

/** One small change to a file, by offsets of its text. */
export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** What the change is called in the report. */
  readonly operator: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

const COMPARISONS: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
};
const ARITHMETIC: Readonly<Record<string, string>> = { '+': '-', '-': '+', '*': '/', '/': '*', '%': '*' };
const LOGICAL: Readonly<Record<string, string>> = { '&&': '||', '||': '&&' };

/** Every mutant of a TypeScript file, in the order of its text. Types and imports have none. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const found: Mutant[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
    } else if (isNode(value) && !value.type.startsWith('TS') && value.type !== 'ImportDeclaration') {
      found.push(...mutantsAt(value, text));
      for (const [name, member] of Object.entries(value)) if (name !== 'typeAnnotation') visit(member);
    } else if (isNode(value) && (value.type === 'TSAsExpression' || value.type === 'TSSatisfiesExpression')) {
      visit(value['expression']);
    }
  };
  visit(parseSync(path, text).program.body);
  return found.toSorted((a, b) => a.start - b.start);
}

function mutantsAt(node: Node, text: string): Mutant[] {
  switch (node.type) {
    case 'BinaryExpression':
      return swapped(node, text, { ...COMPARISONS, ...ARITHMETIC });
    case 'LogicalExpression':
      return swapped(node, text, LOGICAL);
    case 'UnaryExpression':
      return node['operator'] === '!' ? [replaced(node, textOf(node['argument'], text), 'negation taken away')] : [];
    case 'Literal':
      return literal(node);
    case 'IfStatement':
    case 'ConditionalExpression':
      return decided(node, text);
    case 'ExpressionStatement':
      return isNode(node['expression']) && node['expression'].type === 'CallExpression'
        ? [replaced(node, ';', 'call taken away')]
        : [];
    default:
      return [];
  }
}

function swapped(node: Node, text: string, table: Readonly<Record<string, string>>): Mutant[] {
  const operator = String(node['operator']);
  const other = table[operator];
  const { left, right } = node;
  if (other === undefined || !isNode(left) || !isNode(right)) return [];
  const at = text.indexOf(operator, left.end);
  return at < right.start
    ? [{ start: at, end: at + operator.length, replacement: other, operator: `${operator} became ${other}` }]
    : [];
}

function literal(node: Node): Mutant[] {
  const { value } = node;
  if (typeof value === 'boolean') return [replaced(node, String(!value), `${value} became ${!value}`)];
  return typeof value === 'number' ? [replaced(node, String(value + 1), `${value} became ${value + 1}`)] : [];
}

/** A condition that always, and one that never holds. */
function decided(node: Node, text: string): Mutant[] {
  const { test } = node;
  if (!isNode(test)) return [];
  const condition = textOf(test, text).replaceAll(/\s+/g, ' ').slice(0, 60);
  return ['true', 'false'].map((constant) => replaced(test, constant, `(${condition}) became ${constant}`));
}

function replaced(node: Node, replacement: string, operator: string): Mutant {
  return { start: node.start, end: node.end, replacement, operator };
}

function textOf(node: unknown, text: string): string {
  return isNode(node) ? text.slice(node.start, node.end) : '';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
