import { expect, test } from 'vitest';
import { type BodyFindings, type FinderOptions, modelFinder } from './model-finder.ts';
import { growth, mentionedModel, mentionsInQuery, patched, renamedQuery, renamingPatches } from './model-mention.ts';

const JSON_TYPE = { contentType: 'application/json', session: false, strict: true };

function read(body: string | Buffer, options: Partial<FinderOptions> = {}): BodyFindings {
  const finder = modelFinder({ ...JSON_TYPE, ...options });
  for (const byte of Buffer.from(body)) finder.push(Buffer.from([byte]));
  return finder.end();
}

/** The body as an endpoint sees it that knows the model as `model`. */
function renamed(body: string, model: string, options: Partial<FinderOptions> = {}): string {
  const patches = renamingPatches(read(body, options).mentions, model);
  const bytes = patched(Buffer.from(body), patches);
  expect(bytes).toHaveLength(Buffer.byteLength(body) + growth(patches));
  return bytes.toString();
}

const SESSION = { session: true };
const form = (...parts: string[]): string =>
  `${parts.map((part) => `--B\r\nContent-Disposition: form-data; name=${part}\r\n`).join('')}--B--\r\n`;
const FORM = { contentType: 'multipart/form-data; boundary=B' };

test('the model of a JSON body is renamed and every other byte stays', () => {
  expect(renamed(' {"prompt":"ü", "model" : "m" ,"n":1e400}\n', 'gpt-"x"')).toBe(
    ' {"prompt":"ü", "model" : "gpt-\\"x\\"" ,"n":1e400}\n',
  );
});

test('a body that names the model as the endpoint does stays as it is, however it is written', () => {
  const body = '{"model":"\\u006d"}';
  expect(renamed(body, 'm')).toBe(body);
});

test('the model of a form is renamed wherever it stands', () => {
  const body = form('file; filename=a\r\n\r\n\u0000\r\n-', 'model\r\n\r\nm', 'x\r\n\r\nm');
  expect(renamed(body, 'longer', FORM)).toBe(
    form('file; filename=a\r\n\r\n\u0000\r\n-', 'model\r\n\r\nlonger', 'x\r\n\r\nm'),
  );
});

test('session.model counts where sessions are made, in JSON and in the form field', () => {
  expect(renamed('{"session":{"type":"realtime","model":"m"}}', 'r', SESSION)).toBe(
    '{"session":{"type":"realtime","model":"r"}}',
  );
  const body = form('sdp\r\n\r\nv=0', 'session\r\n\r\n{"model":"m","x":1}');
  expect(renamed(body, 'r', { ...SESSION, ...FORM })).toBe(
    form('sdp\r\n\r\nv=0', 'session\r\n\r\n{"model":"r","x":1}'),
  );
  expect(read('{"session":{"model":"m"}}').mentions).toEqual([]);
});

test('a response that the body goes on from is found', () => {
  expect(read('{"previous_response_id":"resp_1","model":"m"}')).toMatchObject({ previousResponseId: 'resp_1' });
});

test.each([
  ['no body', '', {}],
  ['no model', '{"input":"x"}', {}],
  ['a null model', '{"model":null}', {}],
  ['an SDP offer', 'v=0\r\n', { session: true, contentType: 'application/sdp' }],
  ['bytes on a route that is not known', '\u0000\u0001', { strict: false, contentType: 'application/octet-stream' }],
])('%s names no model', (_what, body, options) => {
  expect(read(body, options)).toEqual({ mentions: [] });
});

test('a JSON body counts whatever its content type says', () => {
  for (const contentType of ['', 'text/plain', 'application/x-www-form-urlencoded'])
    expect(read('{"model":"m"}', { contentType, strict: false }).mentions).toMatchObject([{ model: 'm' }]);
});

test.each([
  ['bytes', 'model=m', { contentType: 'application/x-www-form-urlencoded' }, 'invalid_json'],
  ['a list', '[{"model":"m"}]', {}, 'invalid_json'],
  ['two objects', '{"model":"m"}{"model":"n"}', {}, 'invalid_json'],
  ['broken JSON where JSON is announced', '{"model":', { strict: false }, 'invalid_json'],
  ['a number as model', '{"model":5}', {}, 'invalid_type'],
  ['a session that is no object', form('session\r\n\r\nm'), { ...SESSION, ...FORM }, 'invalid_json'],
])('%s is refused', (_what, body, options, code) => {
  expect(() => read(body, options)).toThrow(expect.objectContaining({ code }));
});

test('a form without a boundary is refused', () => {
  expect(() => read('', { contentType: 'multipart/form-data' })).toThrow(
    expect.objectContaining({ code: 'invalid_value' }),
  );
});

test('a request that names two models is refused, one that names the same twice is not', () => {
  const mentions = (...bodies: string[]) => bodies.flatMap((body) => read(body).mentions);
  expect(mentionedModel(mentions('{"model":"m","model":"m"}'))).toBe('m');
  expect(() => mentionedModel(mentions('{"model":"m","model":"n"}'))).toThrow(
    expect.objectContaining({ code: 'invalid_value' }),
  );
  expect(mentionedModel([])).toBeUndefined();
});

test.each([
  ['model=m', 'model=gpt%2Fx'],
  ['a=1&model=m&b=%20', 'a=1&model=gpt%2Fx&b=%20'],
  ['mod%65l=%6d&a', 'mod%65l=gpt%2Fx&a'],
  ['a;model=m', 'a;model=gpt%2Fx'],
  ['model=m&model=m', 'model=gpt%2Fx&model=gpt%2Fx'],
  ['models=m&a=model', 'models=m&a=model'],
  ['model=&x', 'model=&x'],
  ['', ''],
])('of the query %s only the model changes', (query, expected) => {
  const mentions = mentionsInQuery(query);
  for (const { model } of mentions) expect(model).toBe('m');
  expect(renamedQuery(query, mentions, 'gpt/x')).toBe(expected);
  expect(renamedQuery(query, mentions, 'm')).toBe(query);
});
