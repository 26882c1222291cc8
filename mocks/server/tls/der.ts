const SEQUENCE = 0x30;
const SET = 0x31;
const SHORT = 0x7f;

function lengthOf(length: number): Buffer {
  if (length <= SHORT) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

/** One value in DER (ITU-T X.690): tag, length, content. */
export function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

export const sequence = (...content: readonly Buffer[]): Buffer => tagged(SEQUENCE, ...content);
export const set = (...content: readonly Buffer[]): Buffer => tagged(SET, ...content);
export const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes);
export const bitString = (bytes: Buffer): Buffer => tagged(0x03, Buffer.from([0]), bytes);
export const octetString = (bytes: Buffer): Buffer => tagged(0x04, bytes);
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));
export const yes = (): Buffer => tagged(0x01, Buffer.from([0xff]));

/** `20261127120000Z` */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tagged(0x18, Buffer.from(text));
}

/** An object identifier, already encoded as hexadecimal digits. */
export const identifier = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
