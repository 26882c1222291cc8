import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { omit } from '../protocols/openai/chunk-merge.ts';
import { chat } from './chat/index.ts';
import type { Seal } from './conversation.ts';
import { responses } from './responses/index.ts';
import type { Step } from './steps.ts';
import { A, call, ending, G, message, output, start, text, thought } from './written-answers.fixture.ts';

describe('reasoning that comes back', () => {
  const steps = [
    start,
    ...thought(0, 'hm', A),
    ...thought(1, '', { ...A, value: 'data' }, true),
    ...text(2, 'x'),
    ...call(3, 'a', '{}', G),
    ...ending('tool_calls'),
  ];

  test('of a chat client, in any form that it kept', () => {
    const choice = message(steps)['message'] as JsonObject;
    expect(choice).toMatchObject({
      reasoning_content: 'hm',
      thinking_blocks: [{ type: 'thinking', thinking: 'hm' }, { type: 'redacted_thinking' }],
      reasoning_details: [
        { type: 'reasoning.text', text: 'hm', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', index: 1 },
      ],
    });
    expect(JSON.stringify(choice)).not.toContain('"sig"');
    const expected = [
      { kind: 'reasoning', text: 'hm', seal: A },
      { kind: 'reasoning', text: '', seal: { ...A, value: 'data' }, redacted: true },
      { kind: 'text', text: 'x' },
      { kind: 'call', id: 'a', name: 'f', input: '{}', seal: G },
    ];
    const read = (kept: JsonObject) => chat.readRequest({ model: 'm', messages: [kept] }).turns[0]?.parts;
    expect(read(choice)).toEqual(expected);
    const details = omit(choice, ['thinking_blocks']);
    expect(read(details)).toEqual(expected);
    const plain = omit(details, ['reasoning_details']);
    expect(read(plain)?.[0]).toEqual({ kind: 'reasoning', text: 'hm' });
  });

  test('of a client of Responses, which sends back items and none of their unknown members', () => {
    const items = (output(steps) as JsonObject[]).map((item) => omit(item, ['extra_content']));
    expect(items.map((item) => item['type'])).toEqual([
      'reasoning',
      'reasoning',
      'message',
      'reasoning',
      'function_call',
    ]);
    expect(responses.readRequest({ model: 'm', input: items }).turns[0]?.parts).toEqual([
      { kind: 'reasoning', text: 'hm', seal: A },
      { kind: 'reasoning', text: '', seal: { ...A, value: 'data' }, redacted: true },
      { kind: 'text', text: 'x' },
      { kind: 'call', id: 'a', name: 'f', input: '{}', seal: G },
    ]);
  });

  test('the signature of a text', () => {
    const signed: Step[] = [
      start,
      { kind: 'text-start', block: 0, choice: 0 },
      { kind: 'text-delta', block: 0, text: 'x' },
      { kind: 'seal', block: 0, seal: G },
      { kind: 'block-end', block: 0 },
      ...ending('stop'),
    ];
    const expected = [{ kind: 'text', text: 'x', seal: G }];
    expect(
      chat.readRequest({ model: 'm', messages: [message(signed)['message'] as JsonObject] }).turns[0]?.parts,
    ).toEqual(expected);
    const [item] = output(signed) as [JsonObject];
    expect(responses.readRequest({ model: 'm', input: [item] }).turns[0]?.parts).toEqual(expected);
  });

  test('encrypted reasoning of Responses, through a chat client', () => {
    const seal: Seal = { family: 'responses', model: 'o3', value: 'gAAA', id: 'rs_1' };
    const answer = message([start, ...thought(0, 'hm', seal), ...text(1, 'x'), ...ending('stop')])[
      'message'
    ] as JsonObject;
    expect(answer['reasoning_details']).toMatchObject([
      { type: 'reasoning.summary', summary: 'hm' },
      { type: 'reasoning.encrypted', id: 'rs_1', format: 'openai-responses-v1' },
    ]);
    expect(chat.readRequest({ model: 'm', messages: [answer] }).turns[0]?.parts[0]).toEqual({
      kind: 'reasoning',
      text: 'hm',
      seal,
    });
  });

  test('open thought of a chat server, through a client of Responses', () => {
    const seal: Seal = { family: 'chat', model: 'deepseek', value: '' };
    const items = output([start, ...thought(0, 'hm', seal), ...text(1, 'x'), ...ending('stop')]) as JsonObject[];
    expect(responses.readRequest({ model: 'm', input: items }).turns[0]?.parts[0]).toEqual({
      kind: 'reasoning',
      text: 'hm',
      seal,
    });
  });
});
