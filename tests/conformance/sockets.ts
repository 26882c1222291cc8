import { EventEmitter, once } from 'node:events';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { expect, onTestFinished } from 'vitest';
import type { Bed } from './bed.ts';
import { Judge, specificationIsThere } from './judge.ts';

const judge = specificationIsThere ? new Judge() : undefined;

/** An event of a server, as far as tests look at it. */
export type Heard = Readonly<Record<string, unknown>> & { readonly type: string };

const WAIT_MS = 10_000;

/** What a socket says, in its order; `judge` throws what is wrong with an event. */
export class Talk {
  readonly misfits: string[] = [];
  readonly heard: Heard[] = [];
  readonly #news = new EventEmitter();

  push(event: unknown, judge?: (event: Heard) => void): void {
    this.heard.push(event as Heard);
    try {
      judge?.(event as Heard);
    } catch (error) {
      this.misfits.push(error instanceof Error ? error.message : String(error));
    }
    this.#news.emit('event');
  }

  get types(): readonly string[] {
    return this.heard.map(({ type }) => type);
  }

  all(type: string): readonly Heard[] {
    return this.heard.filter((event) => event.type === type);
  }

  /** The `count`th event of a type, now or when it comes. */
  async next(type: string, count = 1): Promise<Heard> {
    for (;;) {
      const found = this.all(type)[count - 1];
      if (found !== undefined) return found;
      try {
        await once(this.#news, 'event', { signal: AbortSignal.timeout(WAIT_MS) });
      } catch (cause) {
        throw new Error(`no ${type} (${count}) within ${WAIT_MS} ms; heard: ${this.types.join(', ')}`, { cause });
      }
    }
  }

  /** The types from the first event of one type to the next of another, runs of one type as one. */
  between(from: string, to: string): readonly string[] {
    const start = this.types.indexOf(from);
    const end = this.types.indexOf(to, start);
    return this.types.slice(start, end + 1).filter((type, at, all) => type !== all[at - 1]);
  }
}

export interface RealtimeTalk {
  readonly rt: OpenAIRealtimeWS;
  readonly talk: Talk;
  readonly errors: Error[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly send: (event: RealtimeClientEvent) => void;
}

type Connect = Partial<ConstructorParameters<typeof OpenAIRealtimeWS>[0]> & { readonly apiKey?: string };

/** Connects with the official client, which trusts the certificate of the bed's mock. */
export function realtime(bed: Bed, { apiKey, ...connect }: Connect = { model: 'gpt-realtime' }): RealtimeTalk {
  const ca = bed.mock.certificate;
  const options = { ca, ...connect.options };
  const props = { ...connect, options } as ConstructorParameters<typeof OpenAIRealtimeWS>[0];
  const rt = new OpenAIRealtimeWS(props, bed.client(apiKey === undefined ? {} : { apiKey }));
  const talk = new Talk();
  const errors: Error[] = [];
  rt.on('event', (event: RealtimeServerEvent) => talk.push(event, (heard) => judge?.realtimeEvent(heard)));
  rt.on('error', (error) => errors.push(error));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    rt.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  onTestFinished(() => {
    rt.socket.terminate();
    expect(talk.misfits).toEqual([]);
  });
  return { rt, talk, errors, closed, send: (event) => rt.send(event) };
}

/** A message of the user. */
export function said(text: string): RealtimeClientEvent {
  return {
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
  };
}

/** So many milliseconds of a tone, or of silence, as base64 of 24 kHz PCM. */
export function tone(ms: number, amplitude = 8000): string {
  const samples = Buffer.alloc(ms * 48);
  for (let at = 0; at < samples.length / 2; at += 1) {
    samples.writeInt16LE(Math.round(Math.sin(at / 10) * amplitude), at * 2);
  }
  return samples.toString('base64');
}

export const silence = (ms: number): string => tone(ms, 0);
