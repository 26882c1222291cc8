import { expect, test } from 'vitest';
import { embeddings } from './embeddings.ts';

const judge = (body: string) => embeddings.judgeBody(Buffer.from(body));

test('an answer with data is complete, as numbers and as base64', () => {
  const usage = '"usage":{"prompt_tokens":5,"total_tokens":5}';
  for (const vector of ['[0.5,-0.25]', '"AAAAPwAAgL4="']) {
    expect(judge(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":${vector}}],${usage}}`)).toEqual(
      {
        complete: true,
        ended: true,
        usage: { input: 5, output: 0 },
        encryptedItems: [],
      },
    );
  }
});

test.each([
  ['{"data":[{"embe', false, 'the body is not a JSON object'],
  ['{"error":{"message":"m"}}', false, 'the body tells of an error: m'],
  ['{"ok":true}', false, 'the body has no data'],
  ['{"data":[]}', true, 'the data is empty'],
])('%s is not complete', (body, ended, reason) => {
  expect(judge(body)).toMatchObject({ complete: false, ended, reason, encryptedItems: [] });
});
