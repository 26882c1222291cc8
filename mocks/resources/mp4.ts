/** File type and movie header (ISO/IEC 14496-12) of a film without a track, 1,000 units a second, then the head of its data. */
const FILM = Buffer.from(
  'AAAAHGZ0eXBpc29tAAACAGlzb21pc28ybXA0MQAAAHRtb292AAAAbG12aGQAAAAAAAAAAAAAAAAAAAPoAAAAAAABAAABAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAACG1kYXQ=',
  'base64',
);
const DURATION_AT = 60;

/** A well-formed film of this length without a track; `mark` lies in its data, so that two films differ. */
export function emptyMp4(seconds: number, mark: string): Buffer {
  const data = Buffer.from(mark);
  const film = Buffer.from(FILM);
  film.writeUInt32BE(seconds * 1000, DURATION_AT);
  film.writeUInt32BE(8 + data.length, film.length - 8);
  return Buffer.concat([film, data]);
}
