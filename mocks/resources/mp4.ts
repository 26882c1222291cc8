/** A box of the ISO base media format: its length, its name, what it holds. */
function box(name: string, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0), 0);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, ...parts]);
}

const TIMESCALE = 1000;

/** Movie header, version 0 (ISO/IEC 14496-12, 8.2.2). */
function movieHeader(milliseconds: number): Buffer {
  const header = Buffer.alloc(100);
  header.writeUInt32BE(TIMESCALE, 12);
  header.writeUInt32BE(milliseconds, 16);
  header.writeUInt32BE(0x00010000, 20);
  header.writeUInt16BE(0x0100, 24);
  for (const [at, value] of [
    [36, 0x00010000],
    [52, 0x00010000],
    [68, 0x40000000],
    [96, 1],
  ] as const) {
    header.writeUInt32BE(value, at);
  }
  return box('mvhd', header);
}

/** A well-formed film of this length without a track; `mark` lies in its data, so that two films differ. */
export function emptyMp4(seconds: number, mark: string): Buffer {
  const brands = Buffer.from('isom\0\0\x02\0isomiso2mp41', 'latin1');
  return Buffer.concat([
    box('ftyp', brands),
    box('moov', movieHeader(seconds * TIMESCALE)),
    box('mdat', Buffer.from(mark)),
  ]);
}

/** One transparent pixel. */
export function emptyWebp(): Buffer {
  return Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');
}
