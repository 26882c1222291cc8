import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { anthropicBed, ask, model } from './bed.ts';

const bed = anthropicBed({ jobStageMs: 20 });

const request = (id: string, over: object = {}) => ({
  custom_id: id,
  params: { model, max_tokens: 50, messages: ask('What is the capital of France?'), ...over },
});

async function ended(id: string): Promise<Anthropic.Messages.MessageBatch> {
  await expect.poll(async () => (await bed.client().messages.batches.retrieve(id)).processing_status).toBe('ended');
  return bed.client().messages.batches.retrieve(id);
}

describe('batches', () => {
  test('run, and give a line for each request', async () => {
    const { batches } = bed.client().messages;
    const made = await batches.create({ requests: [request('good'), request('bad', { messages: [] })] });
    expect(made).toMatchObject({ type: 'message_batch', results_url: null, request_counts: { processing: 2 } });
    expect(made.id).toMatch(/^msgbatch_01[A-Za-z0-9]{22}$/);
    expect(made.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    const done = await ended(made.id);
    expect(done.request_counts).toEqual({ processing: 0, succeeded: 1, errored: 1, canceled: 0, expired: 0 });
    const lines = [];
    for await (const line of await batches.results(made.id)) lines.push(line);
    expect(lines).toMatchObject([
      {
        custom_id: 'good',
        result: { type: 'succeeded', message: { content: [{ text: 'Paris' }], usage: { service_tier: 'batch' } } },
      },
      { custom_id: 'bad', result: { type: 'errored', error: { error: { type: 'invalid_request_error' } } } },
    ]);
    expect(await batches.delete(made.id)).toEqual({ id: made.id, type: 'message_batch_deleted' });
    await expect(batches.retrieve(made.id)).rejects.toMatchObject({ status: 404, type: 'not_found_error' });
  });

  test('can be canceled while they run', async () => {
    const { batches } = bed.client().messages;
    const made = await batches.create({ requests: [request('a'), request('b')] });
    const canceled = await batches.cancel(made.id);
    expect(canceled.processing_status).toBe('canceling');
    expect((await ended(made.id)).request_counts).toMatchObject({ succeeded: 1, canceled: 1 });
  });

  test('are listed newest first, page by page', async () => {
    const { batches } = bed.client().messages;
    const ids = [];
    for (const name of ['a', 'b', 'c']) ids.unshift((await batches.create({ requests: [request(name)] })).id);
    const listed = [];
    for await (const batch of batches.list({ limit: 2 })) listed.push(batch.id);
    expect(listed).toEqual(ids);
  });

  test('of two requests with one name are refused', async () => {
    const twice = bed.client().messages.batches.create({ requests: [request('a'), request('a')] });
    await expect(twice).rejects.toMatchObject({ status: 400 });
  });
});

describe('files', () => {
  test('are uploaded, listed, used, not given back, and deleted', async () => {
    const { files } = bed.client().beta;
    const pdf = await toFile(Buffer.from('%PDF-1.4 /Type /Page'), 'paper.pdf', { type: 'application/pdf' });
    const made = await files.upload({ file: pdf });
    expect(made).toMatchObject({ type: 'file', filename: 'paper.pdf', mime_type: 'application/pdf', size_bytes: 20 });
    expect(made.downloadable).toBe(false);
    expect((await files.list()).data.map(({ id }) => id)).toEqual([made.id]);
    const source = { type: 'file', file_id: made.id } as const;
    const counted = await bed.client().beta.messages.countTokens({
      model: 'claude-sonnet-4-6',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', source },
            { type: 'text', text: 'hello' },
          ],
        },
      ],
    });
    expect(counted.input_tokens).toBe(8 + 1600);
    await expect(files.download(made.id)).rejects.toMatchObject({ status: 400 });
    expect(await files.delete(made.id)).toEqual({ id: made.id, type: 'file_deleted' });
    await expect(files.retrieveMetadata(made.id)).rejects.toMatchObject({ status: 404 });
  });

  test('of OpenAI stay apart', async () => {
    await bed.client().beta.files.upload({ file: await toFile(Buffer.from('x'), 'x.txt') });
    const listed = (await (await fetch(`${bed.mock.url}/v1/files`)).json()) as { object: string; data: unknown[] };
    expect(listed).toMatchObject({ object: 'list', data: [] });
  });
});

describe('models', () => {
  test('are listed with their limits, newest first', async () => {
    const page = await bed.client().models.list({ limit: 3 });
    expect(page.data.map(({ id }) => id)).toEqual(['claude-fable-5', 'claude-opus-5', 'claude-sonnet-5']);
    expect(page.has_more).toBe(true);
    const all = [];
    for await (const one of bed.client().models.list({ limit: 4 })) all.push(one);
    expect(all).toHaveLength(11);
    expect(all.find(({ id }) => id === 'claude-opus-4-1-20250805')).toMatchObject({
      type: 'model',
      max_input_tokens: 200_000,
      max_tokens: 32_000,
      capabilities: { image_input: { supported: true }, thinking: { types: { adaptive: { supported: false } } } },
    });
  });

  test('are found by their alias', async () => {
    expect((await bed.client().models.retrieve('claude-haiku-4-5')).id).toBe('claude-haiku-4-5-20251001');
  });

  test('have the form of the family that asks', async () => {
    const asked = async (headers: Record<string, string>): Promise<unknown> =>
      (await fetch(`${bed.mock.url}/v1/models`, { headers })).json();
    expect(await asked({})).toMatchObject({ object: 'list' });
    expect(await asked({ 'anthropic-version': '2023-06-01' })).toMatchObject({ has_more: false });
    expect(await asked({ 'x-api-key': 'k' })).toMatchObject({ has_more: false });
  });
});
