import type { Facts } from '../question/facts.ts';
import type { Span } from '../question/spans.ts';

/** What words between two numbers stand for. */
const SPOKEN: readonly (readonly [words: RegExp, sign: string])[] = [
  [/^\s(?:plus|and then add|added to)\s$/i, '+'],
  [/^\s(?:minus|less)\s$/i, '-'],
  [/^\s(?:times|multiplied by|x)\s$/i, '*'],
  [/^\s(?:divided by|over)\s$/i, '/'],
  [/^\s(?:to the power of|raised to)\s$/i, '^'],
];
const NAMED: readonly (readonly [verb: RegExp, sign: string])[] = [
  [/\b(?:add|sum|plus)\b/i, '+'],
  [/\b(?:multiply|product)\b/i, '*'],
  [/\bdivide\b/i, '/'],
];
const BETWEEN = /^\s(?:and|by|with|to)\s$/i;
const SIGNED = /[\d\s().+*/^%×÷−-]+/g;

function trimmed(run: string, at: number): Span | undefined {
  const start = run.search(/[\d(-]/);
  const from = start === -1 ? run.length : start;
  const text = run.slice(from).replace(/[\s.+*/^×÷−(-]+$/, '');
  if (!/\d\s*[+*/^%×÷−-]\s*[\d(-]/.test(text)) return undefined;
  // A date is no subtraction.
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  return { text, at: at + from, end: at + from + text.length };
}

function written(text: string): Span | undefined {
  for (const { 0: run, index } of text.matchAll(SIGNED)) {
    if (run.length < 3 || run.length > 200) continue;
    const span = trimmed(run, index);
    if (span !== undefined) return span;
  }
  return undefined;
}

function spokenBetween(facts: Facts): Span | undefined {
  const { numbers, text } = facts;
  for (const [index, first] of numbers.entries()) {
    const second = numbers[index + 1];
    if (second === undefined) return undefined;
    const between = text.slice(first.end, second.at);
    const sign =
      SPOKEN.find(([words]) => words.test(between))?.[1] ??
      (BETWEEN.test(between)
        ? NAMED.find(([verb]) => verb.test(text.slice(Math.max(0, first.at - 40), first.at)))?.[1]
        : undefined);
    if (sign !== undefined) return { text: `${first.value} ${sign} ${second.value}`, at: first.at, end: second.end };
    if (/^\s?(?:%|percent) of\s$/i.test(between))
      return { text: `${first.value} / 100 * ${second.value}`, at: first.at, end: second.end };
  }
  return undefined;
}

/** The sum that a text asks for, as it is written or spoken. */
export function expressionIn(facts: Facts): Span | undefined {
  return written(facts.text) ?? spokenBetween(facts);
}

/** Value of an expression of numbers, `+ - * / ^` and brackets; undefined where it is none. Linear. */
export function valueOf(expression: string): number | undefined {
  const tokens =
    expression
      .replaceAll('×', '*')
      .replaceAll('÷', '/')
      .replaceAll('−', '-')
      .match(/\d+(?:\.\d+)?|\*\*|[-+*/^()]|\S/g) ?? [];
  let at = 0;
  let depth = 0;
  const atom = (): number => {
    const token = tokens[at++];
    if (token === '-') return -atom();
    if (token === '(' && (depth += 1) < 50) {
      const inside = sum();
      at += 1;
      return inside;
    }
    return token !== undefined && /^\d/.test(token) ? Number(token) : Number.NaN;
  };
  const power = (): number => {
    const base = atom();
    if (tokens[at] !== '^' && tokens[at] !== '**') return base;
    at += 1;
    return base ** atom();
  };
  const product = (): number => {
    let value = power();
    while (tokens[at] === '*' || tokens[at] === '/') value = tokens[at++] === '*' ? value * power() : value / power();
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-')
      value = tokens[at++] === '+' ? value + product() : value - product();
    return value;
  };
  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? Number(value.toPrecision(12)) : undefined;
}
