export const TEXT_OPCODE = 1;
export const CLOSE_OPCODE = 8;
/** Reserved (RFC 6455, section 5.2). */
export const RESERVED_OPCODE = 3;

const FINAL = 0x80;
const SHORT_LENGTH = 125;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;
const MOST_IN_TWO_BYTES = 0xffff;

function lengthBytes(length: number): Buffer {
  if (length <= SHORT_LENGTH) return Buffer.from([length]);
  if (length <= MOST_IN_TWO_BYTES) {
    const bytes = Buffer.from([TWO_BYTES, 0, 0]);
    bytes.writeUInt16BE(length, 1);
    return bytes;
  }
  const bytes = Buffer.alloc(9);
  bytes[0] = EIGHT_BYTES;
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** A frame of the server (RFC 6455, section 5.2), for what no library sends. */
export function rawFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([FINAL | opcode]), lengthBytes(payload.length), payload]);
}

/** A close frame with any code, also one that may not be sent. */
export function rawClose(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return rawFrame(CLOSE_OPCODE, Buffer.concat([payload, Buffer.from(reason)]));
}
