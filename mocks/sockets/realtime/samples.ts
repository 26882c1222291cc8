/** The sound formats of the realtime interface. */
export type SoundFormat = 'audio/pcm' | 'audio/pcmu' | 'audio/pcma';

const PCM_RATE = 24_000;
const TELEPHONE_RATE = 8000;

export function formatOf(value: unknown): SoundFormat {
  const type = typeof value === 'object' && value !== null ? (value as { readonly type?: unknown }).type : undefined;
  return type === 'audio/pcmu' || type === 'audio/pcma' ? type : 'audio/pcm';
}

export function bytesPerMs(format: SoundFormat): number {
  return format === 'audio/pcm' ? (PCM_RATE * 2) / 1000 : TELEPHONE_RATE / 1000;
}

/** ITU-T G.711, µ-law. */
function fromMuLaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4);
  return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

function toMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(32_635, Math.abs(sample)) + 0x84;
  const exponent = Math.max(0, Math.floor(Math.log2(magnitude)) - 7);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** ITU-T G.711, A-law. */
function fromALaw(byte: number): number {
  const bits = byte ^ 0x55;
  const exponent = (bits & 0x70) >> 4;
  const mantissa = (bits & 0x0f) << 4;
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function toALaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(32_635, Math.abs(sample));
  const exponent = magnitude < 256 ? 0 : Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

/** The sample at `at` bytes, 16 bit. */
export function sampleAt(sound: Buffer, at: number, format: SoundFormat): number {
  if (format === 'audio/pcm') return at + 1 < sound.length ? sound.readInt16LE(at) : 0;
  const byte = sound[at] ?? 0xff;
  return format === 'audio/pcmu' ? fromMuLaw(byte) : fromALaw(byte);
}

/** 24 kHz PCM in another format; every third sample for a telephone. */
export function encoded(pcm: Buffer, format: SoundFormat): Buffer {
  if (format === 'audio/pcm') return pcm;
  const step = (PCM_RATE / TELEPHONE_RATE) * 2;
  const encode = format === 'audio/pcmu' ? toMuLaw : toALaw;
  const out = Buffer.alloc(Math.floor(pcm.length / step));
  for (let at = 0; at < out.length; at += 1) out[at] = encode(pcm.readInt16LE(at * step));
  return out;
}
