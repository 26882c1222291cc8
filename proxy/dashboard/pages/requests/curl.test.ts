import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curlOf } from './curl.ts';

const ORIGIN = 'http://localhost:4000';

/** The arguments that a shell gives to `curl`. */
function argumentsOf(text: string): string[] {
  const script = `curl() { for one in "$@"; do printf '%s\\0' "$one"; done; }\n${text}`;
  const printed = execFileSync('sh', ['-c', script], { env: { LLMPROXY_KEY: 'key' }, encoding: 'utf8' });
  return printed.split('\0').slice(0, -1);
}

function curl(path: string, body: string | null, cut = false): string {
  const request = { text: body, bytes: 0, cut };
  return curlOf({ method: 'POST', path, bodies: { request, answer: request } }, ORIGIN);
}

test.each([`/v1/x';printf\${IFS}ran;'`, '/v1/$(echo)`echo`', '/v1/\'\\"\\', '/v1/[1-9]{a,b}'])(
  'a shell runs nothing of the path %s, and curl takes it as it is',
  (path) => {
    const given = argumentsOf(curl(path, '{}'));
    expect(given.slice(0, 4)).toEqual(['--globoff', '-X', 'POST', `${ORIGIN}${path}`]);
    expect(given.at(-1)).toBe('{}');
  },
);

test.each([`{"a":"it's $HOME \`id\`"}`, '@/etc/passwd', '{\n "a": 1\n}'])('the body %j arrives as it is', (body) => {
  // Only `--data-raw` takes a leading @ as text.
  expect(argumentsOf(curl('/v1/x', body)).slice(-2)).toEqual(['--data-raw', body]);
});

test.each([
  [null, false],
  ['{', true],
  ['\u001B[201~\nid\n', false],
])('a body that is not whole, or that a terminal would act on, is asked for as a file: %j', (body, cut) => {
  expect(argumentsOf(curl('/v1/x', body, cut)).slice(-2)).toEqual(['--data-binary', '@request.json']);
});

test('a GET has no body', () => {
  const given = argumentsOf(curlOf({ method: 'GET', path: '/v1/models', bodies: null }, ORIGIN));
  expect(given).toEqual(['--globoff', '-X', 'GET', `${ORIGIN}/v1/models`, '-H', 'authorization: Bearer key']);
});
