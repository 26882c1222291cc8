import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import type { DialectContext } from '../../reply.ts';
import { bodyOf, call, dataOf, testContext } from '../../testing.ts';

const create = (body: object, context: DialectContext = testContext()) =>
  bodyOf(
    call('responses', { body: { model: 'gpt-4o', input: 'Hi', tool_choice: 'required', ...body } }, context),
  ) as Response;
const grammar = (body: object) =>
  (
    dataOf(
      call('responses', { body: { model: 'gpt-4o', input: 'Hi', tool_choice: 'required', stream: true, ...body } }),
    ) as readonly ResponseStreamEvent[]
  )
    .map(({ type }) => type.replace('response.', ''))
    .filter((type, at, all) => type !== all[at - 1])
    .slice(2, -1)
    .join(' ');
const types = (response: Response) => response.output.map(({ type }) => type);

const TEXT =
  'output_item.added content_part.added output_text.delta output_text.done content_part.done output_item.done';
const CITED = TEXT.replace('output_text.done', 'output_text.annotation.added output_text.done');
const mcp = { type: 'mcp', server_label: 'dice', server_url: 'https://dice.example/mcp', allowed_tools: ['roll'] };

describe('tools that the provider runs', () => {
  test('a web search precedes a text that cites a page', () => {
    expect(grammar({ tools: [{ type: 'web_search' }] })).toBe(
      `output_item.added web_search_call.in_progress web_search_call.searching web_search_call.completed output_item.done ${CITED}`,
    );
    const response = create({
      tools: [{ type: 'web_search', filters: { allowed_domains: ['news.example'] } }],
      include: ['web_search_call.action.sources'],
    });
    expect(response.output[0]).toMatchObject({
      status: 'completed',
      action: { type: 'search', query: 'Hi', sources: [{ url: 'https://news.example/hi/1' }, {}, {}] },
    });
    const message = response.output[1] as Extract<Response['output'][number], { type: 'message' }>;
    expect(message.content[0]).toMatchObject({
      annotations: [{ type: 'url_citation', start_index: 0, url: 'https://news.example/hi/1' }],
    });
    expect(JSON.parse(JSON.stringify(response))).toMatchObject({ tool_usage: { web_search: { num_requests: 1 } } });
  });

  test('a file search shows its results only when they are included', () => {
    const tools = [{ type: 'file_search', vector_store_ids: ['vs_1'] }];
    expect(create({ tools }).output[0]).toMatchObject({ type: 'file_search_call', results: null });
    expect(create({ tools, include: ['file_search_call.results'] }).output[0]).toMatchObject({
      results: [{ filename: 'knowledge.txt' }],
    });
  });

  test('a code interpreter streams its code and shows its output only when that is included', () => {
    const tools = [{ type: 'code_interpreter', container: { type: 'auto' } }];
    expect(grammar({ tools })).toBe(
      'output_item.added code_interpreter_call.in_progress code_interpreter_call_code.delta code_interpreter_call_code.done ' +
        `code_interpreter_call.interpreting code_interpreter_call.completed output_item.done ${TEXT}`,
    );
    expect(create({ tools }).output[0]).toMatchObject({ outputs: null });
    const [item] = create({ tools, include: ['code_interpreter_call.outputs'] }).output;
    expect(item).toMatchObject({ outputs: [{ type: 'logs', logs: '2\n' }] });
  });

  test('an image comes as a real PNG of the wanted size, after the wanted number of previews', () => {
    const tools = [{ type: 'image_generation', partial_images: 2, size: '64x32' }];
    expect(grammar({ tools })).toBe(
      'output_item.added image_generation_call.in_progress image_generation_call.generating ' +
        `image_generation_call.partial_image image_generation_call.completed output_item.done ${TEXT}`,
    );
    const [item] = create({ tools }).output as unknown as [{ result: string }];
    const bytes = Buffer.from(item.result, 'base64');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([64, 32]);
  });

  test('commands in a container are run and their output is shown', () => {
    const tools = [{ type: 'shell', environment: { type: 'container_auto' } }];
    expect(types(create({ tools }))).toEqual(['shell_call', 'shell_call_output', 'message']);
    const command = 'shell_call_command.added shell_call_command.delta shell_call_command.done';
    const output = 'shell_call_output_content.delta shell_call_output_content.done';
    expect(grammar({ tools })).toBe(
      `output_item.added ${command} ${command} output_item.done output_item.added ${output} ${output} output_item.done ${TEXT}`,
    );
  });

  test('max_tool_calls bounds them', () => {
    const tools = [{ type: 'web_search' }, { type: 'code_interpreter', container: 'cntr_1' }];
    const input = 'search the web and calculate';
    expect(types(create({ tools, input }))).toEqual(['web_search_call', 'code_interpreter_call', 'message']);
    expect(types(create({ tools, input, max_tool_calls: 1 }))).toEqual(['web_search_call', 'message']);
  });
});

describe('tools that the client runs', () => {
  const cases = [
    [
      'computer_call',
      { type: 'computer_use_preview', environment: 'browser', display_width: 800, display_height: 600 },
    ],
    ['computer_call', { type: 'computer' }],
    ['local_shell_call', { type: 'local_shell' }],
    ['shell_call', { type: 'shell', environment: { type: 'local' } }],
    ['apply_patch_call', { type: 'apply_patch' }],
  ] as const;

  test.each(cases)('a %s ends the answer, and its output is read back', (type, tool) => {
    const context = testContext();
    const first = create({ tools: [tool] }, context);
    expect(types(first)).toEqual([type]);
    const { call_id } = first.output[0] as { call_id: string };
    const output = type === 'computer_call' ? { type: 'computer_screenshot', image_url: 'data:,' } : 'fine';
    const answer = { type: `${type}_output`, call_id, output };
    const second = create({ tools: [tool], input: [answer], previous_response_id: first.id }, context);
    expect(types(second)).toEqual(['message']);
    expect(JSON.stringify(second.output)).toContain('returned:');
  });

  test('a patch has its difference once it is done', () => {
    expect(grammar({ tools: [{ type: 'apply_patch' }] })).toBe('output_item.added output_item.done');
    expect(create({ tools: [{ type: 'apply_patch' }] }).output[0]).toMatchObject({
      operation: { type: 'create_file', diff: expect.stringMatching(/^\+# Notes/) as string },
    });
  });
});

describe('MCP servers', () => {
  test('tools are listed, and called without asking when the request says never', () => {
    expect(grammar({ tools: [{ ...mcp, require_approval: 'never' }] })).toBe(
      'output_item.added mcp_list_tools.in_progress mcp_list_tools.completed output_item.done ' +
        'output_item.added mcp_call.in_progress mcp_call_arguments.delta mcp_call_arguments.done mcp_call.completed output_item.done ' +
        TEXT,
    );
  });

  test('by default approval is asked for; once it is given the tool is called and nothing is listed again', () => {
    const context = testContext();
    const first = create({ tools: [mcp] }, context);
    expect(types(first)).toEqual(['mcp_list_tools', 'mcp_approval_request']);
    const approval_request_id = (first.output[1] as { id: string }).id;
    const input = [{ type: 'mcp_approval_response', approval_request_id, approve: true }];
    const second = create({ tools: [mcp], input, previous_response_id: first.id }, context);
    expect(types(second)).toEqual(['mcp_call', 'message']);
    expect(second.output[0]).toMatchObject({ name: 'roll', server_label: 'dice', approval_request_id, error: null });
    const denied = [{ type: 'mcp_approval_response', approval_request_id, approve: false }];
    expect(types(create({ tools: [mcp], input: denied, previous_response_id: first.id }, context))).toEqual([
      'message',
    ]);
  });

  test('an unreachable server has no tools, and a tool that fails says so', () => {
    const lost = { ...mcp, server_url: 'https://mcp.invalid', require_approval: 'never' };
    expect(grammar({ tools: [lost] })).toContain('mcp_list_tools.failed');
    expect(types(create({ tools: [lost] }))).toEqual(['mcp_list_tools', 'message']);
    const failing = { ...mcp, allowed_tools: ['fail_always'], require_approval: 'never' };
    expect(grammar({ tools: [failing] })).toContain('mcp_call.failed');
    expect(create({ tools: [failing] }).output[1]).toMatchObject({ status: 'failed', output: null });
  });
});

describe('under auto', () => {
  const used = (input: string, ...tools: readonly object[]) => types(create({ tool_choice: 'auto', input, tools }))[0];

  test.each([
    ['What was a positive news story from today?', { type: 'web_search' }, 'web_search_call'],
    [
      'I need to solve the equation 3x + 11 = 14.',
      { type: 'code_interpreter', container: { type: 'auto' } },
      'code_interpreter_call',
    ],
    ['Generate an image of a gray cat', { type: 'image_generation', size: '8x8' }, 'image_generation_call'],
    ['Find the largest file in my folder', { type: 'shell', environment: { type: 'local' } }, 'shell_call'],
    ['Check the headlines on bing.com', { type: 'computer' }, 'computer_call'],
    ['Fix the bug in main.ts', { type: 'apply_patch' }, 'apply_patch_call'],
  ])('%s is one for %o', (input, tool, type) => {
    expect(used(input, tool)).toBe(type);
    expect(used('Hello, how are you today?', tool)).toBe('message');
  });

  test('an MCP server is called for what its label, its description or its tools say', () => {
    const server = {
      type: 'mcp',
      server_label: 'dnd',
      server_description: 'Helps with dice rolling',
      server_url: 'https://dice.example',
    };
    const asked = (input: string) =>
      types(create({ tool_choice: 'auto', input, tools: [{ ...server, require_approval: 'never' }] }));
    expect(asked('Roll 2d4+1')).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    expect(asked('Hello!')).toEqual(['mcp_list_tools', 'message']);
  });
});

describe('which tool', () => {
  const tools = [
    { type: 'web_search' },
    { type: 'image_generation', size: '8x8' },
    mcp,
    { type: 'function', name: 'get_weather', parameters: {} },
  ];

  test('tool_choice none uses no tool, and names the wanted one by its type', () => {
    expect(types(create({ tools: [{ type: 'web_search' }], tool_choice: 'none' }))).toEqual(['message']);
    const chosen = (tool_choice: object) => types(create({ tools, tool_choice })).at(1);
    expect(chosen({ type: 'image_generation' })).toBe('image_generation_call');
    expect(chosen({ type: 'mcp', server_label: 'dice' })).toBe('mcp_approval_request');
    expect(chosen({ type: 'function', name: 'get_weather' })).toBe('function_call');
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'image_generation' }] };
    expect(chosen(allowed)).toBe('image_generation_call');
  });

  test('scripted items are sent as they are, with their events and an id', () => {
    const item = {
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'open_page', url: 'https://a.example' },
    };
    const context = testContext({ scripted: { items: [item], text: 'Read it.' } });
    const response = create({}, context);
    expect(types(response)).toEqual(['web_search_call', 'message']);
    expect(response.output[0]).toMatchObject({ id: expect.stringMatching(/^ws_/) as string, ...item });
  });
});
