import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import type { ControlAnswer } from './control.ts';
import { control } from './control.ts';
import type { Controlled } from './controlled.ts';
import { controlRefusal, mayPreflight } from './control-guard.ts';
import { preflightHeaders } from './cors.ts';

export interface ControlEndpoint {
  /** What follows the prefix in the path. */
  readonly name: string;
  readonly query: string;
  /** Asked for once the request may use it: it brings a tenant into being. */
  readonly controlled: () => Controlled;
  /** What the server listens on. */
  readonly host: string;
  readonly token: string | undefined;
  readonly report: (error: unknown) => void;
}

/** Answers a request under `/__mock/`, or refuses it before its body is read. */
export function serveControl(endpoint: ControlEndpoint, request: IncomingMessage, response: ServerResponse): void {
  const { name, query, controlled, host, token, report } = endpoint;
  const { headers, method = 'GET' } = request;
  const { origin } = headers;
  if (method === 'OPTIONS' && origin !== undefined && mayPreflight(origin, token)) {
    response.writeHead(204, preflightHeaders(headers, origin)).end();
    return;
  }
  const readable: Record<string, string> = origin === undefined ? {} : { 'access-control-allow-origin': origin };
  const answer = ({ status, body }: ControlAnswer, more: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...more });
    response.end(JSON.stringify(body));
  };
  const refusal = controlRefusal(headers, host, token);
  if (refusal !== undefined) {
    answer({ status: 403, body: { error: { message: refusal } } });
    return;
  }
  readBody(request, (body = Buffer.alloc(0)) => {
    control(controlled(), { name, query, method, rawBody: body })
      .then((answered) => answer(answered, readable))
      .catch((error: unknown) => {
        report(error);
        response.destroy();
      });
  });
}
