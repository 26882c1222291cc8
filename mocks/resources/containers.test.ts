import type { Response } from 'openai/resources/responses/responses';
import { expect, test } from 'vitest';
import { bodyOf, call } from '../dialects/testing.ts';
import { testApi, uploaded } from './testing.ts';
import type { TestApi } from './testing.ts';

interface CodeCall {
  readonly type: string;
  readonly code: string;
  readonly container_id: string;
  readonly outputs: readonly { readonly logs: string }[];
}

function ran(api: TestApi, input: string, container: unknown = { type: 'auto' }) {
  const tools = [{ type: 'code_interpreter', container }];
  const body = { model: 'gpt-4o', tool_choice: 'required', include: ['code_interpreter_call.outputs'], tools, input };
  const response = bodyOf(call('responses', { body }, api.context)) as Response;
  const [code, message] = response.output as unknown as [
    CodeCall,
    { content: { annotations: { file_id: string }[] }[] },
  ];
  return { code, annotations: message.content[0]!.annotations };
}

test('the code computes what was asked for', () => {
  const { code } = ran(testApi(), 'Calculate 17 * (23 + 2)');
  expect(code).toMatchObject({ code: 'result = 17 * (23 + 2)\nprint(result)', outputs: [{ logs: '425\n' }] });
});

test('the container that code ran in is there, with the files that it was given', () => {
  const api = testApi();
  const { code } = ran(api, 'Calculate 1 + 1', {
    type: 'auto',
    file_ids: [uploaded(api, 'a,b\n1,2')],
    memory_limit: '4g',
  });
  const path = `/containers/${code.container_id}`;
  expect(api('GET', path).body).toMatchObject({ object: 'container', status: 'running', memory_limit: '4g' });
  const [file] = api('GET', `${path}/files`).body['data'] as { id: string; source: string }[];
  expect(file!.source).toBe('user');
  expect(api('GET', `${path}/files/${file!.id}/content`).text).toBe('a,b\n1,2');
});

test('a file that the code wrote can be fetched by its citation', () => {
  const api = testApi();
  const { code, annotations } = ran(api, 'Calculate 2 * 21 and write it to a csv file');
  expect(annotations).toEqual([
    expect.objectContaining({
      type: 'container_file_citation',
      container_id: code.container_id,
      filename: 'result.csv',
    }),
  ]);
  const path = `/containers/${code.container_id}/files/${annotations[0]!.file_id}`;
  expect(api('GET', path).body).toMatchObject({
    object: 'container.file',
    path: '/mnt/data/result.csv',
    source: 'assistant',
    bytes: 2,
  });
  expect(api('GET', `${path}/content`).text).toBe('42');
});

test('a container that is named is used, and is no longer idle', () => {
  const api = testApi();
  const { body } = api('POST', '/containers', { name: 'mine' });
  api.advance(19 * 60_000);
  const { code } = ran(api, 'Calculate 1 + 1', body['id']);
  expect(code.container_id).toBe(body['id']);
  api.advance(19 * 60_000);
  expect(api('GET', `/containers/${String(body['id'])}`).body).toMatchObject({ name: 'mine', status: 'running' });
});
