import type { Strictness } from './level.ts';
import type { EitherRule, ListRule, MapRule, NumberRule, ObjectRule, Rule, TaggedRule, TextRule } from './rule.ts';
import {
  listed,
  missing,
  nameTooLong,
  numberIn,
  patternMissed,
  tooFew,
  tooMany,
  unknown,
  unsupportedChoice,
  wrongType,
} from '../refusals/sentences.ts';
import type { Violation } from '../refusals/violation.ts';

type Level = Exclude<Strictness, 'off'>;
export type Fields = Readonly<Record<string, unknown>>;

/** A value inside a sentence: texts as they are, the rest as JSON. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a rule expects, in the words of the provider. */
function expectation(rule: Rule): string {
  switch (rule.kind) {
    case 'text':
      return rule.values === undefined ? 'a string' : `one of ${listed(rule.values, 'or')}`;
    case 'number':
      return rule.integer ? 'an integer' : 'a decimal';
    case 'flag':
      return 'a boolean';
    case 'list':
      return listExpectation(rule.of);
    case 'either':
      return eitherExpectation(rule);
    case 'nullable':
      return expectation(rule.rule);
    case 'levels':
      return expectation(rule.openai);
    default:
      return 'an object';
  }
}

function listExpectation(of: Rule): string {
  if (of.kind === 'text') return 'an array of strings';
  if (of.kind === 'number') return 'an array of integers';
  return of.kind === 'list' ? 'an array of arrays' : 'an array of objects';
}

function eitherExpectation(rule: EitherRule): string {
  const names = [rule.text, rule.number, rule.list, rule.object].flatMap((one) =>
    one === undefined ? [] : [expectation(one)],
  );
  const bare = names.map((name) => name.replace(/^(?:an?|one of) /, ''));
  return bare.length < 2 ? (names[0] ?? 'an object') : `one of a ${bare.join(' or ')}`;
}

function inText(value: unknown, rule: TextRule, path: string): Violation | undefined {
  if (typeof value !== 'string') return wrongType(path, expectation(rule), value);
  if (rule.values !== undefined && !rule.values.includes(value)) return unsupportedChoice(path, value, rule.values);
  const sized = { thing: 'string', path, size: value.length } as const;
  if (rule.least !== undefined && value.length < rule.least) return tooFew(sized, rule.least);
  if (rule.most !== undefined && value.length > rule.most) return tooMany(sized, rule.most);
  if (rule.pattern !== undefined && !new RegExp(rule.pattern).test(value)) return patternMissed(path, rule.pattern);
  return undefined;
}

function inNumber(value: unknown, rule: NumberRule, path: string): Violation | undefined {
  if (typeof value !== 'number' || (rule.integer && !Number.isInteger(value))) {
    return wrongType(path, expectation(rule), value);
  }
  return numberIn(path, value, rule);
}

function inObject(value: unknown, rule: ObjectRule, path: string, level: Level): Violation | undefined {
  if (!isObject(value)) return wrongType(path, 'an object', value);
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const absent = rule.required.find((name) => value[name] === undefined);
  if (absent !== undefined) return missing(at(absent));
  const narrow = rule.others === 'closed' || (rule.others === 'known' && level === 'openai');
  for (const [name, item] of Object.entries(value)) {
    const field = Object.hasOwn(rule.fields, name) ? rule.fields[name] : undefined;
    if (field === undefined) {
      if (narrow) return unknown(at(name));
      continue;
    }
    const found = findViolation(item, field, at(name), level);
    if (found) return found;
  }
  return undefined;
}

function inList(value: unknown, rule: ListRule, path: string, level: Level): Violation | undefined {
  if (!Array.isArray(value)) return wrongType(path, expectation(rule), value);
  const sized = { thing: 'array', path, size: value.length } as const;
  if (rule.least !== undefined && value.length < rule.least) return tooFew(sized, rule.least);
  if (rule.most !== undefined && value.length > rule.most) return tooMany(sized, rule.most);
  for (const [index, item] of value.entries()) {
    const found = findViolation(item, rule.of, `${path}[${index}]`, level);
    if (found) return found;
  }
  return undefined;
}

function inMap(value: unknown, rule: MapRule, path: string, level: Level): Violation | undefined {
  if (!isObject(value)) return wrongType(path, 'an object', value);
  const names = Object.keys(value);
  if (rule.most !== undefined && names.length > rule.most) {
    return tooMany({ thing: 'object', path, size: names.length }, rule.most);
  }
  for (const name of names) {
    if (rule.longestName !== undefined && name.length > rule.longestName) {
      return nameTooLong(path, name, rule.longestName);
    }
    const found = findViolation(value[name], rule.of, `${path}.${name}`, level);
    if (found) return found;
  }
  return undefined;
}

function inEither(value: unknown, rule: EitherRule, path: string, level: Level): Violation | undefined {
  const fitting = Array.isArray(value) ? rule.list : rule[typeof value as 'object' | 'number'];
  const chosen = typeof value === 'string' ? rule.text : fitting;
  if (chosen === undefined || value === null) return wrongType(path, expectation(rule), value);
  return findViolation(value, chosen, path, level);
}

function inTagged(value: unknown, rule: TaggedRule, path: string, level: Level): Violation | undefined {
  if (!isObject(value)) return wrongType(path, 'an object', value);
  const given = value[rule.by] ?? rule.untagged?.(value);
  const place = `${path}.${rule.by}`;
  if (given === undefined || given === null) return missing(place);
  const tags = Object.keys(rule.of);
  if (typeof given !== 'string') return wrongType(place, `one of ${listed(tags, 'or')}`, given);
  const chosen = Object.hasOwn(rule.of, given) ? rule.of[given] : undefined;
  return chosen === undefined ? unsupportedChoice(place, given, tags) : inObject(value, chosen, path, level);
}

/** The first place where `value` breaks `rule`; `path` is where it stands in the request. */
export function findViolation(value: unknown, rule: Rule, path: string, level: Level): Violation | undefined {
  switch (rule.kind) {
    case 'nullable':
      return value === null ? undefined : findViolation(value, rule.rule, path, level);
    case 'levels':
      return findViolation(value, level === 'openai' ? rule.openai : rule.spec, path, level);
    case 'text':
      return inText(value, rule, path);
    case 'number':
      return inNumber(value, rule, path);
    case 'flag':
      return typeof value === 'boolean' ? undefined : wrongType(path, 'a boolean', value);
    case 'object':
      return inObject(value, rule, path, level);
    case 'list':
      return inList(value, rule, path, level);
    case 'map':
      return inMap(value, rule, path, level);
    case 'either':
      return inEither(value, rule, path, level);
    case 'tagged':
      return inTagged(value, rule, path, level);
    default:
      return undefined;
  }
}
