import type { Body } from '../../dialects/validate.ts';
import type { Failure } from '../host.ts';

const HEADERS = /^(?:retry-after(?:-ms)?|x-ratelimit-.*|x-request-id)$/;

export function badFrame(message: string, code: string | null, param: string | null = null): Failure {
  return { status: 400, error: { type: 'invalid_request_error', code, message, param } };
}

/** An error as a frame; the socket stays. */
export function errorFrame({ status, error, headers }: Failure, streamId: string | undefined): string {
  const { type, code, message, param } = error;
  const transcript = Object.entries(headers ?? {}).filter(([name]) => HEADERS.test(name));
  const shown: Body = {
    type,
    code,
    message,
    param,
    ...(transcript.length > 0 && { headers: Object.fromEntries(transcript) }),
  };
  return JSON.stringify({ type: 'error', status, ...withStream(streamId), error: shown });
}

export function withStream(streamId: string | undefined): Body {
  return streamId === undefined ? {} : { stream_id: streamId };
}
