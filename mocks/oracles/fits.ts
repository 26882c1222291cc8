import { isRegExp } from 'node:util/types';
/** What a value is compared with: the value itself, a part of it, a pattern for a text, a question, or a matcher of the test runner. */
interface Asymmetric {
  asymmetricMatch(value: unknown): boolean;
}

function isAsymmetric(value: object): value is Asymmetric {
  return 'asymmetricMatch' in value && typeof value.asymmetricMatch === 'function';
}

function question(expected: unknown): ((actual: unknown) => boolean) | undefined {
  if (isRegExp(expected)) {
    return (actual) => typeof actual === 'string' && new RegExp(expected.source, expected.flags).test(actual);
  }
  if (typeof expected === 'function') return (actual) => Boolean(expected(actual));
  if (typeof expected === 'object' && expected !== null && isAsymmetric(expected)) {
    return (actual) => expected.asymmetricMatch(actual);
  }
  return undefined;
}

const SHOWN = 120;

function shown(value: unknown): string {
  if (isRegExp(value) || typeof value === 'function') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function step(path: string, name: string | number): string {
  if (typeof name === 'number') return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
}

/**
 * Where `actual` is not what was expected, one sentence each; none when it fits. Objects fit when they have at least the
 * expected fields, arrays when they have the same length; a RegExp fits a text, a function is asked.
 */
export function mismatches(expected: unknown, actual: unknown, path = ''): readonly string[] {
  const asks = question(expected);
  if (asks !== undefined) return asks(actual) ? [] : [`${path}: expected ${shown(expected)}, found ${shown(actual)}`];
  if (typeof expected !== 'object' || expected === null) {
    return Object.is(expected, actual) ? [] : [`${path}: expected ${shown(expected)}, found ${shown(actual)}`];
  }
  if (typeof actual !== 'object' || actual === null || Array.isArray(expected) !== Array.isArray(actual)) {
    return [`${path}: expected ${shown(expected)}, found ${shown(actual)}`];
  }
  if (Array.isArray(expected)) {
    const list = actual as readonly unknown[];
    if (list.length !== expected.length) {
      return [`${path}: expected ${expected.length} elements, found ${list.length}`];
    }
    return expected.flatMap((element, index) => mismatches(element, list[index], step(path, index)));
  }
  const fields = actual as Readonly<Record<string, unknown>>;
  return Object.entries(expected).flatMap(([name, value]) => mismatches(value, fields[name], step(path, name)));
}
