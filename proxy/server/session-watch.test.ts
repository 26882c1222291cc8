import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { BilledCall } from '../generation/payer.ts';
import type { Endpoint } from '../routing/types.ts';
import { SessionWatch } from './session-watch.ts';

const endpoint: Endpoint = {
  id: 'talk/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'sk-our-own-key' },
  weight: 1,
  headers: {},
};
const USAGE = {
  total_tokens: 250,
  input_tokens: 200,
  output_tokens: 50,
  input_token_details: {
    text_tokens: 80,
    audio_tokens: 120,
    cached_tokens: 64,
    cached_tokens_details: { text_tokens: 24, audio_tokens: 40 },
  },
  output_token_details: { text_tokens: 10, audio_tokens: 40 },
};

interface Watched {
  readonly watch: SessionWatch;
  readonly clock: ManualClock;
  readonly calls: BilledCall[];
  readonly stops: string[];
  readonly unread: number[];
  readonly faults: unknown[];
  /** How often the caller's right to go on was asked for. */
  asked: number;
  breaks: boolean;
  reason: string | undefined | Promise<string | undefined>;
}

function watched(model: string | null = 'talk'): Watched {
  const clock = new ManualClock();
  const bed: Watched = {
    clock,
    calls: [],
    stops: [],
    unread: [],
    faults: [],
    asked: 0,
    breaks: false,
    reason: undefined,
    watch: new SessionWatch({
      endpoint,
      clock,
      stop: (reason) => bed.stops.push(reason),
      fault: (error) => bed.faults.push(error),
      meter: {
        model: model ?? undefined,
        bill: (call) => bed.calls.push(call),
        unread: (messages) => bed.unread.push(messages),
        stopReason: () => {
          bed.asked += 1;
          if (bed.breaks) throw new Error('broken');
          return bed.reason;
        },
      },
    }),
  };
  return bed;
}

/** One text frame with this event. */
function send({ watch: { frames } }: Watched, event: object | string): void {
  frames.begin(0x81, false);
  frames.payload(Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)));
  frames.end();
}

test('an answer of a session is billed with its sound, and what of it was cached', () => {
  const bed = watched();
  send(bed, { type: 'response.done', response: { id: 'resp_1', status: 'completed', usage: USAGE } });
  const parts = { cachedInput: 64, audioInput: 80, audioOutput: 40 };
  expect(bed.calls).toEqual([
    { endpoint, outcome: 'ok', usage: { input: 200, output: 50, ...parts }, estimated: false, billed: true },
  ]);
});

test('a transcript is billed to the model that the session names for it', () => {
  const bed = watched();
  const session = { model: 'gpt-realtime', audio: { input: { transcription: { model: 'gpt-4o-transcribe' } } } };
  send(bed, { type: 'session.updated', session });
  const type = 'conversation.item.input_audio_transcription.completed';
  send(bed, { type, transcript: 'Hi', usage: { type: 'duration', seconds: 3 } });
  const tokens = { type: 'tokens', input_tokens: 9, output_tokens: 2, input_token_details: { audio_tokens: 8 } };
  send(bed, { type, transcript: 'Hi', usage: tokens });
  send(bed, { type: 'response.done', response: { usage: USAGE } });
  expect(bed.calls.map(({ model, usage }) => [model, usage?.seconds ?? usage?.input])).toEqual([
    ['gpt-4o-transcribe', 3],
    ['gpt-4o-transcribe', 9],
    [undefined, 200],
  ]);
});

test('where the request names no model the session does', () => {
  const bed = watched(null);
  send(bed, { type: 'session.created', session: { model: 'gpt-realtime' } });
  send(bed, { type: 'response.done', response: { usage: USAGE } });
  expect(bed.calls[0]?.model).toBe('gpt-realtime');
});

test('nothing is billed of events without usage, of other events, and of what is no event', () => {
  const bed = watched();
  send(bed, { type: 'response.done', response: { status: 'cancelled', usage: null } });
  send(bed, { type: 'response.created', response: { usage: USAGE } });
  send(bed, { type: 'response.output_text.delta', delta: '"response.done"', usage: USAGE });
  send(bed, '{"type":"response.done"');
  send(bed, '["response.done"]');
  expect(bed.calls).toEqual([]);
  expect(bed.asked).toBe(0);
});

test('whether it may go on is asked at each billed event, and every 30 seconds', async () => {
  const bed = watched();
  send(bed, { type: 'response.done', response: { usage: USAGE } });
  expect(bed.asked).toBe(1);
  bed.clock.advance(30_000);
  bed.clock.advance(30_000);
  expect(bed.asked).toBe(3);
  bed.reason = 'budget_exceeded: The budget of the key is used up.';
  send(bed, { type: 'response.done', response: { usage: USAGE } });
  bed.reason = Promise.resolve('virtual_key_blocked: late');
  bed.clock.advance(30_000);
  await bed.reason;
  expect(bed.stops).toEqual(['budget_exceeded: The budget of the key is used up.', 'virtual_key_blocked: late']);
});

test('after its end nothing is billed, asked or stopped, and no timer is left', async () => {
  const bed = watched();
  const late = Promise.resolve('late');
  bed.reason = late;
  bed.clock.advance(30_000);
  bed.watch.end();
  bed.watch.end();
  await late;
  send(bed, { type: 'response.done', response: { usage: USAGE } });
  bed.clock.advance(60_000);
  expect([bed.calls, bed.stops, bed.unread, bed.asked, bed.clock.timers]).toEqual([[], [], [], 1, 0]);
});

test('what could not be read is reported at the end', () => {
  const bed = watched();
  bed.watch.frames.begin(0xc1, false);
  bed.watch.frames.end();
  expect(bed.unread).toEqual([]);
  bed.watch.end();
  expect(bed.unread).toEqual([1]);
});

test('a fault of the meter is reported and ends nothing', () => {
  const bed = watched();
  bed.breaks = true;
  send(bed, { type: 'response.done', response: { usage: USAGE } });
  bed.clock.advance(30_000);
  bed.clock.advance(30_000);
  expect(bed.faults).toEqual([new Error('broken'), new Error('broken'), new Error('broken')]);
  expect(bed.calls).toHaveLength(1);
});
