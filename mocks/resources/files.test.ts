import { expect, test } from 'vitest';
import { UploadedFile } from '../dialects/uploaded-file.ts';
import { testApi, textFile, uploaded } from './testing.ts';

test('what was uploaded comes back byte for byte', () => {
  const api = testApi();
  const bytes = Buffer.from([0, 255, 10, 13, 200]);
  const file = new UploadedFile('a.bin', 'application/octet-stream', bytes);
  const { body } = api('POST', '/files', { purpose: 'user_data', file });
  expect(body).toMatchObject({
    object: 'file',
    filename: 'a.bin',
    bytes: 5,
    status: 'processed',
    purpose: 'user_data',
  });
  expect(api('GET', `/files/${String(body['id'])}/content`).bytes).toEqual(bytes);
});

test('a file has an id of 22 characters and its fields in the order of the provider', () => {
  const api = testApi();
  const { body } = api('GET', `/files/${uploaded(api, 'x')}`);
  expect(body['id']).toMatch(/^file-[A-Za-z0-9]{22}$/);
  expect(Object.keys(body)).toEqual(['object', 'id', 'purpose', 'filename', 'bytes', 'created_at', 'status']);
});

test('a file with an expiry is gone when its time is over', () => {
  const api = testApi();
  const expiry = { anchor: 'created_at', seconds: '3600' };
  const { body } = api('POST', '/files', { purpose: 'user_data', file: textFile('x'), expires_after: expiry });
  expect(Number(body['expires_at']) - Number(body['created_at'])).toBe(3600);
  api.advance(3_599_000);
  expect(api('GET', `/files/${String(body['id'])}`).status).toBe(200);
  api.advance(1000);
  expect(api('GET', `/files/${String(body['id'])}`).status).toBe(404);
  expect(api('GET', '/files').body['data']).toEqual([]);
});

test('the provider does not give back the files of assistants', () => {
  const api = testApi();
  const answer = api('GET', `/files/${uploaded(api, 'x', 'assistants')}/content`);
  expect([answer.status, answer.body]).toMatchObject([
    400,
    { error: { message: 'Not allowed to download files of purpose: assistants' } },
  ]);
});

test('files are listed by purpose, newest first', () => {
  const api = testApi();
  const [first, , third] = ['user_data', 'batch', 'user_data'].map((purpose) => uploaded(api, 'x', purpose));
  const { body } = api('GET', '/files?purpose=user_data');
  expect((body['data'] as { id: string }[]).map(({ id }) => id)).toEqual([third, first]);
  expect(body).toMatchObject({ first_id: third, last_id: first, has_more: false });
});

test.each([
  [{ purpose: 'user_data' }, 'file', 'missing_required_parameter'],
  [{ file: textFile('x') }, 'purpose', 'missing_required_parameter'],
  [{ file: textFile('x'), purpose: 'fun' }, 'purpose', 'invalid_value'],
  [{ file: 'x', purpose: 'batch' }, 'file', 'invalid_type'],
])('an upload without its fields is refused', (body, param, code) => {
  const answer = testApi()('POST', '/files', body);
  expect([answer.status, answer.body]).toMatchObject([400, { error: { param, code } }]);
});

test('a file that was never made is not found in the words of the provider; with lenient ids it is invented and stays', () => {
  expect(testApi()('GET', '/files/file-x').body['error']).toEqual({
    message: 'No such File object: file-x',
    type: 'invalid_request_error',
    param: 'id',
    code: null,
  });
  const api = testApi({ lenientIds: true });
  expect(api('GET', '/files/file-x').body).toMatchObject({ id: 'file-x', object: 'file' });
  expect(api('DELETE', '/files/file-x').body).toEqual({ id: 'file-x', object: 'file', deleted: true });
});

const upload = { filename: 'a.jsonl', purpose: 'fine-tune', bytes: 10, mime_type: 'text/jsonl' };

test('parts are put together in the order in which they are named', () => {
  const api = testApi();
  const path = `/uploads/${String(api('POST', '/uploads', upload).body['id'])}`;
  const [one, two] = ['world', 'hello'].map(
    (text) => api('POST', `${path}/parts`, { data: textFile(text) }).body['id'],
  );
  const { body } = api('POST', `${path}/complete`, { part_ids: [two, one] });
  expect(body).toMatchObject({ status: 'completed', file: { object: 'file', bytes: 10, filename: 'a.jsonl' } });
  const file = (body['file'] as { id: string }).id;
  expect(api('GET', `/files/${file}/content`).text).toBe('helloworld');
});

test.each([
  ['a missing byte', 'complete', { part_ids: [] }, 'The parts have 0 bytes, but the Upload was created for 10 bytes.'],
  ['an unknown part', 'complete', { part_ids: ['part_x'] }, 'No such UploadPart object: part_x'],
])('an upload with %s is not completed', (_what, verb, body, message) => {
  const api = testApi();
  const path = `/uploads/${String(api('POST', '/uploads', upload).body['id'])}`;
  expect(api('POST', `${path}/${verb}`, body).body).toMatchObject({ error: { message } });
});

test('an upload that was cancelled, or has expired, takes no part and is not completed', () => {
  const api = testApi();
  const [first, second] = [1, 2].map(() => `/uploads/${String(api('POST', '/uploads', upload).body['id'])}`);
  expect(api('POST', `${first}/cancel`).body['status']).toBe('cancelled');
  expect(api('POST', `${first}/parts`, { data: textFile('x') }).status).toBe(400);
  api.advance(3_600_000);
  const late = api('POST', `${second}/complete`, { part_ids: [] });
  expect(late.body).toMatchObject({ error: { message: expect.stringContaining('is expired') as string } });
});
