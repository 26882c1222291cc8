import type { Responder } from '../wire/http.ts';

/** Stands for a client's connection: keeps what it is sent. */
export class FakeResponder implements Responder {
  readonly heads: { status: number; headers: readonly string[] }[] = [];
  text = '';
  takesMore = true;
  closed = false;
  wasCut = false;
  wasDropped = false;
  /** The client has read what was sent. */
  drain = (): void => undefined;
  leave = (): void => undefined;

  get headSent(): boolean {
    return this.heads.length > 0;
  }
  head(status: number, headers: readonly string[]): void {
    this.heads.push({ status, headers });
  }
  write(chunk: Buffer): boolean {
    this.text += chunk.toString();
    return this.takesMore;
  }
  end(chunk?: Buffer): void {
    this.text += chunk?.toString() ?? '';
    this.closed = true;
  }
  cut(): void {
    this.wasCut = true;
  }
  drop(): void {
    this.wasDropped = true;
  }
  onDrain(listener: () => void): void {
    this.drain = listener;
  }
  onLeave(listener: () => void): void {
    this.leave = listener;
  }
}
