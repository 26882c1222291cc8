import type { IncomingHttpHeaders } from 'node:http';
import type { UpstreamFailure, UpstreamHandler } from '../upstream/types.ts';

/** The handler of a call whose answer may become unwanted: once detached, it passes nothing on. */
export class DetachableHandler implements UpstreamHandler {
  #target: UpstreamHandler | undefined;

  constructor(target: UpstreamHandler) {
    this.#target = target;
  }

  detach(): void {
    this.#target = undefined;
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#target?.onHead(status, headers);
  }

  onData(chunk: Buffer): void {
    this.#target?.onData(chunk);
  }

  onEnd(): void {
    this.#target?.onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    this.#target?.onFailure(failure);
  }
}
