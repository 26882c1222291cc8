import { expect, test } from 'vitest';
import { hintsInBody, namesModelInBody, renamedBody } from './passthrough-target.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const FORM_TYPE = 'multipart/form-data; boundary=x';

test('a JSON body names its model and the response it goes on from', () => {
  const body = Buffer.from('{"model": "m", "previous_response_id": "resp_1", "input": []}');
  expect(hintsInBody(body, JSON_TYPE)).toEqual({ model: 'm', previousResponseId: 'resp_1' });
});

test.each(['[1]', '{"model": 1}', '{"model": ', '"m"'])('%s names nothing', (text) => {
  expect(hintsInBody(Buffer.from(text), JSON_TYPE)).toEqual({});
});

test('a form names its model wherever the field stands', () => {
  const file = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\u0000\u00ff\r\n';
  const field = '--x\r\nContent-Disposition: form-data; name="model"\r\nContent-Type: text/plain\r\n\r\nwhisper-1\r\n';
  expect(hintsInBody(Buffer.from(`${file}${field}--x--\r\n`), FORM_TYPE)).toEqual({ model: 'whisper-1' });
  expect(hintsInBody(Buffer.from(`${file}--x--\r\n`), FORM_TYPE)).toEqual({});
});

test('only bodies of known, bounded length are read for a model', () => {
  const headers = { 'content-type': FORM_TYPE, 'content-length': '10' };
  expect(namesModelInBody(headers, 10)).toBe(true);
  expect(namesModelInBody(headers, 9)).toBe(false);
  expect(namesModelInBody({ 'content-type': FORM_TYPE }, 10)).toBe(false);
  expect(namesModelInBody({ 'content-type': 'audio/wav', 'content-length': '1' }, 10)).toBe(false);
});

test('the model is renamed in place and every other byte stays', () => {
  const body = Buffer.from('{ "model":"m", "n": 1.0 }');
  expect(renamedBody(body, JSON_TYPE, 'upstream').toString()).toBe('{ "model":"upstream", "n": 1.0 }');
  expect(renamedBody(body, FORM_TYPE, 'upstream')).toBe(body);
});
