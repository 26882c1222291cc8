import { identifierWords } from './question/words.ts';
import { sampleNumber } from './values/samples.ts';
import { propertyOf } from './values/property.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The form that a prompt wants JSON to have. */
export interface JsonForm {
  readonly schema: Schema;
  /** The prompt's text without what spells the form out: the rest has the values. */
  readonly rest: string;
}

const BLOCKS_MOST = 40;
const BLOCK_CHARACTERS = 64_000;
const KEYS_MOST = 60;

interface Block {
  readonly text: string;
  readonly at: number;
}

/** Outermost `{…}` of a text, in one pass. */
function blocksIn(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length && blocks.length < BLOCKS_MOST; at += 1) {
    const letter = text.charAt(at);
    if (quoted) {
      if (letter === '\\') at += 1;
      // A text within a block does not go on behind its line: an odd quotation mark spoils no more than that.
      else if (letter === '"' || letter === '\n') quoted = false;
    } else if (letter === '"' && depth > 0) quoted = true;
    else if (letter === '{') {
      if (depth === 0) start = at;
      depth += 1;
    } else if (letter === '}' && depth > 0) {
      depth -= 1;
      if (depth === 0 && at - start < BLOCK_CHARACTERS) blocks.push({ text: text.slice(start, at + 1), at: start });
    }
  }
  return blocks;
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function objectSchema(properties: Readonly<Record<string, unknown>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** By the words that stand for a value in a pattern: `<number>`, `string`, `"low" | "high"`. */
function spelledType(word: string, name: string): Schema {
  const plain = word.replaceAll(/["'`<>]/g, '').trim();
  const members = plain.split('|').map((one) => one.trim());
  if (members.length > 1 && members.every((one) => one !== '' && one.length <= 40))
    return { type: 'string', enum: members };
  if (/^(?:int|integer)\b/i.test(plain)) return { type: 'integer' };
  if (/^(?:number|float|double|decimal|\d+(?:\.\d+)?$)/i.test(plain)) return { type: 'number' };
  if (/^(?:bool|boolean|true|false)\b/i.test(plain)) return { type: 'boolean' };
  if (/^(?:\[|array|list)|\[\]$/i.test(plain))
    return { type: 'array', items: { type: /number|int|float/i.test(plain) ? 'number' : 'string' } };
  return named(name);
}

const PLURAL = /(?<!s|address|status|class|news|analysis|series|is)s$/;

/** By its name alone. */
function named(name: string): Schema {
  const words = identifierWords(name);
  if (/^(?:is|has|can|should)$/.test(words[0] ?? '') && words.length > 1) return { type: 'boolean' };
  if (sampleNumber(propertyOf(name, {})) !== undefined && !/^(?:day|date)$/.test(words.at(-1) ?? ''))
    return { type: 'number' };
  if (words.length > 0 && PLURAL.test(words.at(-1) ?? '')) return { type: 'array', items: { type: 'string' } };
  return { type: 'string' };
}

const PLACEHOLDER = /^(?:string|str|text|\.{3}|…|<.*>|\[.*\]|\{.*\}|your .*|the .*|an? .*|)$/i;

/** The schema of an example: its values are kept for what the prompt does not say. */
function exampleSchema(value: unknown, name: string, depth = 0): Schema {
  if (depth > 8) return {};
  if (Array.isArray(value))
    return {
      type: 'array',
      items: value.length > 0 ? exampleSchema(value[0], name.replace(/s$/, ''), depth + 1) : { type: 'string' },
    };
  if (isObject(value)) {
    return objectSchema(
      Object.fromEntries(
        Object.entries(value)
          .slice(0, KEYS_MOST)
          .map(([key, inner]) => [key, exampleSchema(inner, key, depth + 1)]),
      ),
    );
  }
  if (typeof value === 'number')
    return { type: Number.isInteger(value) ? 'integer' : 'number', ...(value === 0 ? {} : { examples: [value] }) };
  if (typeof value === 'boolean') return { type: 'boolean' };
  if (typeof value !== 'string') return { type: 'string' };
  const spelled = spelledType(value, '');
  if (spelled['type'] !== 'string' || spelled['enum'] !== undefined) return spelled;
  return PLACEHOLDER.test(value) ? { type: 'string' } : { type: 'string', examples: [value] };
}

function isSchema(value: Schema): boolean {
  return (
    isObject(value['properties']) ||
    typeof value['$ref'] === 'string' ||
    (value['type'] === 'object' && value['properties'] === undefined && isObject(value['$defs']))
  );
}

/** `{ name: string, age: number }`, which is no JSON. */
function patternSchema(text: string): Schema | undefined {
  const inner = text.slice(1, -1);
  const properties: Record<string, unknown> = {};
  for (const [, key = '', value = ''] of inner.matchAll(
    /(?:^|[,;{\n])\s{0,40}["'`]?([A-Za-z_][\w-]{0,60})["'`]?\??\s{0,4}:\s{0,4}([^,;\n}]{0,120})/g,
  )) {
    if (Object.keys(properties).length >= KEYS_MOST) break;
    properties[key] = spelledType(value, key);
  }
  return Object.keys(properties).length > 0 ? objectSchema(properties) : undefined;
}

function schemaOfBlock(text: string): { readonly schema: Schema; readonly exact: boolean } | undefined {
  const value = parsed(text);
  if (isObject(value)) {
    if (isSchema(value)) return { schema: value, exact: true };
    const wrapped = value['schema'];
    if (isObject(wrapped) && isSchema(wrapped)) return { schema: wrapped, exact: true };
    return Object.keys(value).length > 0 ? { schema: exampleSchema(value, ''), exact: false } : undefined;
  }
  const pattern = patternSchema(text);
  return pattern && { schema: pattern, exact: false };
}

function formInBlocks(text: string): JsonForm | undefined {
  const blocks = blocksIn(text);
  const forms = blocks.flatMap((block) => {
    const form = schemaOfBlock(block.text);
    return form === undefined ? [] : [form];
  });
  // A schema says more than an example; instructions show examples of schemas first and the one that counts last.
  const form = forms.findLast(({ exact }) => exact) ?? forms.at(-1);
  if (form === undefined) return undefined;
  const rest = blocks
    .toReversed()
    .reduce((left, { at, text: block }) => `${left.slice(0, at)} ${left.slice(at + block.length)}`, text);
  return { schema: form.schema, rest };
}

const KEYS =
  /\b(?:keys?|fields?|properties|attributes)\b\s{0,3}(?:named|called|are|of|should be|must be)?\s{0,3}[:=]?\s{0,3}([^\n.;:{}]{1,400})/i;
const QUOTED_KEY = String.raw`["'\`][A-Za-z_][\w-]{0,60}["'\`](?:\s{0,3}\([^)\n]{1,40}\))?`;
/** `'setup' and 'punchline' keys`. */
const KEYED = new RegExp(
  String.raw`${QUOTED_KEY}(?:(?:\s{0,3},)?\s{1,3}(?:and\s{1,3})?(?:an?\s{1,3})?${QUOTED_KEY}){0,30}\s{0,3}(?:keys?|fields?|property|properties)\b`,
  'gi',
);
const NO_KEY = new Set([
  'the',
  'a',
  'an',
  'and',
  'or',
  'with',
  'in',
  'of',
  'for',
  'json',
  'only',
  'is',
  'are',
  'that',
  'this',
  'to',
  'each',
  'all',
]);

function keysIn(text: string): readonly (readonly [name: string, type: string])[] {
  const quoted = Array.from(text.matchAll(KEYED), ([list]) => list)
    .flatMap((list) => list.match(/(?<=["'`])[A-Za-z_][\w-]*(?=["'`])/g) ?? [])
    .map((key) => [key, ''] as const);
  if (quoted.length > 1) return quoted;
  const list = KEYS.exec(text)?.[1] ?? '';
  const keys: (readonly [string, string])[] = [];
  for (const part of list.split(/,\s{0,4}(?:and\s)?|\s(?:and|&)\s/)) {
    const [whole = '', key = '', type = ''] =
      /^\s{0,4}["'`]?([A-Za-z_][\w-]{0,60})["'`]?(?:\s{0,3}\(([^)]{1,40})\))?/.exec(part) ?? [];
    if (key === '' || NO_KEY.has(key.toLowerCase())) break;
    keys.push([key, type]);
    // What goes on behind a key is the sentence again.
    if (/[^\s"'`]/.test(part.slice(whole.length))) break;
  }
  return keys.length > 0 ? keys : quoted;
}

function formInKeys(text: string): JsonForm | undefined {
  const keys = keysIn(text).slice(0, KEYS_MOST);
  if (keys.length === 0) return undefined;
  const schema = objectSchema(
    Object.fromEntries(keys.map(([name, type]) => [name, type === '' ? named(name) : spelledType(type, name)])),
  );
  const at = text.search(KEYS);
  if (at === -1) return { schema, rest: text };
  const [last = ''] = keys.at(-1) ?? [];
  const behind =
    /^["'`]?(?:\s{0,3}\([^)\n]{0,40}\))?/.exec(text.slice(text.indexOf(last, at) + last.length))?.[0].length ?? 0;
  return { schema, rest: `${text.slice(0, at)} ${text.slice(text.indexOf(last, at) + last.length + behind)}` };
}

/** What is usually said of a few things that JSON is asked for. */
const THINGS: readonly (readonly [thing: RegExp, keys: string])[] = [
  [/\b(?:user|person|customer|employee|profile|people|contact)\b/i, 'name age email city'],
  [/\bproducts?\b/i, 'name price category in_stock'],
  [/\bbooks?\b/i, 'title author year'],
  [/\b(?:movie|film)s?\b/i, 'title genre year rating'],
  [/\brecipes?\b/i, 'title ingredients duration'],
  [/\b(?:event|meeting|appointment)s?\b/i, 'title date location'],
  [/\b(?:city|cities|capital|country|countries)\b/i, 'city country population'],
  [/\b(?:order|invoice)s?\b/i, 'id customer total date'],
  [/\b(?:company|companies)\b/i, 'company city industry'],
  [/\bweather\b/i, 'location temperature conditions'],
];

/** The form of a request for JSON about something that people often ask it for. */
export function usualForm(text: string): JsonForm | undefined {
  const keys = /\bjson\b/i.test(text) ? THINGS.find(([thing]) => thing.test(text))?.[1] : undefined;
  return keys === undefined
    ? undefined
    : { schema: objectSchema(Object.fromEntries(keys.split(' ').map((name) => [name, named(name)]))), rest: text };
}

/** The schema, the example or the keys that a text spells out for a JSON answer. */
export function jsonForm(text: string): JsonForm | undefined {
  return formInBlocks(text) ?? formInKeys(text);
}
