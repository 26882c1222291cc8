import { ProxyError } from '../../core/errors.ts';
import { scanJson } from '../../wire/json-scan.ts';

const STREAM_ID = /^[A-Za-z0-9_.-]{1,256}$/;

/** What a frame says of itself; the request in it is read by its pipeline. */
export interface FrameHead {
  readonly type: unknown;
  readonly streamId: string | undefined;
  /** Of a response that is steered. */
  readonly responseId: string;
}

/**
 * Reads a frame without parsing the whole of it: that costs what the client wants it to. Throws ProxyError: `invalid_json`,
 * `body_too_complex`, `invalid_value` for a `stream_id` that is none.
 */
export function frameHead(frame: Buffer): FrameHead {
  const { open, members } = scanJson(frame);
  if (open === -1) throw new ProxyError('invalid_json', 'We could not parse the JSON body of your message.');
  const valueOf = (key: string): unknown => {
    const member = members.findLast((one) => one.key === key);
    return member && parsed(frame.toString('utf8', member.valueStart, member.valueEnd));
  };
  const streamId = valueOf('stream_id');
  if (streamId !== undefined && (typeof streamId !== 'string' || !STREAM_ID.test(streamId))) {
    const message = "Invalid 'stream_id': expected 1 to 256 characters of letters, digits, '_', '.' and '-'.";
    throw new ProxyError('invalid_value', message, { param: 'stream_id' });
  }
  const responseId = valueOf('previous_response_id');
  return { type: valueOf('type'), streamId, responseId: typeof responseId === 'string' ? responseId : '' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
