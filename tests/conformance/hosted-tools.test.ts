import type { ResponseStreamParams } from 'openai/lib/responses/ResponseStream';
import type { Tool } from 'openai/resources/responses/responses';
import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile, weatherTool } from './bed.ts';

const bed = bedForFile();
const judge = judged(bed);
const client = () => judge.client();

const mcp: Tool.Mcp = {
  type: 'mcp',
  server_label: 'dice',
  server_url: 'https://dice.example',
  allowed_tools: ['roll'],
};

const TOOLS: readonly (readonly [Tool, readonly string[]])[] = [
  [{ type: 'web_search' }, ['web_search_call', 'message']],
  [{ type: 'file_search', vector_store_ids: ['vs_1'] }, ['file_search_call', 'message']],
  [{ type: 'code_interpreter', container: { type: 'auto' } }, ['code_interpreter_call', 'message']],
  [{ type: 'image_generation', size: '1024x1024', partial_images: 2 }, ['image_generation_call', 'message']],
  [{ ...mcp, require_approval: 'never' }, ['mcp_list_tools', 'mcp_call', 'message']],
  [mcp, ['mcp_list_tools', 'mcp_approval_request']],
  [{ type: 'shell', environment: { type: 'container_auto' } }, ['shell_call', 'shell_call_output', 'message']],
  [{ type: 'local_shell' }, ['local_shell_call']],
  [{ type: 'apply_patch' }, ['apply_patch_call']],
  [
    { type: 'computer_use_preview', environment: 'browser', display_width: 800, display_height: 600 },
    ['computer_call'],
  ],
  [{ type: 'custom', name: 'write' }, ['custom_tool_call']],
];

test.each(TOOLS)('the official stream helper gathers what %o does', async (tool, types) => {
  // `Hello` asks for no tool: one has to be demanded.
  const params: ResponseStreamParams = { model: 'gpt-4o', input: 'Hello', tools: [tool], tool_choice: 'required' };
  const response = await client().responses.stream(params).finalResponse();
  expect(response.output.map(({ type }) => type)).toEqual(types);
  const again = await client().responses.create({
    model: 'gpt-4o',
    input: 'Hello',
    tools: [tool],
    tool_choice: 'required',
  });
  expect(again.output.map(({ type }) => type)).toEqual(types);
});

test('what a response did goes back in as input, without storage', async () => {
  const tools: Tool[] = [{ type: 'web_search' }, { type: 'code_interpreter', container: { type: 'auto' } }];
  const input = 'search the web and calculate';
  const request = { model: 'gpt-5', tools, store: false, include: ['reasoning.encrypted_content' as const] };
  const first = await client().responses.create({ ...request, input });
  const next = await client().responses.create({
    ...request,
    input: [{ role: 'user', content: input }, ...first.output, { role: 'user', content: 'Thanks' }] as never,
    tools: [],
  });
  expect(next.output_text).toContain('Thanks');
});

test('runTools loops over a function until its result is read back', async () => {
  const { function: definition, type } = weatherTool;
  const called: unknown[] = [];
  const runner = client().chat.completions.runTools({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'weather?' }],
    tools: [
      {
        type,
        function: {
          ...definition,
          parse: (text: string): unknown => JSON.parse(text),
          function: (args: unknown) => {
            called.push(args);
            return 'sunny';
          },
        },
      } as never,
    ],
  });
  expect(await runner.finalContent()).toContain('sunny');
  expect(called).toEqual([{ city: 'Berlin', unit: 'c' }]);
});

test('a sound is heard by the official client, whole and streamed', async () => {
  const request = {
    model: 'gpt-4o-audio-preview',
    modalities: ['text' as const, 'audio' as const],
    messages: [{ role: 'user' as const, content: '2+2' }],
  };
  const whole = await client().chat.completions.create({ ...request, audio: { voice: 'alloy', format: 'mp3' } });
  expect(whole.choices[0]!.message.audio).toMatchObject({ transcript: '4' });
  const stream = await client().chat.completions.create({
    ...request,
    audio: { voice: 'alloy', format: 'pcm16' },
    stream: true,
  });
  let transcript = '';
  for await (const chunk of stream) {
    transcript += chunk.choices[0]?.delta.audio?.transcript ?? '';
  }
  expect(transcript).toBe('4');
});
