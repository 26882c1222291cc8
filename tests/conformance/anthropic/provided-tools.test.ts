import type Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { anthropicBed, ask, model } from './bed.ts';

const bed = anthropicBed({ strictness: 'openai' });

async function both(request: Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens'>) {
  const whole = { model, max_tokens: 500, ...request };
  const unary = await bed.client().messages.create(whole);
  const streamed = await bed.client().messages.stream(whole).finalMessage();
  const shape = (message: Anthropic.Message): unknown =>
    message.content.map((block) => ({ type: block.type, ...('text' in block && { text: block.text }) }));
  expect(shape(streamed)).toEqual(shape(unary));
  expect(streamed.usage.server_tool_use).toEqual(unary.usage.server_tool_use);
  return { unary, streamed };
}

test('the web is searched, and the answer cites what was found', async () => {
  const { unary, streamed } = await both({
    messages: ask('Search the web for news about rivers'),
    tools: [{ type: 'web_search_20250305', name: 'web_search', allowed_domains: ['rivers.test'] }],
  });
  expect(unary.content.slice(0, 2)).toMatchObject([
    { type: 'server_tool_use', name: 'web_search', input: { query: 'Search the web for news about rivers' } },
    { type: 'web_search_tool_result', content: [{ type: 'web_search_result' }, {}, {}] },
  ]);
  const cited = streamed.content.find((block) => block.type === 'text');
  expect(cited?.citations).toMatchObject([
    { type: 'web_search_result_location', url: expect.stringContaining('https://rivers.test/') as string },
  ]);
  expect(unary.usage.server_tool_use).toEqual({ web_search_requests: 1, web_fetch_requests: 0 });
  expect(unary.stop_reason).toBe('end_turn');
});

test('the conversation goes on with what tools of the provider left in it', async () => {
  const tools: Anthropic.ToolUnion[] = [{ type: 'web_search_20250305', name: 'web_search' }];
  const { unary } = await both({ messages: ask('Search the web for news about rivers'), tools });
  const messages = [...ask('Search the web'), { role: 'assistant' as const, content: unary.content }, ...ask('2+2')];
  expect((await both({ messages, tools })).unary.content).toMatchObject([{ type: 'text', text: '4' }]);
});

test('a page is fetched when one is named', async () => {
  const { unary } = await both({
    messages: ask('Summarize https://example.com/a/b please'),
    tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }],
  });
  expect(unary.content).toMatchObject([
    { type: 'server_tool_use', name: 'web_fetch', input: { url: 'https://example.com/a/b' } },
    { type: 'web_fetch_tool_result', content: { type: 'web_fetch_result', content: { type: 'document' } } },
    { type: 'text' },
  ]);
});

test('code runs in a container', async () => {
  const { unary, streamed } = await both({
    messages: ask('Calculate 12 * 12 with code'),
    tools: [{ type: 'code_execution_20250825', name: 'code_execution' }],
  });
  expect(unary.content.slice(0, 2)).toMatchObject([
    { type: 'server_tool_use', name: 'bash_code_execution' },
    { type: 'bash_code_execution_tool_result', content: { stdout: '144\n', return_code: 0 } },
  ]);
  expect(unary.container?.id).toMatch(/^container_01/);
  expect(streamed.container?.id).toMatch(/^container_01/);
});

test('tools that the client carries out are called with arguments of their kind', async () => {
  const { unary } = await both({
    messages: ask('Use bash to list the files'),
    tools: [{ type: 'bash_20250124', name: 'bash' }],
    tool_choice: { type: 'any' },
  });
  expect(unary.content).toMatchObject([
    { type: 'tool_use', name: 'bash', input: { command: expect.any(String) as string } },
  ]);
});

test('documents are cited where they say it', async () => {
  const data = 'Rivers are long. The access code of the archive is 7413. The archive is closed on Mondays.';
  const { streamed } = await both({
    messages: [
      {
        role: 'user',
        content: [
          {
            type: 'document',
            title: 'Archive',
            source: { type: 'text', media_type: 'text/plain', data },
            citations: { enabled: true },
          },
          { type: 'text', text: 'What is the access code of the archive?' },
        ],
      },
    ],
  });
  const cited = streamed.content.find((block) => block.type === 'text');
  const [citation] = cited?.citations ?? [];
  expect(citation).toMatchObject({ type: 'char_location', document_index: 0, document_title: 'Archive' });
  const { cited_text: text, start_char_index: start, end_char_index: end } = citation as Anthropic.CitationCharLocation;
  expect(data.slice(start, end)).toBe(text);
  expect(text).toContain('7413');
});
