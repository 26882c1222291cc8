import type { OperationRules } from '../operations.ts';
import { OPERATION_RULES } from '../operations.ts';
import type { EitherRule, ListRule, MapRule, NumberRule, ObjectRule, Rule, TaggedRule, TextRule } from '../rule.ts';
import type { Fields } from '../walk.ts';
import { findViolation, isObject } from '../walk.ts';
import type { BadRequest } from './entry.ts';

type Path = readonly (string | number)[];

/** One place of a good request, and a value just beyond what its rule allows there; `undefined` takes the field away. */
interface Mutant {
  readonly at: Path;
  readonly what: string;
  readonly value: unknown;
}

const STRANGE = 'no_such_value';
/** No text, number, flag, list or object is a rule's only choice where this comes. */
const OTHER_KINDS = { text: 5, number: 'many', flag: 'yes', list: 'one', object: 'one', map: 'one' } as const;

function inText({ values, least, most, pattern }: TextRule, at: Path): readonly Mutant[] {
  return [
    { at, what: 'is no text', value: OTHER_KINDS.text },
    ...(values === undefined ? [] : [{ at, what: 'is unknown', value: STRANGE }]),
    ...(least === undefined || least === 0 ? [] : [{ at, what: 'is too short', value: 'x'.repeat(least - 1) }]),
    ...(most === undefined ? [] : [{ at, what: 'is too long', value: 'x'.repeat(most + 1) }]),
    ...(pattern === undefined ? [] : [{ at, what: 'has the wrong form', value: 'not this!' }]),
  ];
}

function inNumber({ integer, least, most }: NumberRule, at: Path): readonly Mutant[] {
  const exact = (bound: number | undefined): bound is number => bound !== undefined && Number.isSafeInteger(bound);
  return [
    { at, what: 'is no number', value: OTHER_KINDS.number },
    ...(integer ? [{ at, what: 'is a fraction', value: 1.5 }] : []),
    ...(exact(least) ? [{ at, what: 'is too low', value: least - 1 }] : []),
    ...(exact(most) ? [{ at, what: 'is too high', value: most + 1 }] : []),
  ];
}

function* inObject(rule: ObjectRule, sample: unknown, at: Path): Generator<Mutant> {
  yield { at, what: 'is no object', value: OTHER_KINDS.object };
  if (!isObject(sample)) return;
  for (const name of rule.required) {
    if (sample[name] !== undefined) yield { at: [...at, name], what: 'is missing', value: undefined };
  }
  if (rule.others !== 'open') yield { at: [...at, 'no_such_field'], what: 'is unknown', value: 1 };
  for (const [name, field] of Object.entries(rule.fields)) yield* mutants(field, sample[name], [...at, name]);
}

function* inList({ of, least, most }: ListRule, sample: unknown, at: Path): Generator<Mutant> {
  yield { at, what: 'is no list', value: OTHER_KINDS.list };
  if (least !== undefined && least > 0) yield { at, what: 'is empty', value: [] };
  const items: readonly unknown[] = Array.isArray(sample) ? sample : [];
  const [first = of.kind === 'text' && of.values === undefined ? 'x' : undefined] = items;
  if (most !== undefined && first !== undefined) {
    yield { at, what: 'is too long', value: Array.from({ length: most + 1 }, () => first) };
  }
  for (const [index, item] of items.entries()) yield* mutants(of, item, [...at, index]);
}

function* inMap({ of, most, longestName }: MapRule, sample: unknown, at: Path): Generator<Mutant> {
  yield { at, what: 'is no object', value: OTHER_KINDS.map };
  const [name = 'key', value = 'x'] = Object.entries(isObject(sample) ? sample : {})[0] ?? [];
  if (most !== undefined) {
    const pairs = Array.from({ length: most + 1 }, (_, index) => [`${name}${index}`, value]);
    yield { at, what: 'has too many pairs', value: Object.fromEntries(pairs) };
  }
  if (longestName !== undefined) {
    yield { at, what: 'has a name that is too long', value: { ['k'.repeat(longestName + 1)]: value } };
  }
  if (isObject(sample)) yield* mutants(of, value, [...at, name]);
}

function* inEither(rule: EitherRule, sample: unknown, at: Path): Generator<Mutant> {
  yield { at, what: 'is of no kind that fits', value: true };
  const fitting = Array.isArray(sample) ? rule.list : rule[typeof sample as 'object' | 'number'];
  const chosen = typeof sample === 'string' ? rule.text : fitting;
  if (chosen !== undefined) yield* mutants(chosen, sample, at);
}

function* inTagged(rule: TaggedRule, sample: unknown, at: Path): Generator<Mutant> {
  yield { at, what: 'is no object', value: OTHER_KINDS.object };
  if (!isObject(sample)) return;
  const tag = sample[rule.by] ?? rule.untagged?.(sample);
  yield { at: [...at, rule.by], what: 'is unknown', value: STRANGE };
  if (sample[rule.by] !== undefined) yield { at: [...at, rule.by], what: 'is missing', value: undefined };
  const chosen = typeof tag === 'string' ? rule.of[tag] : undefined;
  if (chosen !== undefined) yield* inObject(chosen, sample, at);
}

/** Every value just beyond a rule, at the places that a good value has. */
function* mutants(rule: Rule, sample: unknown, at: Path): Generator<Mutant> {
  switch (rule.kind) {
    case 'text':
      return yield* inText(rule, at);
    case 'number':
      return yield* inNumber(rule, at);
    case 'flag':
      return yield { at, what: 'is no boolean', value: OTHER_KINDS.flag };
    case 'object':
      return yield* inObject(rule, sample, at);
    case 'list':
      return yield* inList(rule, sample, at);
    case 'map':
      return yield* inMap(rule, sample, at);
    case 'either':
      return yield* inEither(rule, sample, at);
    case 'tagged':
      return yield* inTagged(rule, sample, at);
    case 'nullable':
      return yield* mutants(rule.rule, sample, at);
    case 'levels':
      return yield* mutants(rule.openai, sample, at);
    default:
      return undefined;
  }
}

/** The value with another one at a place. */
function changed(value: unknown, [name, ...rest]: Path, to: unknown): unknown {
  if (name === undefined) return to;
  if (Array.isArray(value)) return value.map((item, index) => (index === name ? changed(item, rest, to) : item));
  const { [name]: old, ...others } = value as Fields;
  const made = changed(old, rest, to);
  return made === undefined ? others : { ...(value as Fields), [name]: made };
}

const pathText = (path: Path): string =>
  path
    .map((name) => (typeof name === 'number' ? `[${name}]` : `.${name}`))
    .join('')
    .replace(/^\./, '');

/** The refusal that the rules give a body, and the least strictness that gives it; the same at both levels, or none. */
function judged(rules: OperationRules, body: unknown): Pick<BadRequest, 'level' | 'expect'> | undefined {
  const openai = findViolation(body, rules.body, '', 'openai');
  if (openai === undefined) return undefined;
  const spec = findViolation(body, rules.body, '', 'spec');
  if (spec === undefined) return { level: 'openai', expect: openai };
  return spec.message === openai.message ? { level: 'spec', expect: openai } : undefined;
}

interface Good {
  readonly operation: string;
  readonly body: Fields;
}

/**
 * Requests beside the edges of every rule, one for each place and edge: made of good requests, refused as the rules say. The
 * model is left alone: it is looked at before the rules. `known`: requests that need no second one.
 */
export function boundaryRequests(good: readonly Good[], known: readonly BadRequest[]): readonly BadRequest[] {
  const made: BadRequest[] = [];
  // The same edge of another entry of a list is the same edge.
  const edge = (operation: string, { param, code }: BadRequest['expect']): string =>
    `${operation} ${param?.replaceAll(/\[\d+\]/g, '[]')} ${code}`;
  const covered = new Set(known.map(({ operation, expect }) => edge(operation, expect)));
  for (const { operation, body } of good) {
    const rules = OPERATION_RULES[operation];
    if (rules === undefined) continue;
    for (const { at, what, value } of mutants(rules.body, body, [])) {
      if (at.length === 0 || at[0] === 'model') continue;
      const mutant = changed(body, at, value);
      const found = judged(rules, mutant);
      if (found === undefined || covered.has(edge(operation, found.expect))) continue;
      covered.add(edge(operation, found.expect));
      made.push({
        id: `${operation.replace('POST /v1/', '')}: ${pathText(at)} ${what}`,
        operation,
        body: mutant,
        ...found,
      });
    }
  }
  return made;
}
