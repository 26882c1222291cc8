import { expect, test } from 'vitest';
import { PROTOCOLS } from '../protocols/table.ts';
import type { Protocol } from '../protocols/types.ts';
import { AnswerTranslation } from '../translate/translation.ts';
import { chunk, DONE } from './generation.fixture.ts';
import { Events } from './intake.fixture.ts';
import { StreamIntake } from './stream-intake.ts';
import { doubting, TranslatedStream } from './translated-intake.ts';

const chat = PROTOCOLS['chat.completions'];
const ANSWER = chunk({ content: 'Hi' }) + chunk({}, 'stop');
const CUT = { kind: 'cut', reason: 'reset' } as const;

/** A stream of chat completions on its way to a client of Messages or Gemini. */
function translated(to: 'messages' | 'gemini', delimited: boolean): { events: Events; intake: TranslatedStream } {
  const client: Protocol = to === 'messages' ? PROTOCOLS.messages : PROTOCOLS['gemini.generate'];
  const context = { model: 'm', now: 0, random: { alnum: () => 'x' }, includeUsage: false, request: {} };
  const translator = new AnswerTranslation({ from: 'chat', to, context, protocol: chat });
  const events = new Events();
  const inner = new StreamIntake(client, doubting(translator, events));
  return { events, intake: new TranslatedStream(translator, inner, delimited) };
}

const CLIENTS = ['messages', 'gemini'] as const;

test.each(CLIENTS)('a terminal mark is the end for a client of %s, however the connection ends', (to) => {
  const ends: ((intake: TranslatedStream) => void)[] = [(intake) => intake.onEnd(), (intake) => intake.onFailure(CUT)];
  for (const end of ends) {
    const { events, intake } = translated(to, false);
    intake.onData(Buffer.from(ANSWER + DONE));
    end(intake);
    expect(events.outcome).toEqual({ kind: 'ok', status: 200 });
    expect(events.facts?.complete).toBe(true);
  }
});

test.each(CLIENTS)('without the mark a closed connection is a cut for a client of %s', (to) => {
  const { events, intake } = translated(to, false);
  intake.onData(Buffer.from(ANSWER));
  intake.onEnd();
  expect(events.outcome?.kind).toBe('cut');
  const clean = translated(to, true);
  clean.intake.onData(Buffer.from(ANSWER));
  clean.intake.onEnd();
  expect(clean.events.facts?.complete).toBe(true);
});

test('what speaks against an answer at its endpoint speaks against the one that is made of it', () => {
  const { events, intake } = translated('messages', true);
  const twice = ANSWER.replace(/^data: \{/, 'data: {"obfuscation":"abcdefgh",').replace(/^.*?\n\n/s, '$&$&');
  intake.onData(Buffer.from(twice + DONE));
  intake.onEnd();
  expect(events.outcome).toEqual({ kind: 'ok', status: 200 });
  expect(events.facts).toMatchObject({ complete: false, ended: true, reason: 'an event came twice' });
});

test('usage is what the endpoint said, also where the client has no word for it', () => {
  const { events, intake } = translated('gemini', true);
  const usage = {
    prompt_tokens: 90,
    completion_tokens: 10,
    prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 30, audio_tokens: 20 },
    completion_tokens_details: { reasoning_tokens: 4, audio_tokens: 2 },
  };
  intake.onData(Buffer.from(`${ANSWER}data: ${JSON.stringify({ id: 'chatcmpl-1', choices: [], usage })}\n\n${DONE}`));
  intake.onEnd();
  const parts = { cachedInput: 5, cacheWrite: 30, audioInput: 20, reasoning: 4, audioOutput: 2 };
  expect(events.facts?.usage).toEqual({ input: 90, output: 10, ...parts });
});
