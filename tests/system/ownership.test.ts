import { expect, test } from 'vitest';
import { MODEL, type Bed } from './bed.ts';
import { ask, governedBed, idOf, type Callers } from './governed-bed.ts';

const FILE_BODY = '{"custom_id":"1"}\n';

function fileForm(size = 0): FormData {
  const form = new FormData();
  form.set('purpose', 'batch');
  const line = {
    custom_id: '1',
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: MODEL, messages: [{ role: 'user', content: `hi${' '.repeat(size)}` }] },
  };
  form.set('file', new Blob([`${JSON.stringify(line)}\n`]), 'lines.jsonl');
  return form;
}

type Kind = 'file' | 'batch' | 'response' | 'conversation' | 'vector store';

/** Makes one object; returns its id. */
const MAKE: Readonly<Record<Kind, (bed: Bed, key: string | undefined) => Promise<string>>> = {
  file: async (bed: Bed, key: string | undefined) => idOf(await ask(bed, key, 'POST', '/v1/files', fileForm())),
  batch: async (bed: Bed, key: string | undefined) => {
    const file = await MAKE.file(bed, key);
    const body = { input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h' };
    return idOf(await ask(bed, key, 'POST', '/v1/batches', body));
  },
  response: async (bed: Bed, key: string | undefined) =>
    idOf(await ask(bed, key, 'POST', '/v1/responses', { model: MODEL, input: `hi ${Math.random()}` })),
  conversation: async (bed: Bed, key: string | undefined) => idOf(await ask(bed, key, 'POST', '/v1/conversations', {})),
  'vector store': async (bed: Bed, key: string | undefined) =>
    idOf(await ask(bed, key, 'POST', '/v1/vector_stores', { name: 'v' })),
};

const PATHS: Readonly<Record<Kind, (id: string) => string>> = {
  file: (id) => `/v1/files/${id}`,
  batch: (id) => `/v1/batches/${id}`,
  response: (id) => `/v1/responses/${id}`,
  conversation: (id) => `/v1/conversations/${id}`,
  'vector store': (id) => `/v1/vector_stores/${id}`,
};

const MISSING: Readonly<Record<Kind, (id: string) => string>> = {
  file: (id) => `No such File object: ${id}`,
  batch: (id) => `No batch found with id '${id}'.`,
  response: (id) => `Response with id '${id}' not found.`,
  conversation: (id) => `Conversation with id '${id}' not found.`,
  'vector store': (id) => `Vector store with id '${id}' not found.`,
};

/** Who made it, and who then sees it. */
const SEES: Readonly<Record<keyof Callers, readonly (keyof Callers)[]>> = {
  ada: ['ada', 'adaToo'],
  adaToo: ['ada', 'adaToo'],
  bob: ['bob'],
  machine: ['machine'],
  none: ['none'],
};

test.each(Object.keys(MAKE) as Kind[])('a %s is seen by its owner alone', async (kind) => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  for (const [maker, seers] of Object.entries(SEES) as [keyof Callers, (keyof Callers)[]][]) {
    const id = await MAKE[kind](bed, callers[maker]);
    const statuses: Record<string, number> = {};
    const before = (await bed.requests()).length;
    for (const [name, key] of Object.entries(callers)) {
      const seen = await ask(bed, key, 'GET', PATHS[kind](id));
      statuses[name] = seen.status;
      if (seen.status !== 200) expect(seen.body.error?.message).toBe(MISSING[kind](id));
    }
    const expected = Object.fromEntries(
      Object.keys(callers).map((name) => [name, seers.includes(name as keyof Callers) ? 200 : 404]),
    );
    expect({ maker, statuses }).toEqual({ maker, statuses: expected });
    // What is foreign is not asked for.
    expect((await bed.requests()).length - before).toBe(seers.length);
    // An id that is unknown here is answered alike.
    const unknown = await ask(bed, callers.bob, 'GET', PATHS[kind](`${id.slice(0, -3)}zzz`));
    expect(unknown.status).toBe(404);
  }
});

test('another caller can neither delete, cancel nor go on from what is not its own', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  const { ada, adaToo, bob } = callers;
  const response = await MAKE.response(bed, ada);
  const conversation = await MAKE.conversation(bed, ada);
  const file = await MAKE.file(bed, ada);
  const batch = await MAKE.batch(bed, ada);
  const create = (fields: object) => ({ model: MODEL, input: 'on', ...fields });
  const input = [{ role: 'user', content: [{ type: 'input_file', file_id: file }] }];
  const messages = [{ role: 'user', content: [{ type: 'file', file: { file_id: file } }] }];
  const calls: [string, string, object | undefined, number, string][] = [
    ['POST', `/v1/responses`, create({ previous_response_id: response }), 400, 'previous_response_not_found'],
    ['POST', `/v1/responses`, create({ conversation }), 404, 'conversation_not_found'],
    ['POST', `/v1/responses`, create({ conversation: { id: conversation } }), 404, 'conversation_not_found'],
    ['POST', `/v1/responses`, create({ input }), 404, 'object_not_found'],
    ['POST', `/v1/chat/completions`, { model: MODEL, messages }, 404, 'object_not_found'],
    ['POST', `/v1/responses/${response}/cancel`, undefined, 404, 'response_not_found'],
    ['GET', `/v1/responses/${response}/input_items`, undefined, 404, 'response_not_found'],
    ['POST', `/v1/conversations/${conversation}/items`, { items: [] }, 404, 'conversation_not_found'],
    ['GET', `/v1/files/${file}/content`, undefined, 404, 'object_not_found'],
    ['POST', `/v1/batches/${batch}/cancel`, undefined, 404, 'object_not_found'],
    [
      'POST',
      `/v1/batches`,
      { input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h' },
      404,
      'object_not_found',
    ],
    ['POST', `/v1/fine_tuning/jobs`, { model: MODEL, training_file: file }, 404, 'object_not_found'],
    ['GET', `/v1/files?after=${file}`, undefined, 404, 'object_not_found'],
    ['DELETE', `/v1/responses/${response}`, undefined, 404, 'response_not_found'],
    ['DELETE', `/v1/files/${file}`, undefined, 404, 'object_not_found'],
    ['DELETE', `/v1/conversations/${conversation}`, undefined, 404, 'conversation_not_found'],
  ];
  const before = (await bed.requests()).length;
  for (const [method, path, body, status, code] of calls) {
    const answer = await ask(bed, bob, method, path, body);
    expect({ method, path, status: answer.status, code: answer.body.error?.code }).toEqual({
      method,
      path,
      status,
      code,
    });
  }
  expect((await bed.requests()).length).toBe(before);
  expect((await ask(bed, adaToo, 'POST', '/v1/responses', create({ previous_response_id: response }))).status).toBe(
    200,
  );
  expect((await ask(bed, adaToo, 'POST', '/v1/responses', create({ conversation }))).status).toBe(200);
  expect((await ask(bed, adaToo, 'DELETE', `/v1/files/${file}`)).status).toBe(200);
  expect((await ask(bed, ada, 'GET', `/v1/files/${file}`)).status).toBe(404);
  expect((await ask(bed, adaToo, 'DELETE', `/v1/responses/${response}`)).status).toBe(200);
});

test('a list has what is the caller’s own, page after page', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  const { ada, bob, adaToo } = callers;
  const mine: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    mine.unshift(await MAKE.file(bed, ada));
    for (let other = 0; other < 3; other += 1) await MAKE.file(bed, other === 2 ? undefined : bob);
  }
  const listed: string[] = [];
  for await (const file of bed.client({ apiKey: adaToo }).files.list({ limit: 2 })) listed.push(file.id);
  expect(listed).toEqual(mine);
  const whole = await ask(bed, ada, 'GET', '/v1/files');
  expect(whole.body).toMatchObject({ object: 'list', has_more: false, first_id: mine[0], last_id: mine[2] });
  expect((await ask(bed, bob, 'GET', '/v1/files')).body.data).toHaveLength(6);
  expect((await ask(bed, undefined, 'GET', '/v1/files')).body.data).toHaveLength(3);
  expect((await ask(bed, callers.machine, 'GET', '/v1/files')).body).toMatchObject({ data: [], has_more: false });
});

test('the results of a batch belong to its owner', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  const id = await MAKE.batch(bed, callers.ada);
  let output: string | undefined;
  await expect
    .poll(async () => (output = (await ask(bed, callers.ada, 'GET', `/v1/batches/${id}`)).body.output_file_id))
    .toMatch(/^file-/);
  expect((await ask(bed, callers.adaToo, 'GET', `/v1/files/${output}/content`)).status).toBe(200);
  expect((await ask(bed, callers.bob, 'GET', `/v1/files/${output}/content`)).status).toBe(404);
});

test('an answer that is kept is shared between callers with one owner alone', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  const request = { model: MODEL, input: FILE_BODY };
  const first = idOf(await ask(bed, callers.ada, 'POST', '/v1/responses', request));
  expect(idOf(await ask(bed, callers.adaToo, 'POST', '/v1/responses', request))).toBe(first);
  const other = idOf(await ask(bed, callers.bob, 'POST', '/v1/responses', request));
  expect(other).not.toBe(first);
  expect((await ask(bed, callers.bob, 'GET', `/v1/responses/${other}`)).status).toBe(200);
});

test('a file that is too large to be held is its caller’s, too', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  const id = idOf(await ask(bed, callers.ada, 'POST', '/v1/files', fileForm(5_000_000)));
  expect((await ask(bed, callers.adaToo, 'GET', `/v1/files/${id}`)).status).toBe(200);
  expect((await ask(bed, callers.bob, 'GET', `/v1/files/${id}`)).status).toBe(404);
});

test('what cannot be checked for its owner is refused: a body too large to be held, an id beside another of its name', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  const file = await MAKE.file(bed, callers.ada);
  const large = { input_file_id: file, metadata: { note: 'x'.repeat(5_000_000) } };
  expect((await ask(bed, callers.bob, 'POST', '/v1/batches', large)).status).toBe(413);
  const own = await MAKE.file(bed, callers.bob);
  const sent = async (path: string, body: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${callers.bob}` };
    const { status } = await fetch(bed.url + path, { method: 'POST', headers, body });
    return status;
  };
  const before = (await bed.requests()).length;
  const rest = '"endpoint":"/v1/chat/completions","completion_window":"24h"';
  expect(await sent('/v1/batches', `{"input_file_id":"${file}","input_file_id":"${own}",${rest}}`)).toBe(400);
  const part = `{"type":"input_file","file_id":"${file}","file_id":"${own}"}`;
  const body = `{"model":"${MODEL}","input":[{"role":"user","content":[${part}]}]}`;
  expect(await sent('/v1/responses', body)).toBe(400);
  expect((await bed.requests()).length).toBe(before);
});
