import { toFile } from 'openai';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile, weatherTool } from './bed.ts';

const started = bedForFile({ jobStageMs: 1 });
const bed = judged(started);
const model = 'gpt-4o-mini';

async function asking(content: string, over: object = {}) {
  const { beta } = bed.client();
  const assistant = await beta.assistants.create({ model, instructions: 'Be brief.', ...over });
  const thread = await beta.threads.create({ messages: [{ role: 'user', content }] });
  return { beta, assistant_id: assistant.id, thread: thread.id };
}

test('assistants and threads are made, changed, listed and deleted', async () => {
  const { beta } = bed.client();
  const made = await beta.assistants.create({ model, name: 'Ada', tools: [weatherTool], metadata: { a: 'b' } });
  expect(made.id).toMatch(/^asst_[A-Za-z0-9]{24}$/);
  expect(await beta.assistants.update(made.id, { name: 'Bob' })).toMatchObject({ name: 'Bob', metadata: { a: 'b' } });
  expect(await beta.assistants.retrieve(made.id)).toMatchObject({ id: made.id, name: 'Bob' });
  const second = await beta.assistants.create({ model });
  expect((await beta.assistants.list()).data.map(({ id }) => id)).toEqual([second.id, made.id]);
  expect(await beta.assistants.delete(made.id)).toMatchObject({ object: 'assistant.deleted', deleted: true });
  await expect(beta.assistants.retrieve(made.id)).rejects.toMatchObject({ status: 404 });

  const thread = await beta.threads.create({ metadata: { x: 'y' } });
  expect(await beta.threads.update(thread.id, { metadata: { x: 'z' } })).toMatchObject({ metadata: { x: 'z' } });
  expect(await beta.threads.delete(thread.id)).toMatchObject({ object: 'thread.deleted', deleted: true });
  await expect(beta.threads.retrieve(thread.id)).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining(`No thread found with id '${thread.id}'.`),
  });
});

test('messages are added, relabelled, listed and deleted', async () => {
  const { beta } = bed.client();
  const thread = await beta.threads.create();
  expect((await beta.threads.messages.list(thread.id)).data).toEqual([]);
  const first = await beta.threads.messages.create(thread.id, {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ],
  });
  expect(first.content).toEqual([
    { type: 'text', text: { value: 'What is this?', annotations: [] } },
    { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'auto' } },
  ]);
  const second = await beta.threads.messages.create(thread.id, { role: 'assistant', content: 'A picture.' });
  const changed = await beta.threads.messages.update(second.id, { thread_id: thread.id, metadata: { seen: 'yes' } });
  expect(changed.metadata).toEqual({ seen: 'yes' });
  expect((await beta.threads.messages.list(thread.id, { order: 'asc' })).data.map(({ id }) => id)).toEqual([
    first.id,
    second.id,
  ]);
  await beta.threads.messages.delete(first.id, { thread_id: thread.id });
  await expect(beta.threads.messages.retrieve(first.id, { thread_id: thread.id })).rejects.toMatchObject({
    status: 404,
  });
});

test('createAndPoll sees the run completed, its message in the thread and its step', async () => {
  const { beta, thread, assistant_id } = await asking('What is the capital of France?');
  const run = await beta.threads.runs.createAndPoll(thread, { assistant_id });
  expect(run).toMatchObject({ status: 'completed', instructions: 'Be brief.', model, last_error: null });
  expect(run.usage!.total_tokens).toBe(run.usage!.prompt_tokens + run.usage!.completion_tokens);
  const { data } = await beta.threads.messages.list(thread, { run_id: run.id });
  expect(data).toMatchObject([
    { role: 'assistant', assistant_id, run_id: run.id, content: [{ text: { value: 'Paris' } }] },
  ]);
  const steps = await beta.threads.runs.steps.list(run.id, { thread_id: thread });
  expect(steps.data).toMatchObject([
    { type: 'message_creation', status: 'completed', step_details: { message_creation: { message_id: data[0]!.id } } },
  ]);
  const { id } = steps.data[0]!;
  expect(await beta.threads.runs.steps.retrieve(id, { thread_id: thread, run_id: run.id })).toMatchObject({ id });
});

test('a run that calls tools waits for their outputs and then goes on', async () => {
  const { beta, thread, assistant_id } = await asking('How is the weather?', { tools: [weatherTool] });
  const waiting = await beta.threads.runs.createAndPoll(thread, { assistant_id });
  expect(waiting.status).toBe('requires_action');
  const [call] = waiting.required_action!.submit_tool_outputs.tool_calls;
  expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
  const wrong = { thread_id: thread, tool_outputs: [{ tool_call_id: 'call_x', output: 'sunny' }] };
  await expect(beta.threads.runs.submitToolOutputs(waiting.id, wrong)).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining(`Expected tool outputs for call_ids ['${call!.id}'], got ['call_x']`),
  });
  const run = await beta.threads.runs.submitToolOutputsAndPoll(waiting.id, {
    thread_id: thread,
    tool_outputs: [{ tool_call_id: call!.id, output: 'sunny' }],
  });
  expect(run.status).toBe('completed');
  const [message] = (await beta.threads.messages.list(thread)).data;
  expect(message!.content[0]).toMatchObject({ text: { value: 'get_weather returned: sunny' } });
  const steps = await beta.threads.runs.steps.list(run.id, { thread_id: thread, order: 'asc' });
  expect(steps.data).toMatchObject([
    { type: 'tool_calls', step_details: { tool_calls: [{ function: { output: 'sunny' } }] } },
    { type: 'message_creation' },
  ]);
  const late = { thread_id: thread, tool_outputs: [] };
  await expect(beta.threads.runs.submitToolOutputs(run.id, late)).rejects.toMatchObject({
    message: expect.stringContaining('Runs in status "completed" do not accept tool outputs.'),
  });
});

test('a streamed run tells its life in the provider’s order and the helper puts the message together', async () => {
  const { beta, thread, assistant_id } = await asking('Count from 1 to 5');
  const stream = beta.threads.runs.stream(thread, { assistant_id });
  const events: AssistantStreamEvent[] = [];
  stream.on('event', (event) => void events.push(event));
  const [message] = await stream.finalMessages();
  expect(message!.content[0]).toMatchObject({ text: { value: '1\n2\n3\n4\n5' } });
  expect((await stream.finalRun()).status).toBe('completed');
  expect([...new Set(events.map(({ event }) => event))]).toEqual([
    'thread.run.created',
    'thread.run.queued',
    'thread.run.in_progress',
    'thread.run.step.created',
    'thread.run.step.in_progress',
    'thread.message.created',
    'thread.message.in_progress',
    'thread.message.delta',
    'thread.message.completed',
    'thread.run.step.completed',
    'thread.run.completed',
  ]);
  for (const event of events) bed.judge?.component('AssistantStreamEvent', event);
});

test('a streamed run with tools goes on in the stream of its outputs', async () => {
  const { beta, thread, assistant_id } = await asking('How is the weather?', { tools: [weatherTool] });
  const first = beta.threads.runs.stream(thread, { assistant_id });
  const seen: AssistantStreamEvent[] = [];
  first.on('event', (event) => void seen.push(event));
  const waiting = await first.finalRun();
  expect(waiting.status).toBe('requires_action');
  const [step] = await first.finalRunSteps();
  expect(step!.step_details).toMatchObject({
    type: 'tool_calls',
    tool_calls: [waiting.required_action!.submit_tool_outputs.tool_calls[0]],
  });
  const second = beta.threads.runs.submitToolOutputsStream(waiting.id, {
    thread_id: thread,
    tool_outputs: [{ tool_call_id: waiting.required_action!.submit_tool_outputs.tool_calls[0]!.id, output: 'sunny' }],
  });
  second.on('event', (event) => void seen.push(event));
  const [message] = await second.finalMessages();
  expect(message!.content[0]).toMatchObject({ text: { value: 'get_weather returned: sunny' } });
  for (const event of seen) bed.judge?.component('AssistantStreamEvent', event);
});

test('a thread and its run are made in one request, streamed or not', async () => {
  const { beta, assistant_id } = await asking('unused');
  const thread = { messages: [{ role: 'user' as const, content: '2+2' }] };
  const run = await beta.threads.createAndRunPoll({ assistant_id, thread });
  expect(run.status).toBe('completed');
  const stream = beta.threads.createAndRunStream({ assistant_id, thread });
  const names: string[] = [];
  stream.on('event', ({ event }) => void names.push(event));
  expect((await stream.finalMessages())[0]!.content[0]).toMatchObject({ text: { value: '4' } });
  expect(names[0]).toBe('thread.created');
});

test('the raw stream ends with the event done', async () => {
  const { thread, assistant_id } = await asking('2+2');
  const response = await fetch(`${started.mock.baseURL}/threads/${thread}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ assistant_id, stream: true }),
  });
  const body = await response.text();
  expect(body.startsWith('event: thread.run.created\ndata: {"id":"run_')).toBe(true);
  expect(body.endsWith('event: done\ndata: [DONE]\n\n')).toBe(true);
});

test('while a run is active the thread takes no message and no second run; a cancelled run ends', async () => {
  const { beta, thread, assistant_id } = await asking('How is the weather?', { tools: [weatherTool] });
  const run = await beta.threads.runs.createAndPoll(thread, { assistant_id });
  await expect(beta.threads.messages.create(thread, { role: 'user', content: 'more' })).rejects.toMatchObject({
    message: expect.stringContaining(`Can't add messages to ${thread} while a run ${run.id} is active.`),
  });
  await expect(beta.threads.runs.create(thread, { assistant_id })).rejects.toMatchObject({
    message: expect.stringContaining(`Thread ${thread} already has an active run ${run.id}.`),
  });
  expect(await beta.threads.runs.cancel(run.id, { thread_id: thread })).toMatchObject({ status: 'cancelling' });
  expect(await beta.threads.runs.poll(run.id, { thread_id: thread })).toMatchObject({ status: 'cancelled' });
  await expect(beta.threads.runs.cancel(run.id, { thread_id: thread })).rejects.toMatchObject({
    message: expect.stringContaining("Cannot cancel run with status 'cancelled'."),
  });
  const steps = await beta.threads.runs.steps.list(run.id, { thread_id: thread });
  expect(steps.data[0]).toMatchObject({ status: 'cancelled' });
  expect((await beta.threads.runs.list(thread)).data.map(({ id }) => id)).toEqual([run.id]);
  expect(await beta.threads.runs.update(run.id, { thread_id: thread, metadata: { a: 'b' } })).toMatchObject({
    metadata: { a: 'b' },
  });
});

test('the provider’s own tools take their steps before the message, and files are cited', async () => {
  const client = bed.client();
  const file = await client.files.create({
    file: await toFile(Buffer.from('Foxes are red.'), 'foxes.txt'),
    purpose: 'assistants',
  });
  const store = await client.vectorStores.create({ file_ids: [file.id] });
  const tools = [{ type: 'code_interpreter' as const }, { type: 'file_search' as const }];
  const { beta, thread, assistant_id } = await asking('Search the files and calculate', {
    tools,
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  });
  const stream = beta.threads.runs.stream(thread, { assistant_id });
  const events: AssistantStreamEvent[] = [];
  stream.on('event', (event) => void events.push(event));
  const [message] = await stream.finalMessages();
  const [code, search, last] = await stream.finalRunSteps();
  expect(code!.step_details).toMatchObject({
    tool_calls: [{ code_interpreter: { outputs: [{ type: 'logs', logs: '30\n' }] } }],
  });
  expect(search!.step_details).toMatchObject({ tool_calls: [{ file_search: { results: [{ file_id: file.id }] } }] });
  expect(last!.type).toBe('message_creation');
  expect(message!.content[0]).toMatchObject({
    text: {
      value: expect.stringMatching(/【4:0†foxes\.txt】$/),
      annotations: [{ type: 'file_citation', file_citation: { file_id: file.id } }],
    },
  });
  for (const event of events) bed.judge?.component('AssistantStreamEvent', event);
});

test('a script speaks for a run', async () => {
  await started.mock.answer({ match: { operation: 'threads.runs.create' }, reply: { text: 'As scripted.' } });
  const { beta, thread, assistant_id } = await asking('x');
  await beta.threads.runs.createAndPoll(thread, { assistant_id });
  const [message] = (await beta.threads.messages.list(thread)).data;
  expect(message!.content[0]).toMatchObject({ text: { value: 'As scripted.' } });
});

test('a run that runs into its token limit is incomplete', async () => {
  const { beta, thread, assistant_id } = await asking('1 2 3 4 5 6 7 8 9 '.repeat(22));
  const run = await beta.threads.runs.createAndPoll(thread, { assistant_id, max_completion_tokens: 256 });
  expect(run).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_completion_tokens' } });
  const [message] = (await beta.threads.messages.list(thread)).data;
  expect(message).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_tokens' } });
});

test('a run needs an assistant that exists', async () => {
  const { beta, thread } = await asking('x');
  await expect(beta.threads.runs.create(thread, { assistant_id: 'asst_none' })).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining("No assistant found with id 'asst_none'."),
  });
});
