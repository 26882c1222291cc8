const SLOTS = 16_384;
const POLYNOMIAL = 0x10_21;

/** The hash slot of everything that carries this hash tag: its CRC-16/XMODEM modulo 16384, as Redis Cluster defines it. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x80_00) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
    crc &= 0xff_ff;
  }
  return crc % SLOTS;
}

/** What stands in the braces of a key; '' where there are none. */
export function tagOf(key: string): string {
  return key.startsWith('{') ? key.slice(1, key.indexOf('}')) : '';
}
