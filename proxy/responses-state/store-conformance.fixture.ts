import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { ConversationStates } from './conversation-states.ts';
import type { ResponseRecord } from './record.ts';
import { ResponseStates } from './response-states.ts';
import type { Place, StateStore } from './store.ts';

const LIMITS = { ttlMs: 60_000, maxEntry: 4_000 };
const PLACE: Place = { scope: 'a', kind: 'response', id: 'x' };

export function recordOf(id: string, status = 'completed', more: Partial<ResponseRecord> = {}): ResponseRecord {
  const input = [{ id: 'msg_1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }];
  const output: JsonObject[] = [
    { id: 'rs_1', type: 'reasoning', summary: [] },
    { id: 'msg_2', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] },
  ];
  return {
    id,
    response: { id, object: 'response', status, output },
    input,
    context: input,
    background: false,
    ...more,
  };
}

/** What every store does, and what lies on it. `make` gives a new, empty store. */
export function describeStateStore(name: string, make: () => Promise<StateStore>): void {
  describe(name, () => {
    describePlaces(make);
    describeResponses(make);
    describeConversations(make);
  });
}

function describePlaces(make: () => Promise<StateStore>): void {
  test('what is put is found in its place alone, until it is deleted', async () => {
    const store = await make();
    await store.put(PLACE, Buffer.from('one'), 60_000);
    expect(await store.get(PLACE)).toEqual(Buffer.from('one'));
    const others: Place[] = [
      { ...PLACE, scope: 'b' },
      { ...PLACE, kind: 'conversation' },
      { ...PLACE, id: 'y' },
    ];
    for (const other of others) expect(await store.get(other)).toBeUndefined();
    expect(await store.delete({ ...PLACE, scope: 'b' })).toBe(false);
    expect(await store.delete(PLACE)).toBe(true);
    expect(await store.get(PLACE)).toBeUndefined();
    expect(await store.delete(PLACE)).toBe(false);
  });

  test('changes that come at one moment are all made', async () => {
    const store = await make();
    const add = (text: string) => (current?: Buffer) => Buffer.from(`${current?.toString() ?? ''}${text}`);
    const done = await Promise.all(['a', 'b', 'c', 'd'].map((text) => store.update(PLACE, add(text), 60_000)));
    expect(done).toEqual([true, true, true, true]);
    expect(Array.from((await store.get(PLACE)) ?? []).toSorted((a, b) => a - b)).toEqual(
      Array.from(Buffer.from('abcd')),
    );
    expect(await store.update(PLACE, () => undefined, 60_000)).toBe(false);
  });
}

function describeResponses(make: () => Promise<StateStore>): void {
  test('a response is retrieved, gone on from and deleted by its own scope', async () => {
    const states = new ResponseStates(await make(), LIMITS);
    expect(await states.put('a', recordOf('resp_1'))).toBe(true);
    expect(await states.get('a', 'resp_1')).toEqual(recordOf('resp_1'));
    expect(await states.history('a', 'resp_1')).toMatchObject([{ id: 'msg_1' }, { role: 'assistant' }]);
    await expect(states.get('b', 'resp_1')).rejects.toMatchObject({ code: 'response_not_found' });
    await expect(states.history('b', 'resp_1')).rejects.toMatchObject({ code: 'previous_response_not_found' });
    await expect(states.remove('b', 'resp_1')).rejects.toMatchObject({ code: 'response_not_found' });
    expect(await states.remove('a', 'resp_1')).toEqual({ id: 'resp_1', object: 'response', deleted: true });
    await expect(states.get('a', 'resp_1')).rejects.toMatchObject({ code: 'response_not_found' });
  });

  test('a background response goes on until it is cancelled, and what was deleted does not come back', async () => {
    const states = new ResponseStates(await make(), LIMITS);
    const running = recordOf('resp_1', 'queued', { background: true });
    await states.put('a', running);
    await expect(states.history('a', 'resp_1')).rejects.toMatchObject({
      message: expect.stringContaining('not finished'),
    });
    expect(await states.advance('a', recordOf('resp_1', 'in_progress', { background: true }))).toBe(true);
    expect((await states.cancel('a', 'resp_1')).response['status']).toBe('cancelled');
    expect(await states.advance('a', recordOf('resp_1', 'completed', { background: true }))).toBe(false);
    expect((await states.cancel('a', 'resp_1')).response['status']).toBe('cancelled');
    await states.remove('a', 'resp_1');
    expect(await states.advance('a', recordOf('resp_1', 'completed', { background: true }))).toBe(false);
    await states.put('a', recordOf('resp_2'));
    await expect(states.cancel('a', 'resp_2')).rejects.toMatchObject({
      message: 'Cannot cancel a synchronous response.',
    });
  });

  test('what is too large loses its events first, and is not kept then', async () => {
    const states = new ResponseStates(await make(), LIMITS);
    expect(await states.put('a', recordOf('resp_1', 'completed', { events: ['x'.repeat(4_000)] }))).toBe(true);
    expect((await states.get('a', 'resp_1')).events).toBeUndefined();
    const large = recordOf('resp_2', 'completed', { context: [{ type: 'message', content: 'x'.repeat(4_000) }] });
    expect(await states.put('a', large)).toBe(false);
    await states.put('a', recordOf('resp_3', 'queued', { background: true }));
    expect(await states.advance('a', { ...large, id: 'resp_3' })).toBe(true);
    expect((await states.get('a', 'resp_3')).response).toMatchObject({ status: 'failed', output: [] });
  });
}

function describeConversations(make: () => Promise<StateStore>): void {
  test('a conversation has items, which are added, listed, read and taken out', async () => {
    const states = new ConversationStates(await make(), LIMITS);
    const made = await states.create(
      'a',
      { metadata: { topic: 'one' }, items: [{ role: 'user', content: 'first' }] },
      7,
    );
    const conversation = idOf(made);
    expect(await states.retrieve('a', conversation)).toEqual({
      id: conversation,
      object: 'conversation',
      created_at: 7,
      metadata: { topic: 'one' },
    });
    const added = await states.addItems('a', conversation, { items: [{ role: 'assistant', content: 'second' }] });
    expect(added).toMatchObject({
      data: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'second' }] }],
      has_more: false,
    });
    const item = idOf((added['data'] as JsonObject[])[0]);
    expect(await states.listItems('a', conversation, new URLSearchParams('limit=1'))).toMatchObject({
      data: [{ id: item }],
      has_more: true,
    });
    expect(await states.history('a', conversation)).toHaveLength(2);
    expect(await states.item('a', conversation, item)).toMatchObject({ id: item });
    await states.removeItem('a', conversation, item);
    await expect(states.item('a', conversation, item)).rejects.toMatchObject({ code: 'conversation_not_found' });
    expect(await states.relabel('a', conversation, { metadata: null })).toMatchObject({ metadata: {} });
    await expect(states.retrieve('b', conversation)).rejects.toMatchObject({ code: 'conversation_not_found' });
    await expect(states.append('b', conversation, [])).rejects.toMatchObject({ code: 'conversation_not_found' });
    await states.remove('a', conversation);
    expect(await states.has('a', conversation)).toBe(false);
  });

  test.each([
    [{ items: 'x' }, 'invalid_type'],
    [{ items: Array.from({ length: 21 }, () => ({ role: 'user', content: 'x' })) }, 'invalid_value'],
    [{ metadata: 'x' }, 'invalid_type'],
    [{ items: [{ role: 'user', content: 'x'.repeat(5_000) }] }, 'request_too_large'],
  ])('a conversation of %j is refused', async (body, code) => {
    const states = new ConversationStates(await make(), LIMITS);
    await expect(states.create('a', body, 7)).rejects.toMatchObject({ code });
  });
}

function idOf(object: JsonObject | undefined): string {
  return typeof object?.['id'] === 'string' ? object['id'] : '';
}
