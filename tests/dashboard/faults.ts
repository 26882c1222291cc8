import type { BrowserContext, Request } from 'playwright-core';

/** Records what goes wrong in a browser; the returned function gives all of it, one line each. */
export function watchFaults(context: BrowserContext, origin: string, expected: readonly RegExp[]): () => string[] {
  const seen: string[] = [];
  const note = (line: string): void => {
    if (!expected.some((pattern) => pattern.test(line))) seen.push(line);
  };
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => note(`page error: ${error.error().stack ?? error.error().message}`));
  context.on('requestfailed', (request) => {
    if (!isLeft(request)) note(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText ?? ''}`);
  });
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(?:data|blob):/.test(url)) note(`left the origin: ${url}`);
  });
  return () => [...seen];
}

/** A page that is left ends its event streams and what it was still fetching. */
function isLeft(request: Request): boolean {
  return request.failure()?.errorText === 'net::ERR_ABORTED';
}
