import type { Body } from '../dialects/validate.ts';
import { isBody } from '../dialects/validate.ts';

/** The JSON object that a client has sent; undefined when the frame holds none. */
export function objectOf(frame: string | Buffer): Body | undefined {
  try {
    const value: unknown = JSON.parse(frame.toString());
    return isBody(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
