import { callId } from '../../dialects/realtime/ids.ts';
import type { DialectContext } from '../../dialects/reply.ts';
import type { Body } from '../../dialects/validate.ts';
import type { Generation } from '../../generation/generate.ts';
import type { Step } from '../host.ts';
import type { Conversation } from './conversation.ts';
import { soundMs } from './conversation.ts';
import type { MessageOutput, Output, Status } from './output.ts';
import { chunksOf, itemOf, partOf, sentSound, soundOf } from './output.ts';
import type { SoundFormat } from './samples.ts';
import type { InputTokens, OutputTokens } from './usage.ts';
import { callTokens, spokenTokens, usageOf, writtenTokens } from './usage.ts';
import type { EventWriter } from './writer.ts';

/** How a response is to be given. */
export interface ResponseSettings {
  readonly conversationId: string | null;
  readonly modalities: readonly unknown[];
  readonly maxTokens: unknown;
  readonly format: SoundFormat;
  readonly shownFormat: unknown;
  readonly voice: unknown;
  readonly speed: number;
  readonly metadata: unknown;
  /** Messages carry a phase. */
  readonly phases: boolean;
  /** Sound goes over another connection: only its beginning and its end are announced. */
  readonly sideband: boolean;
}

export interface ResponseParts {
  readonly settings: ResponseSettings;
  readonly generation: Generation;
  readonly input: InputTokens;
  /** Text tokens of the response before this one. */
  readonly before: number;
  readonly events: EventWriter;
  /** Where the items go; undefined for a response outside of the conversation. */
  readonly conversation: Conversation | undefined;
  readonly context: DialectContext;
  readonly count: (text: string) => number;
}

export type CutReason = 'turn_detected' | 'client_cancelled';

const TRANSCRIPT_RUN = 3;
const SOUND_RUN = 2;

/** One response from `response.created` to `response.done`. */
export class RealtimeResponse {
  readonly id: string;
  readonly #parts: ResponseParts;
  readonly #outputs: readonly Output[];
  #playing = false;

  constructor(parts: ResponseParts) {
    this.#parts = parts;
    this.id = parts.events.id('resp');
    this.#outputs = this.#planned();
  }

  *steps(): Generator<Step> {
    const { events, generation } = this.#parts;
    yield events.step('response.created', { response: this.#shown('in_progress', null, null) });
    for (const [index, output] of this.#outputs.entries()) {
      if (output.state === 'new') yield* this.#opened(output, index);
      if (output.kind === 'message') yield* this.#message(output, index);
      else yield* this.#call(output, index);
    }
    const cut = generation.finish === 'length' || generation.finish === 'content_filter';
    const reason = generation.finish === 'length' ? 'max_output_tokens' : 'content_filter';
    yield* cut ? this.#ended('incomplete', { type: 'incomplete', reason }) : this.#ended('completed', null);
  }

  /** What is still to be said when it is cut off: whatever was begun is closed as it is. */
  *cut(reason: CutReason): Generator<Step> {
    for (const [index, output] of this.#outputs.entries()) {
      if (output.state === 'open') yield* this.#closed(output, index, 'incomplete');
    }
    yield* this.#ended('cancelled', { type: 'cancelled', reason });
  }

  /** Usage of what was sent so far. */
  get usage(): Body {
    const { input, before } = this.#parts;
    return usageOf(input, this.#outputTokens(), before);
  }

  #planned(): readonly Output[] {
    const { settings, generation, events, context } = this.#parts;
    const { text, refusal, pieces, calls } = generation;
    const words = text ?? refusal;
    const phase = settings.phases ? (calls.length > 0 ? 'commentary' : 'final_answer') : undefined;
    const sound = settings.modalities.includes('audio');
    const outputs: Output[] = [];
    if (words !== undefined && (words !== '' || calls.length === 0)) {
      outputs.push({
        kind: 'message',
        id: events.id('item'),
        phase,
        text: words,
        pieces,
        sound: sound ? soundOf(words, settings.format, settings.speed) : undefined,
        sentText: '',
        sentBytes: 0,
        state: 'new',
      });
    }
    for (const { name, pieces: input } of calls) {
      const ids = { id: events.id('item'), callId: callId(context.random) };
      outputs.push({ kind: 'function_call', ...ids, name, pieces: input, sentText: '', state: 'new' });
    }
    return outputs;
  }

  *#opened(output: Output, index: number): Generator<Step> {
    const { events, conversation } = this.#parts;
    const item = itemOf(output, 'in_progress');
    const fields = { response_id: this.id, output_index: index, item };
    yield events.step('response.output_item.added', fields, 'open', () => {
      output.state = 'open';
    });
    if (conversation === undefined) return;
    const previous = conversation.lastId;
    yield events.step('conversation.item.added', { previous_item_id: previous, item }, 'open', () =>
      conversation.add({ item }),
    );
  }

  #where(output: Output, index: number): Body {
    const content = output.kind === 'message' ? { content_index: 0 } : {};
    return { response_id: this.id, item_id: output.id, output_index: index, ...content };
  }

  *#message(output: MessageOutput, index: number): Generator<Step> {
    const { events } = this.#parts;
    const where = this.#where(output, index);
    yield events.step('response.content_part.added', { ...where, part: partOf(output, '') });
    if (output.sound === undefined) {
      for (const piece of output.pieces) yield this.#written('response.output_text.delta', output, where, piece);
    } else yield* this.#spoken(output, where, output.sound);
    // A model that says what it is about to do begins the call before the message is over.
    const next = this.#outputs[index + 1];
    if (output.phase === 'commentary' && next !== undefined) yield* this.#opened(next, index + 1);
    yield* this.#closed(output, index, this.#status(index));
  }

  #written(type: string, output: Output, where: Body, piece: string, more: Body = {}): Step {
    return this.#parts.events.delta(type, { ...where, ...more }, piece, () => {
      output.sentText += piece;
    });
  }

  *#spoken(output: MessageOutput, where: Body, sound: NonNullable<MessageOutput['sound']>): Generator<Step> {
    const { settings } = this.#parts;
    const chunks = chunksOf(sound);
    let next = 0;
    for (const [at, piece] of output.pieces.entries()) {
      yield this.#written('response.output_audio_transcript.delta', output, where, piece);
      if (at % TRANSCRIPT_RUN !== TRANSCRIPT_RUN - 1) continue;
      if (settings.sideband) yield* this.#playback();
      for (const chunk of chunks.slice(next, next + SOUND_RUN)) yield* this.#chunk(output, where, chunk);
      next += SOUND_RUN;
    }
    if (settings.sideband) yield* this.#playback();
    for (const chunk of chunks.slice(next)) yield* this.#chunk(output, where, chunk);
  }

  *#chunk(output: MessageOutput, where: Body, chunk: Buffer = Buffer.alloc(0)): Generator<Step> {
    const { events, settings } = this.#parts;
    const sent = (): void => {
      output.sentBytes += chunk.length;
    };
    if (settings.sideband) sent();
    else
      yield events.step('response.output_audio.delta', { ...where, delta: chunk.toString('base64') }, 'content', sent);
  }

  /** The beginning of the sound, once. */
  *#playback(): Generator<Step> {
    if (this.#playing) return;
    this.#playing = true;
    yield this.#parts.events.step('output_audio_buffer.started', { response_id: this.id });
  }

  *#call(output: Output & { readonly kind: 'function_call' }, index: number): Generator<Step> {
    const where = this.#where(output, index);
    const more = { call_id: output.callId };
    for (const piece of output.pieces) {
      yield this.#written('response.function_call_arguments.delta', output, where, piece, more);
    }
    yield* this.#closed(output, index, this.#status(index));
  }

  /** Only the last item is cut short. */
  #status(index: number): Status {
    const { finish } = this.#parts.generation;
    const cut = finish === 'length' || finish === 'content_filter';
    return cut && index === this.#outputs.length - 1 ? 'incomplete' : 'completed';
  }

  *#closed(output: Output, index: number, status: Status): Generator<Step> {
    const { events, conversation } = this.#parts;
    const where = this.#where(output, index);
    const { sentText } = output;
    if (output.kind === 'function_call') {
      const fields = { ...where, call_id: output.callId, name: output.name, arguments: sentText };
      yield events.step('response.function_call_arguments.done', fields, 'close');
    } else {
      if (output.sound === undefined) {
        yield events.step('response.output_text.done', { ...where, text: sentText }, 'close');
      } else {
        yield events.step('response.output_audio.done', where, 'close');
        yield events.step('response.output_audio_transcript.done', { ...where, transcript: sentText }, 'close');
      }
      yield events.step('response.content_part.done', { ...where, part: partOf(output, sentText) }, 'close');
    }
    output.state = 'done';
    const item = itemOf(output, status);
    if (conversation !== undefined) {
      conversation.replace({ item, sound: sentSound(output) });
      const previous = conversation.beforeWhenDone(output.id);
      yield events.step('conversation.item.done', { previous_item_id: previous, item }, 'close');
    }
    yield events.step('response.output_item.done', { response_id: this.id, output_index: index, item }, 'close');
  }

  *#ended(status: string, details: Body | null): Generator<Step> {
    const { events } = this.#parts;
    if (this.#playing) yield events.step('output_audio_buffer.stopped', { response_id: this.id }, 'close');
    yield events.step('response.done', { response: this.#shown(status, details, this.usage) }, 'close');
  }

  #shown(status: string, details: Body | null, usage: Body | null): Body {
    const { conversationId, modalities, maxTokens, shownFormat, voice, metadata } = this.#parts.settings;
    const begun = this.#outputs.filter(({ state }) => state === 'done');
    const whole = status === 'completed' ? 'completed' : 'incomplete';
    const output = usage === null ? [] : begun.map((one) => itemOf(one, one === begun.at(-1) ? whole : 'completed'));
    return {
      object: 'realtime.response',
      id: this.id,
      status,
      status_details: details,
      output,
      conversation_id: conversationId,
      output_modalities: modalities,
      max_output_tokens: maxTokens,
      audio: { output: { format: shownFormat, voice } },
      usage,
      metadata: metadata ?? null,
    };
  }

  #outputTokens(): OutputTokens {
    const { count } = this.#parts;
    let [text, audio] = [0, 0];
    for (const output of this.#outputs) {
      if (output.state === 'new') continue;
      const words = count(output.sentText);
      const sound = sentSound(output);
      if (output.kind === 'function_call') text += callTokens(words);
      else if (sound === undefined) text += writtenTokens(words);
      else {
        const tokens = spokenTokens(words, soundMs(sound));
        text += tokens.text;
        audio += tokens.audio;
      }
    }
    return { text, audio };
  }
}
