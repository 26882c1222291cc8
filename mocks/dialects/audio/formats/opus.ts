import type { Speech } from '../spoken.ts';
import { checksum } from './checksum.ts';
import { xiphComments } from './comments.ts';

const SERIAL = 0x6c6c6d70;
const POLYNOMIAL = 0x04c11db7;
/** Opus counts time at 48 kHz, whatever the rate of the sound. */
const FRAME_SAMPLES = 960;
const FRAME_SECONDS = 0.02;
/** 20 ms of silence. */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
const PACKETS_A_PAGE = 50;
const BEGIN = 2;
const END = 4;

interface Page {
  readonly number: number;
  readonly flags: number;
  readonly samples: number;
  readonly packets: readonly Buffer[];
}

/** Lengths of packets: full segments of 255, then the rest. */
function segments(packets: readonly Buffer[]): readonly number[] {
  return packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255]);
}

/** An Ogg page (RFC 3533). */
function page({ number, flags, samples, packets }: Page): Buffer {
  const lengths = segments(packets);
  const head = Buffer.alloc(27);
  head.write('OggS', 0, 'latin1');
  head[5] = flags;
  head.writeBigUInt64LE(BigInt(samples), 6);
  head.writeUInt32LE(SERIAL, 14);
  head.writeUInt32LE(number, 18);
  head[26] = lengths.length;
  const whole = Buffer.concat([head, Buffer.from(lengths), ...packets]);
  whole.writeUInt32LE(checksum(whole, 32, POLYNOMIAL), 22);
  return whole;
}

function identification(): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 0, 'latin1');
  head.set([1, 1], 8);
  head.writeUInt16LE(312, 10);
  head.writeUInt32LE(24_000, 12);
  return head;
}

/** Silence as Opus in Ogg (RFC 7845). */
export function opus({ text, seconds }: Speech): Buffer {
  const count = Math.ceil(seconds / FRAME_SECONDS);
  // The comments must fit into one page: what is longer goes unread.
  const tags = Buffer.concat([Buffer.from('OpusTags'), xiphComments(text.slice(0, 4096))]).subarray(0, 254 * 255);
  const pages = Array.from({ length: Math.ceil(count / PACKETS_A_PAGE) }, (_, at) => {
    const packets = Math.min(PACKETS_A_PAGE, count - at * PACKETS_A_PAGE);
    const before = at * PACKETS_A_PAGE + packets;
    return page({
      number: at + 2,
      flags: before === count ? END : 0,
      samples: before * FRAME_SAMPLES,
      packets: Array<Buffer>(packets).fill(SILENCE),
    });
  });
  return Buffer.concat([
    page({ number: 0, flags: BEGIN, samples: 0, packets: [identification()] }),
    page({ number: 1, flags: 0, samples: 0, packets: [tags] }),
    ...pages,
  ]);
}
