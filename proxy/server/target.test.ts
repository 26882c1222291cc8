import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalTarget, malformed, writeTarget } from './target.ts';

const HOST = 'proxy:4000';

function pathOf(raw: string): string {
  return canonicalTarget(raw, HOST).path;
}

/** The canonical path, or `refused`. */
function read(raw: string): string {
  try {
    return pathOf(raw);
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_request', headers: { connection: 'close' } });
    return 'refused';
  }
}

test.each([
  ['/v1/models?a=b', { path: '/v1/models', query: 'a=b' }],
  ['/v1/models?a=%2F;b&c=/../?', { path: '/v1/models', query: 'a=%2F;b&c=/../?' }],
  ['http://proxy:4000/v1/models?a', { path: '/v1/models', query: 'a' }],
  ['HTTP://Proxy:4000/v1/models', { path: '/v1/models', query: '' }],
  ['http://proxy:4000', { path: '/', query: '' }],
  ['http://proxy:4000?a', { path: '/', query: 'a' }],
  ['/', { path: '/', query: '' }],
  ['//', { path: '/', query: '' }],
  ['/v1/models/a..b', { path: '/v1/models/a..b', query: '' }],
  ['/.well-known/x', { path: '/.well-known/x', query: '' }],
  ['/v1/chat/completions/', { path: '/v1/chat/completions', query: '' }],
  ['/v1//chat///completions', { path: '/v1/chat/completions', query: '' }],
  ['/v1/chat%2Fcompletions', { path: '/v1/chat/completions', query: '' }],
  ['/v1/chat%2f%2Fcompletions%2f', { path: '/v1/chat/completions', query: '' }],
  ['/v1/%63h%61t/completions', { path: '/v1/chat/completions', query: '' }],
  ['/V1/Chat/COMPLETIONS', { path: '/v1/chat/completions', query: '' }],
  ['/Chat/Completions', { path: '/chat/completions', query: '' }],
  ['/v1/Images/Generations', { path: '/v1/images/generations', query: '' }],
  ['/v1/Responses/resp_Abc', { path: '/v1/responses/resp_Abc', query: '' }],
  ['/v1/files/file-1/Messages', { path: '/v1/files/file-1/Messages', query: '' }],
  ['/v1/Models/Chat', { path: '/v1/models/Chat', query: '' }],
  ['/v1/models/Chat/V1', { path: '/v1/models/Chat/V1', query: '' }],
  ['/OpenAI/Deployments/Chat/Chat/Completions', { path: '/openai/deployments/Chat/chat/completions', query: '' }],
  ['/openai/V1/Responses', { path: '/openai/v1/responses', query: '' }],
  ['/V1Beta/Models/Chat:generateContent', { path: '/v1beta/models/Chat:generateContent', query: '' }],
  ['/Upload/v1beta/Files', { path: '/upload/v1beta/files', query: '' }],
  ['/files/V1', { path: '/files/v1', query: '' }],
  ['/v1/models/org%2FName', { path: '/v1/models/org/Name', query: '' }],
  ['/v1/models/%24%26%2B%2C%3D%3A%40!', { path: '/v1/models/$&+,=:@!', query: '' }],
  ['/v1/models/a%20b', { path: '/v1/models/a%20b', query: '' }],
  ['/v1/models/%c3%bc', { path: '/v1/models/%C3%BC', query: '' }],
  ['/v1/models/100%25', { path: '/v1/models/100%25', query: '' }],
  ['/v1/models/a%3Fb', { path: '/v1/models/a%3Fb', query: '' }],
])('%s is read in its canonical spelling', (raw, target) => {
  expect(canonicalTarget(raw, HOST)).toEqual(target);
});

test.each([
  ['http://other/v1/models', 'names another host'],
  ['http://me@proxy:4000/v1/models', 'names another host'],
  ['v1/models', 'is not a path'],
  ['*', 'is not a path'],
  ['?a=b', 'is not a path'],
  ['/v1/../admin', 'a dot'],
  ['/v1/./models', 'a dot'],
  ['/v1/..', 'a dot'],
  ['/v1/.../chat', 'a dot'],
  ['/v1/chat/completions.', 'a dot'],
  ['/v1/%2e%2e/admin', 'a dot'],
  ['/v1/%2E./admin', 'a dot'],
  ['/v1/..%2fadmin', 'a dot'],
  ['http://proxy:4000/v1/%2e%2e/admin', 'a dot'],
  ['/v1/chat%20/completions', 'a space'],
  ['/v1/%20chat/completions', 'a space'],
  ['/v1/%252e%252e/admin', 'escaped twice'],
  ['/v1/chat%252Fcompletions', 'escaped twice'],
  ['/v1/..;/admin', 'parameters'],
  ['/v1/chat;a=b/completions', 'parameters'],
  ['/v1/chat%3Ba/completions', 'parameters'],
  ['/v1/..\\admin', 'backslash'],
  ['/v1/chat%5Ccompletions', 'backslash'],
  ['/v1/chat%00/completions', 'control character'],
  ['/v1/chat%C2%85/completions', 'control character'],
  ['/v1/chat%/completions', 'broken escape'],
  ['/v1/%ff/completions', 'broken escape'],
  ['/v1/ch\u00e4t', 'must be escaped'],
  ['/v1/chat completions', 'must be escaped'],
  ['/v1/models?\u00e4', 'must be escaped'],
  ['/v1/models#a', 'fragment'],
  ['/v1/models?a#b', 'fragment'],
])('%s is refused: %s', (raw, reason) => {
  expect(() => pathOf(raw)).toThrow(reason);
  expect(read(raw)).toBe('refused');
});

test('an absolute target without a Host to compare it with is refused', () => {
  expect(() => canonicalTarget('http://proxy:4000/v1/models', undefined)).toThrow('names another host');
});

test('a target is written as it was read', () => {
  expect(writeTarget({ path: '/v1/models', query: '' })).toBe('/v1/models');
  expect(writeTarget({ path: '/v1/models', query: 'a=b' })).toBe('/v1/models?a=b');
  expect(malformed('it is odd').message).toBe('The HTTP request is refused: it is odd.');
});

const ROUTES = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/images/generations',
  '/v1/audio/speech',
  '/v1/messages',
  '/v1/models/gpt-4o-mini',
  '/health/live',
];

/** One way to write a character of a path otherwise, without meaning another character. */
type Spelling = (character: string) => string;
const escaped: Spelling = (character) => `%${character.codePointAt(0)!.toString(16).padStart(2, '0')}`;
const SPELLINGS: readonly Spelling[] = [
  (character) => character,
  (character) => character,
  escaped,
  (character) => escaped(character).toUpperCase(),
  (character) => escaped(character).replace('%', '%25'),
  (character) => (character === '/' ? '//' : character),
  (character) => (character === '/' ? '/./' : character),
  (character) => (character === '/' ? '/x/../' : character),
  (character) => (character === '/' ? '\\' : character),
  (character) => (character === '/' ? ';a=1/' : character),
  (character) => (character === '/' ? '/%2e%2e;/' : character),
];

test('every spelling of a route is routed as the route, or refused', () => {
  let routed = 0;
  const spelling = fc.integer({ min: 0, max: SPELLINGS.length - 1 });
  fc.assert(
    fc.property(
      fc.constantFrom(...ROUTES),
      fc.array(spelling, { minLength: 1, maxLength: 40 }),
      fc.constantFrom('', '/', '//', '%2F', '/.', '.', ';', '%20', '%00', '?x=1'),
      (route, choices, end) => {
        const characters = Array.from(route, (character, index) => {
          // Most characters stay, so that not every spelling holds something that is refused.
          const choice = index % 5 === 0 ? (choices[index % choices.length] ?? 0) : 0;
          return index === 0 ? character : SPELLINGS[choice]!(character);
        });
        const seen = read(characters.join('') + end);
        if (seen === 'refused') return;
        routed += 1;
        expect(seen).toBe(route);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(routed).toBeGreaterThan(100);
});

test('what is not refused has one spelling, in which every reader of URLs reads the same', () => {
  const piece = fc.constantFrom('/', '//', 'v1', 'chat', 'Chat', '%2f', '%5c', '%25', '%2e', '.', '..', ';', '\\', '~', ' ', ':', '@', 'é', '%C3%A9', '%', '?', '#'); // prettier-ignore
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 12 }), (pieces) => {
      const raw = `/${pieces.join('')}`;
      if (read(raw) === 'refused') return;
      const target = canonicalTarget(raw, HOST);
      expect(canonicalTarget(writeTarget(target), HOST)).toEqual(target);
      expect(new URL(target.path, 'http://proxy').pathname).toBe(target.path);
      expect(target.path).not.toMatch(/%2f|%5c|%3b|%25[0-9a-f]{2}|\/\/|[\\;#]|.\/$/i);
    }),
    { numRuns: 2_000 },
  );
});
