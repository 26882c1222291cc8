import { spokenTag } from '../spoken.ts';

/** Lengths of ID3 have seven bits a byte. */
function synchsafe(length: number): Buffer {
  return Buffer.from([(length >> 21) & 127, (length >> 14) & 127, (length >> 7) & 127, length & 127]);
}

/** An ID3v2.4 tag whose one frame is a user text: what goes before MPEG audio to say what it is. */
export function id3(text: string): Buffer {
  const content = Buffer.from(`\0speech\0${spokenTag(text)}`, 'latin1');
  const frame = Buffer.concat([Buffer.from('TXXX'), synchsafe(content.length), Buffer.alloc(2), content]);
  return Buffer.concat([Buffer.from('ID3'), Buffer.from([4, 0, 0]), synchsafe(frame.length), frame]);
}
