import type { Fields, PairBase } from './bases.ts';
import type { RequestPair } from './pairs.ts';

type Message = { readonly role: string; readonly content: string };

/** A request with another prompt: the last message of a chat, the input of everything else. */
function asking(good: Fields, text: string): Fields {
  const { messages } = good;
  if (!Array.isArray(messages)) return { ...good, input: text };
  return { ...good, messages: [...(messages as Message[]).slice(0, -1), { role: 'user', content: text }] };
}

function asked(good: Fields): string {
  const { messages, input } = good;
  return Array.isArray(messages) ? ((messages as Message[]).at(-1)?.content ?? '') : String(input);
}

/** Prompts that look alike and are not, by what differs. */
const CONTENTS: readonly (readonly [
  name: string,
  first: (text: string) => string,
  second: (text: string) => string,
])[] = [
  ['words', (text) => `${text} a`, (text) => `${text} b`],
  ['words-case', (text) => `${text} word`, (text) => `${text} Word`],
  ['words-trailing-space', (text) => text, (text) => `${text} `],
  ['words-line-ending', (text) => `${text}\nx`, (text) => `${text}\r\nx`],
  // One letter, and a letter with a combining accent: the tokens are not the same.
  ['words-unicode-form', (text) => `${text} \u00e9`, (text) => `${text} e\u0301`],
  ['words-null-character', (text) => `${text}a`, (text) => `${text}\u0000a`],
];

function chatOnly(base: PairBase): readonly (readonly [string, Fields, Fields])[] {
  const { good } = base;
  const messages = good['messages'];
  if (!Array.isArray(messages)) return [];
  const list = messages as Message[];
  const roles = (role: string): Fields => ({ ...good, messages: [{ ...list[0], role }, ...list.slice(1)] });
  return [
    ['message-role', roles('system'), roles('developer')],
    ['message-order', good, { ...good, messages: list.toReversed() }],
    ['message-split', good, { ...good, messages: [...list, { role: 'user', content: 'More.' }] }],
    [
      'message-name',
      good,
      { ...good, messages: list.map((one) => (one.role === 'user' ? { ...one, name: 'jane' } : one)) },
    ],
    ['stop-order', { ...good, stop: ['END', 'STOP'] }, { ...good, stop: ['STOP', 'END'] }],
  ];
}

/** Must miss: the prompt, message by message and letter by letter, and what only exact numbers tell apart. */
export function contentVariants(base: PairBase): readonly RequestPair[] {
  const { name, operation, good } = base;
  const made = (id: string, first: string, second: string): RequestPair => ({
    id: `${name}/${id}`,
    operation,
    expect: 'miss',
    first,
    second,
  });
  const prompts = CONTENTS.map(([id, first, second]) =>
    made(id, JSON.stringify(asking(good, first(asked(good)))), JSON.stringify(asking(good, second(asked(good))))),
  );
  const structures = chatOnly(base).map(([id, first, second]) =>
    made(id, JSON.stringify(first), JSON.stringify(second)),
  );
  if (name !== 'chat') return [...prompts, ...structures];
  const withSeed = (digits: string): string => JSON.stringify(good).replace(/\}$/, `,"seed":${digits}}`);
  // Both are 9007199254740992 in a double; the provider's seed has 64 bits.
  return [
    ...prompts,
    ...structures,
    made('seed-beyond-double', withSeed('9007199254740992'), withSeed('9007199254740993')),
  ];
}

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([name, inner]) => [name, reversedKeys(inner)]));
}

/** The first letter of every value `Be…` or `Say…` as an escape. */
function escaped(text: string): string {
  return text.replaceAll(/"(S|B)(?=ay |e )/g, (_all, letter: string) => {
    return `"\\u00${letter.charCodeAt(0).toString(16)}`;
  });
}

/** Must hit: other spellings of the same request. */
export function equalVariants({ name, operation, good }: PairBase): readonly RequestPair[] {
  const talks = name !== 'embeddings';
  const body: Fields = talks ? { ...good, temperature: 0.5, top_p: 1 } : good;
  const plain = JSON.stringify(body);
  const made = (id: string, second: string, headers?: Readonly<Record<string, string>>): RequestPair => ({
    id: `${name}/${id}`,
    operation,
    expect: 'hit',
    first: plain,
    second,
    ...(headers && { headers }),
  });
  const numbers = plain.replace('"temperature":0.5', '"temperature":5e-1').replace('"top_p":1', '"top_p":1.0');
  return [
    made('again', plain),
    made('key-order', JSON.stringify(reversedKeys(body))),
    made('white-space', JSON.stringify(body, undefined, 3)),
    made('escapes', escaped(plain)),
    ...(talks ? [made('number-spelling', numbers)] : []),
    made('other-headers', plain, {
      'user-agent': 'another-client/2.0',
      'x-request-id': 'another-request',
      'x-stainless-retry-count': '1',
      accept: 'application/json, */*',
    }),
  ];
}
