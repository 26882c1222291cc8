import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const lenient = judged(bedForFile({ lenientIds: true }));
const strict = judged(bedForFile());

type Client = ReturnType<typeof strict.client>;
const thread_id = 'thread_never';

const ASKED: Readonly<Record<string, (client: Client) => Promise<{ id: string }>>> = {
  chatcmpl_never: async ({ chat }) => chat.completions.retrieve('chatcmpl_never'),
  resp_never: async ({ responses }) => responses.retrieve('resp_never'),
  conv_never: async ({ conversations }) => conversations.retrieve('conv_never'),
  asst_never: async ({ beta }) => beta.assistants.retrieve('asst_never'),
  thread_never: async ({ beta }) => beta.threads.retrieve(thread_id),
  msg_never: async ({ beta }) => beta.threads.messages.retrieve('msg_never', { thread_id }),
  run_never: async ({ beta }) => beta.threads.runs.retrieve('run_never', { thread_id }),
  step_never: async ({ beta }) => beta.threads.runs.steps.retrieve('step_never', { thread_id, run_id: 'run_never' }),
  item_never: async ({ conversations }) =>
    (await conversations.items.retrieve('item_never', { conversation_id: 'conv_never' })) as { id: string },
};

test.each(Object.entries(ASKED))('%s is invented by a lenient server and unknown to any other', async (id, ask) => {
  expect((await ask(lenient.client())).id).toBe(id);
  await expect(ask(strict.client())).rejects.toMatchObject({ status: 404, type: 'invalid_request_error' });
});

test('what was invented is kept', async () => {
  const { conversations, responses } = lenient.client();
  await conversations.update('conv_kept', { metadata: { a: 'b' } });
  expect(await conversations.retrieve('conv_kept')).toMatchObject({ metadata: { a: 'b' } });
  const first = await responses.retrieve('resp_kept');
  expect(await responses.retrieve('resp_kept')).toEqual(first);
  expect((await responses.inputItems.list('resp_kept')).data).toHaveLength(1);
});

const foreign = {
  'a response of before': { previous_response_id: 'resp_elsewhere', input: 'And then?' },
  'a call of a response of before': {
    previous_response_id: 'resp_elsewhere',
    input: [{ type: 'function_call_output', call_id: 'call_elsewhere', output: 'sunny' }],
  },
  'reasoning that another provider sealed': {
    store: false,
    input: [
      {
        type: 'reasoning',
        id: 'rs_elsewhere',
        summary: [],
        encrypted_content: 'gAAAAABqX6NTF9B3VMwzG1WlmhwysCLzHJGwODcj',
      },
      { role: 'user', content: 'And then?' },
    ],
  },
} as const;

test.each(Object.entries(foreign))('%s is taken by a lenient server and refused by any other', async (_what, asked) => {
  const body = { model: 'gpt-5', ...asked } as Parameters<Client['responses']['create']>[0] & { stream?: false };
  expect((await lenient.client().responses.create(body)).status).toBe('completed');
  await expect(strict.client().responses.create(body)).rejects.toMatchObject({ status: 400 });
});

test('a foreign response is compacted by a lenient server and refused by any other', async () => {
  const body = { model: 'gpt-5', previous_response_id: 'resp_elsewhere' } as const;
  expect((await lenient.client().responses.compact(body)).output.at(-1)!.type).toBe('compaction');
  await expect(strict.client().responses.compact(body)).rejects.toMatchObject({ status: 400 });
});
