import type { SoundFormat } from './samples.ts';
import { bytesPerMs, sampleAt } from './samples.ts';

/** How speech is told from silence. */
export interface Detection {
  /** 0–1; louder sound is speech. */
  readonly threshold: number;
  readonly paddingMs: number;
  readonly silenceMs: number;
}

export type Heard =
  | { readonly kind: 'started'; readonly atMs: number }
  | { readonly kind: 'stopped'; readonly atMs: number; readonly sound: Buffer };

const FRAME_MS = 20;
/** Mean amplitude of a frame at which the threshold 0.5 takes it for speech. */
const SPEECH_AMPLITUDE = 500;
const MOST_BYTES = 30 * 1024 * 1024;

/** Sound that a client wrote and that is not committed yet. Times are milliseconds of all sound that was ever written. */
export class InputBuffer {
  #format: SoundFormat;
  #chunks: Buffer[] = [];
  /** Where the first byte that is kept stands among all that were written. */
  #startMs = 0;
  /** Not yet looked at: less than a frame. */
  #rest: Buffer = Buffer.alloc(0);
  #lookedMs = 0;
  #speaking: { readonly startMs: number; silentMs: number } | undefined;

  constructor(format: SoundFormat) {
    this.#format = format;
  }

  set format(format: SoundFormat) {
    this.#format = format;
  }

  get ms(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0) / bytesPerMs(this.#format);
  }

  /** Of all that was written. */
  get writtenMs(): number {
    return this.#startMs + this.ms;
  }

  get speaking(): boolean {
    return this.#speaking !== undefined;
  }

  /** Takes sound in; with a detection it says where speech began and ended. */
  *append(sound: Buffer, detection: Detection | undefined): Generator<Heard> {
    this.#chunks.push(sound);
    this.#makeRoom();
    if (detection === undefined) {
      this.#lookedMs = this.writtenMs;
      this.#rest = Buffer.alloc(0);
      return;
    }
    const frame = FRAME_MS * bytesPerMs(this.#format);
    const pending = Buffer.concat([this.#rest, sound]);
    let at = 0;
    for (; at + frame <= pending.length; at += frame) {
      const loud = this.#amplitude(pending, at, frame) > SPEECH_AMPLITUDE * 2 * detection.threshold;
      this.#lookedMs += FRAME_MS;
      const heard = this.#step(loud, detection);
      if (heard !== undefined) yield heard;
    }
    this.#rest = pending.subarray(at);
  }

  /** All that is kept; nothing is afterwards. */
  take(): Buffer {
    const sound = Buffer.concat(this.#chunks);
    this.#startMs += sound.length / bytesPerMs(this.#format);
    this.#lookedMs = this.#startMs;
    this.#rest = Buffer.alloc(0);
    this.#chunks = [];
    this.#speaking = undefined;
    return sound;
  }

  #amplitude(sound: Buffer, start: number, length: number): number {
    const size = this.#format === 'audio/pcm' ? 2 : 1;
    let sum = 0;
    for (let at = start; at < start + length; at += size) sum += Math.abs(sampleAt(sound, at, this.#format));
    return sum / (length / size);
  }

  #step(loud: boolean, { paddingMs, silenceMs }: Detection): Heard | undefined {
    const speaking = this.#speaking;
    if (speaking === undefined) {
      if (!loud) return undefined;
      const startMs = Math.max(0, this.#lookedMs - FRAME_MS - paddingMs);
      this.#speaking = { startMs, silentMs: 0 };
      return { kind: 'started', atMs: startMs };
    }
    speaking.silentMs = loud ? 0 : speaking.silentMs + FRAME_MS;
    if (speaking.silentMs < silenceMs) return undefined;
    return { kind: 'stopped', atMs: this.#lookedMs, sound: this.#cut(speaking.startMs, this.#lookedMs) };
  }

  /** Speech from its start to its end; what came before is forgotten, what comes after stays. */
  #cut(startMs: number, endMs: number): Buffer {
    const all = Buffer.concat(this.#chunks);
    const per = bytesPerMs(this.#format);
    const from = Math.max(0, Math.round(startMs - this.#startMs) * per);
    const to = Math.min(all.length, Math.round(endMs - this.#startMs) * per);
    this.#chunks = [all.subarray(to)];
    this.#startMs = endMs;
    this.#speaking = undefined;
    return all.subarray(from, to);
  }

  /** Sound that was never committed is forgotten from its beginning. */
  #makeRoom(): void {
    let bytes = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    while (bytes > MOST_BYTES && this.#chunks.length > 1) {
      const oldest = this.#chunks.shift()?.length ?? 0;
      bytes -= oldest;
      this.#startMs += oldest / bytesPerMs(this.#format);
    }
  }
}
