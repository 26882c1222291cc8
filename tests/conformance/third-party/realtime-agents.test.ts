import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents/realtime';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { bedForFile } from '../bed.ts';
import { silence, tone } from '../sockets.ts';

const bed = bedForFile();

const bytes = (base64: string): ArrayBuffer => {
  const buffer = Buffer.from(base64, 'base64');
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
};

interface Conversation {
  readonly session: RealtimeSession;
  readonly transport: OpenAIRealtimeWebSocket;
  readonly asked: string[];
  readonly errors: unknown[];
}

async function conversation(): Promise<Conversation> {
  const asked: string[] = [];
  const order = tool({
    name: 'find_order',
    description: 'Finds an order by its number',
    parameters: z.object({ number: z.string() }),
    execute: ({ number }) => {
      asked.push(number);
      return `order ${number} is on its way`;
    },
  });
  const agent = new RealtimeAgent({ name: 'Clerk', instructions: 'Help with orders.', tools: [order] });
  const url = `${bed.mock.baseURL.replace('http', 'ws')}/realtime?model=gpt-realtime`;
  const transport = new OpenAIRealtimeWebSocket({ url, useInsecureApiKey: true });
  const session = new RealtimeSession(agent, { transport, model: 'gpt-realtime', tracingDisabled: true });
  const errors: unknown[] = [];
  session.on('error', (error) => errors.push(error));
  onTestFinished(() => session.close());
  await session.connect({ apiKey: 'sk-test' });
  return { session, transport, asked, errors };
}

test('a session speaks, and its history has what was said on both sides', async () => {
  await bed.mock.answer({ match: { text: 'good morning' }, reply: { text: 'Good morning to you.' } });
  const { session, errors } = await conversation();
  const sound: number[] = [];
  session.on('audio', ({ data }) => sound.push(data.byteLength));
  const end = once(session as never, 'agent_end');
  session.sendMessage('good morning');
  await end;
  await expect.poll(() => session.history.length).toBe(2);
  expect(session.history).toMatchObject([
    { role: 'user', content: [{ type: 'input_text', text: 'good morning' }] },
    { role: 'assistant', content: [{ type: 'output_audio', transcript: 'Good morning to you.' }] },
  ]);
  expect(sound.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(24_000);
  expect(errors).toEqual([]);
});

test('a tool is called, and its result is spoken about', async () => {
  const { session, asked, errors } = await conversation();
  session.sendMessage('Find order number "A-17" please');
  await expect.poll(() => asked.length).toBe(1);
  await expect.poll(() => JSON.stringify(session.history.at(-1)), { timeout: 5000 }).toContain('is on its way');
  expect(errors).toEqual([]);
});

test('speech is taken for a turn and answered; speaking on interrupts', async () => {
  await bed.mock.pace({ tokensPerSecond: 10 });
  const { session, transport, errors } = await conversation();
  const heard: string[] = [];
  transport.on('*', ({ type }: { type: string }) => heard.push(type));
  const interrupted = once(session as never, 'audio_interrupted');
  session.sendAudio(bytes(tone(600)));
  session.sendAudio(bytes(silence(900)));
  await expect.poll(() => heard).toContain('response.output_audio.delta');
  await pause(20);
  session.sendAudio(bytes(tone(200)));
  await interrupted;
  await expect.poll(() => heard).toContain('conversation.item.truncated');
  expect(heard).toContain('conversation.item.input_audio_transcription.completed');
  expect(errors).toEqual([]);
});
