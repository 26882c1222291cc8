import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import type { Conversation, Family, Part } from './conversation.ts';
import { translatorOf } from './table.ts';
import { targetFor } from './translate.fixture.ts';

const FAMILIES: readonly Family[] = ['chat', 'responses', 'messages', 'gemini'];
const PAIRS = FAMILIES.flatMap((from) => FAMILIES.map((to) => [from, to] as const)).filter(([from, to]) => from !== to);

const MODELS: Readonly<Record<Family, string>> = {
  chat: 'gpt-4.1',
  responses: 'gpt-4.1',
  messages: 'claude-sonnet-4-5',
  gemini: 'gemini-3-flash-preview',
};

const schema: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

const REQUEST: Omit<Conversation, 'family'> = {
  model: 'm',
  stream: false,
  turns: [
    { role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      parts: [
        { kind: 'text', text: 'Look: “é” 😀' },
        { kind: 'image', source: { kind: 'data', mediaType: 'image/png', base64: 'iVBORw==' } },
        { kind: 'document', name: 'a.pdf', source: { kind: 'data', mediaType: 'application/pdf', base64: 'JVBERg==' } },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { kind: 'text', text: 'I ask.' },
        { kind: 'call', id: 'call_a', name: 'weather', input: '{"city":"Köln"}' },
        { kind: 'call', id: 'call_b', name: 'weather', input: '{}' },
      ],
    },
    {
      role: 'user',
      parts: [
        { kind: 'result', callId: 'call_a', name: 'weather', parts: [{ kind: 'text', text: '20°' }] },
        { kind: 'result', callId: 'call_b', name: 'weather', parts: [{ kind: 'text', text: '{"t":[1,2]}' }] },
        { kind: 'text', text: 'And now?' },
      ],
    },
  ],
  tools: [{ kind: 'function', name: 'weather', description: 'Tells it', parameters: schema }],
  toolChoice: { kind: 'named', names: ['weather'], required: true },
  format: { kind: 'schema', name: 'answer', schema },
  maxTokens: 500,
  temperature: 0.5,
  includeUsage: false,
  rest: {},
};

/** What every family can say of a part. */
function contentOf(part: Part): unknown[] {
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [part.text];
    case 'call':
      return [{ call: part.id, name: part.name, input: JSON.parse(part.input) as unknown }];
    case 'result':
      return [{ result: part.callId, text: part.parts.flatMap(contentOf).join('') }];
    case 'image':
    case 'document':
      return [part.source];
    default:
      return [part];
  }
}

/** The conversation's turns, neighbours of one role together. */
function turnsOf({ turns }: Conversation): unknown[] {
  const merged: { role: string; parts: unknown[] }[] = [];
  for (const { role, parts } of turns) {
    const side = role === 'developer' ? 'system' : role;
    const last = merged.at(-1);
    if (last?.role === side) last.parts.push(...parts.flatMap(contentOf));
    else merged.push({ role: side, parts: parts.flatMap(contentOf) });
  }
  return merged;
}

function settingsOf({ tools, toolChoice, format, maxTokens, temperature, stream }: Conversation): object {
  return {
    tools: tools?.map((tool) =>
      tool.kind === 'hosted'
        ? tool.name
        : { name: tool.name, description: tool.description, parameters: tool.parameters },
    ),
    toolChoice,
    format: format?.kind === 'schema' ? format.schema : format,
    maxTokens,
    temperature,
    stream,
  };
}

describe.each(PAIRS)('a request of %s, told to an endpoint of %s', (from, to) => {
  const asked: Conversation = { ...REQUEST, family: from };
  const head = { stream: false, model: 'm' };

  const written = (conversation: Conversation) => {
    const body = translatorOf(from).writeRequest(conversation, targetFor(MODELS[from])).body;
    const read = translatorOf(from).readRequest({ model: 'm', ...body }, head);
    return translatorOf(to).writeRequest(read, targetFor(MODELS[to]));
  };

  it('keeps texts, media, calls, results, tools, format and limits', () => {
    const { body, dropped } = written(asked);
    const back = translatorOf(to).readRequest({ model: 'm', ...body }, head);
    expect(turnsOf(back)).toEqual(turnsOf(asked));
    expect(settingsOf(back)).toEqual(settingsOf(asked));
    expect(dropped.filter((name) => !/strict/.test(name))).toEqual([]);
  });

  it('keeps how much is thought about it', () => {
    const { toolChoice: _, temperature: _t, ...free } = asked;
    const turns = asked.turns.slice(0, 2);
    const body = translatorOf(from).writeRequest(
      { ...free, turns, thinking: { effort: 'high' } },
      targetFor(from === 'messages' ? 'claude-opus-5' : from === 'gemini' ? MODELS.gemini : 'gpt-5'),
    ).body;
    const read = translatorOf(from).readRequest({ model: 'm', ...body }, head);
    const model = to === 'messages' ? 'claude-opus-5' : to === 'gemini' ? MODELS.gemini : 'gpt-5';
    const back = translatorOf(to).readRequest(
      { model: 'm', ...translatorOf(to).writeRequest(read, targetFor(model)).body },
      head,
    );
    expect(back.thinking?.effort).toBe('high');
  });
});
