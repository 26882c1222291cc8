import { asText, objectsIn } from '../../dialects/content.ts';
import { isSecondGeneration, updatedSession } from '../../dialects/realtime/session.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import type { SocketHost, SocketProtocol } from '../host.ts';
import { Conversation } from './conversation.ts';
import type { Entry } from './conversation.ts';
import { heard } from './heard.ts';
import { InputBuffer } from './input-buffer.ts';
import { refusal, invalidValue, missing } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { Responder } from './responder.ts';
import { formatOf } from './samples.ts';
import { CLIENT_EVENTS } from './client-events.ts';
import { failedTranscription, transcriptionOf } from './transcription.ts';
import { EventWriter } from './writer.ts';

const LONGEST_MS = 60 * 60 * 1000;

export interface SessionSettings {
  /** The session object as it begins. */
  readonly session: Body;
  /** Beside a call whose sound goes over another connection. */
  readonly sideband: boolean;
}

/** A conversation with a model over one socket. */
export class RealtimeSession implements SocketProtocol {
  readonly host: SocketHost;
  readonly events: EventWriter;
  readonly conversation = new Conversation();
  readonly buffer: InputBuffer;
  readonly responder: Responder;
  readonly sideband: boolean;
  session: Body;
  /** The id that the sound in the buffer will have as an item. */
  itemId: string | undefined;
  #expiry: (() => void) | undefined;
  #idle: (() => void) | undefined;

  constructor(host: SocketHost, { session, sideband }: SessionSettings) {
    this.host = host;
    this.session = session;
    this.sideband = sideband;
    this.events = new EventWriter(host.context().random, () => host.clock.now());
    this.buffer = new InputBuffer(formatOf(this.input['format']));
    this.responder = new Responder(this);
  }

  open(): void {
    const { host } = this;
    if (!this.sideband) this.send('session.created', { session: this.session });
    this.#expiry = host.clock.after(LONGEST_MS, () => {
      const message = 'Your session hit the maximum duration of 60 minutes.';
      host.send(this.events.error(refusal(message, 'session_expired')));
      host.close(1001, message);
    });
  }

  closed(): void {
    this.#expiry?.();
    this.#idle?.();
    this.responder.stop();
  }

  receive(frame: string | Buffer): void {
    let event: unknown;
    try {
      event = JSON.parse(frame.toString());
    } catch {
      this.refuse(refusal('We could not parse the JSON body of your event.', 'invalid_json'));
      return;
    }
    const type = isBody(event) ? event['type'] : undefined;
    if (!isBody(event) || typeof type !== 'string') {
      this.refuse(missing('type'), isBody(event) ? event : undefined);
      return;
    }
    const handler = Object.hasOwn(CLIENT_EVENTS, type) ? CLIENT_EVENTS[type] : undefined;
    const refused = handler ? handler(this, event) : invalidValue('type', type, Object.keys(CLIENT_EVENTS));
    if (refused) this.refuse(refused, event);
  }

  send(type: string, fields: Body): void {
    this.host.send(this.events.text(type, fields));
  }

  refuse(refused: Refusal, event?: Body): void {
    this.host.send(this.events.error(refused, event?.['event_id']));
  }

  get audio(): { readonly input: Body; readonly output: Body } {
    const audio = isBody(this.session['audio']) ? this.session['audio'] : {};
    const part = (name: string): Body => (isBody(audio[name]) ? audio[name] : {});
    return { input: part('input'), output: part('output') };
  }

  get input(): Body {
    return this.audio.input;
  }

  get model(): string {
    return asText(this.session['model']);
  }

  get phases(): boolean {
    return isSecondGeneration(this.model);
  }

  get transcribes(): boolean {
    return this.session['type'] === 'transcription';
  }

  update(change: Body): void {
    this.session = updatedSession(this.session, change);
    this.buffer.format = formatOf(this.input['format']);
    this.send('session.updated', { session: this.session });
    this.watchIdle();
  }

  /** Adds an item and says so. */
  added(entry: Entry, after?: string): void {
    const { conversation } = this;
    conversation.add(entry, after);
    const fields = { previous_item_id: conversation.before(asText(entry.item['id'])), item: entry.item };
    this.send('conversation.item.added', fields);
    this.send('conversation.item.done', fields);
  }

  /** Makes the sound an item of the user, and answers it when `answers`. */
  commit(sound: Buffer, answers: boolean): void {
    const id = this.itemId ?? this.events.id('item');
    this.itemId = undefined;
    const { conversation } = this;
    this.send('input_audio_buffer.committed', { previous_item_id: conversation.lastId, item_id: id });
    const transcript = this.#transcript(sound);
    const content = [{ type: 'input_audio', transcript: null }];
    const item = { id, type: 'message', status: 'completed', role: 'user', content };
    const entry = { item, sound: heard(sound, formatOf(this.input['format']), transcript?.text) };
    this.added(entry);
    if (!answers) this.#transcribe(entry, transcript);
    else this.responder.respond({}, () => this.#transcribe(entry, transcript));
  }

  /** After silence of `idle_timeout_ms` the model speaks without being spoken to. */
  watchIdle(): void {
    this.#idle?.();
    this.#idle = undefined;
    const detection = isBody(this.input['turn_detection']) ? this.input['turn_detection'] : {};
    const ms = detection['idle_timeout_ms'];
    if (typeof ms !== 'number' || this.transcribes) return;
    this.#idle = this.host.clock.after(ms, () => {
      if (this.buffer.speaking || this.responder.active) return;
      const end = Math.floor(this.buffer.writtenMs);
      this.itemId = this.events.id('item');
      const times = { audio_start_ms: Math.max(0, Math.floor(end - this.buffer.ms)), audio_end_ms: end };
      this.send('input_audio_buffer.timeout_triggered', { ...times, item_id: this.itemId });
      this.commit(this.buffer.take(), true);
    });
  }

  /** What rules say about the sound: they are asked only where it is written down. */
  #transcript(sound: Buffer): ScriptedTranscript | undefined {
    const { transcription } = this.input;
    if (!isBody(transcription)) return undefined;
    const words = heard(sound, formatOf(this.input['format'])).words;
    const model = asText(transcription['model']);
    const turn = this.host.begin({ operation: 'realtime.transcription', body: { model, input: words } });
    const bill: Bill = (usage) => {
      turn.bill(usage);
      turn.end(true);
    };
    if (turn.failure !== undefined) return { failure: turn.failure.error.code, bill };
    return { text: turn.scripted?.text, bill };
  }

  #transcribe(entry: Entry, transcript: ScriptedTranscript | undefined): void {
    const { transcription } = this.input;
    if (transcript === undefined || !isBody(transcription) || entry.sound === undefined) return;
    const itemId = asText(entry.item['id']);
    if (transcript.failure !== undefined) {
      this.host.send(failedTranscription(itemId, transcript.failure, this.events));
      transcript.bill({ input: 0, output: 0 });
      return;
    }
    const said = { itemId, model: asText(transcription['model']), sound: entry.sound };
    const { texts, tokens } = transcriptionOf(said, this.events, this.host.context().tokenizer);
    for (const text of texts) this.host.send(text);
    transcript.bill(tokens);
    const content = objectsIn(entry.item['content']).map((part) => ({
      ...part,
      transcript: entry.sound?.words ?? null,
    }));
    this.conversation.replace({ ...entry, item: { ...entry.item, content } });
  }
}

interface ScriptedTranscript {
  readonly text?: string | undefined;
  /** The code of the error, when the sound cannot be written down. */
  readonly failure?: string | null | undefined;
  readonly bill: Bill;
}

type Bill = (usage: { readonly input: number; readonly output: number }) => void;
