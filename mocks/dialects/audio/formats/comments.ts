import { spokenTag } from '../spoken.ts';

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The comment block that Opus and FLAC share (Xiph's Vorbis comments). */
export function xiphComments(text: string): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(1);
  return Buffer.concat([counted('llmproxy'), count, counted(`DESCRIPTION=${spokenTag(text)}`)]);
}
