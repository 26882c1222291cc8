import { InvalidInput } from '../rules/check.ts';
import { ScriptRefused } from '../rules/script/script.ts';
import { ROUTES } from './control-routes.ts';
import type { Controlled } from './controlled.ts';

export const CONTROL_PREFIX = '/__mock/';

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

function failure(status: number, message: string): ControlAnswer {
  return { status, body: { error: { message } } };
}

export interface ControlCall {
  readonly method: string;
  /** What follows the prefix. */
  readonly name: string;
  readonly query: string;
  readonly rawBody: Buffer;
}

/** Answers a request under `/__mock/`. */
export async function control(server: Controlled, call: ControlCall): Promise<ControlAnswer> {
  const { method, name, query, rawBody } = call;
  const route = ROUTES[`${method} ${name}`];
  if (route === undefined) {
    return failure(404, `${method} ${CONTROL_PREFIX}${name}: expected one of ${Object.keys(ROUTES).join(', ')}`);
  }
  try {
    const body: unknown = rawBody.length === 0 ? undefined : JSON.parse(rawBody.toString());
    return { status: 200, body: await route.run({ server, query: new URLSearchParams(query), body }) };
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof ScriptRefused) return failure(400, error.message);
    if (error instanceof SyntaxError) return failure(400, `body: expected JSON, found ${error.message}`);
    throw error;
  }
}
