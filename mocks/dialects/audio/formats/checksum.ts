/** The checksum of `bits` width of FLAC (8 and 16) and Ogg (32): highest bit first, begun at 0, nothing turned around. */
export function checksum(bytes: Buffer, bits: 8 | 16 | 32, polynomial: number): number {
  const top = 2 ** (bits - 1);
  const mask = bits === 32 ? 0xffffffff : 2 ** bits - 1;
  let sum = 0;
  for (const byte of bytes) {
    sum = (sum ^ (byte << (bits - 8))) >>> 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = (sum & top) !== 0;
      sum = ((sum << 1) & mask) >>> 0;
      if (carry) sum = (sum ^ polynomial) >>> 0;
    }
  }
  return sum;
}
