import { pcm } from '../../dialects/audio/wav.ts';
import { spoken } from '../../dialects/audio/spoken.ts';
import { asText } from '../../dialects/content.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import type { SocketHost, SocketProtocol, Step } from '../host.ts';
import { objectOf } from '../frame.ts';
import { Player } from '../player.ts';
import { wordsIn } from './heard.ts';
import { InputBuffer } from './input-buffer.ts';
import { chunksOf } from './output.ts';
import { invalidValue, missing, refusal } from './refusal.ts';
import { EventWriter } from './writer.ts';

const FORMAT = 'audio/pcm';
const DETECTION = { threshold: 0.5, paddingMs: 300, silenceMs: 500 };
const SOUND = { sample_rate: 24_000, channels: 1, format: 'pcm16' };
const EVENTS = ['session.update', 'session.input_audio_buffer.append', 'session.close'];
const CLOSED = 1000;

/** Translates what is said, one utterance after the other: `[de] …` unless a rule says what it is in the other language. */
export class TranslationSession implements SocketProtocol {
  readonly #host: SocketHost;
  readonly #events: EventWriter;
  readonly #buffer = new InputBuffer(FORMAT);
  readonly #waiting: Buffer[] = [];
  #session: Body;
  #player: Player | undefined;
  #closing = false;

  constructor(host: SocketHost, session: Body) {
    this.#host = host;
    this.#session = session;
    this.#events = new EventWriter(host.context().random, () => host.clock.now());
  }

  open(): void {
    this.#send('session.created', { session: this.#session });
  }

  closed(): void {
    this.#player?.stop();
  }

  receive(frame: string | Buffer): void {
    const event = objectOf(frame);
    if (event) this.#take(event);
    else {
      this.#host.send(this.#events.error(refusal('We could not parse the JSON body of your event.', 'invalid_json')));
    }
  }

  #take(event: Body): void {
    const { type, audio } = event;
    if (type === 'session.update') this.#update(isBody(event['session']) ? event['session'] : {});
    else if (type === 'session.close') this.#close();
    else if (type !== 'session.input_audio_buffer.append') {
      this.#host.send(this.#events.error(invalidValue('type', type, EVENTS), event['event_id']));
    } else if (typeof audio === 'string') this.#hear(Buffer.from(audio, 'base64'));
    else this.#host.send(this.#events.error(missing('audio'), event['event_id']));
  }

  #send(type: string, fields: Body): void {
    this.#host.send(this.#events.text(type, fields));
  }

  get #audio(): { readonly input: Body; readonly output: Body } {
    const audio = isBody(this.#session['audio']) ? this.#session['audio'] : {};
    const part = (name: string): Body => (isBody(audio[name]) ? audio[name] : {});
    return { input: part('input'), output: part('output') };
  }

  #update(change: Body): void {
    const asked = isBody(change['audio']) ? change['audio'] : {};
    const { input, output } = this.#audio;
    const merged = (before: Body, after: unknown): Body => ({ ...before, ...(isBody(after) ? after : {}) });
    const audio = { input: merged(input, asked['input']), output: merged(output, asked['output']) };
    this.#session = { ...this.#session, audio };
    this.#send('session.updated', { session: this.#session });
  }

  #hear(sound: Buffer): void {
    for (const heard of this.#buffer.append(sound, DETECTION))
      if (heard.kind === 'stopped') this.#waiting.push(heard.sound);
    this.#next();
  }

  /** What was begun is still translated. */
  #close(): void {
    if (this.#buffer.speaking) this.#waiting.push(this.#buffer.take());
    this.#closing = true;
    this.#next();
  }

  #next(): void {
    if (this.#player !== undefined) return;
    const sound = this.#waiting.shift();
    if (sound !== undefined) this.#translate(wordsIn(sound, FORMAT));
    else if (this.#closing) {
      this.#send('session.closed', {});
      this.#host.close(CLOSED, '');
    }
  }

  #translate(words: string): void {
    const { input, output } = this.#audio;
    const language = asText(output['language']) || 'en';
    const model = asText(this.#session['model']);
    const turn = this.#host.begin({ operation: 'realtime.translation', body: { model, input: words, language } });
    if (turn.failure !== undefined) {
      turn.send(this.#events.error(turn.failure.error), 0);
      turn.end(true);
      this.#next();
      return;
    }
    const text = turn.scripted?.text ?? `[${language}] ${words}`;
    const { tokenizer } = turn.context;
    const pieces = (said: string): readonly string[] => tokenizer.pieces(said, 'o200k_base');
    turn.bill({ input: pieces(words).length, output: pieces(text).length });
    const said = isBody(input['transcription']) ? pieces(words) : [];
    this.#player = new Player({
      steps: this.#steps(said, pieces(text), pcm(spoken(text))),
      turn,
      clock: this.#host.clock,
      done: () => {
        turn.end(true);
        this.#player = undefined;
        this.#next();
      },
      fail: (error) => this.#host.fail(error),
    });
    this.#player.start();
  }

  *#steps(said: readonly string[], transcript: readonly string[], sound: Buffer): Generator<Step> {
    const step = (type: string, fields: Body, tokens: number): Step => ({
      text: this.#events.text(type, { ...fields, elapsed_ms: Math.floor(this.#buffer.writtenMs) }),
      tokens,
      kind: 'content',
    });
    for (const delta of said) yield step('session.input_transcript.delta', { delta }, 0);
    for (const delta of transcript) yield step('session.output_transcript.delta', { delta }, 1);
    for (const chunk of chunksOf({ bytes: sound, format: FORMAT })) {
      yield step('session.output_audio.delta', { delta: chunk.toString('base64'), ...SOUND }, 0);
    }
  }
}
