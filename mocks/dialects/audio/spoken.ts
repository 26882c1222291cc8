/** Between these the text of a speech file stands, as base64url: who transcribes the file later reads it back. */
const OPENING = 'llmproxy-text=';
const CLOSING = ';';

const WORDS_PER_SECOND = 2.5;
const SHORTEST_SECONDS = 0.4;
const LONGEST_SECONDS = 30;

/** Speech before it has a file format. */
export interface Speech {
  readonly text: string;
  readonly seconds: number;
}

/** How long it takes to say a text. `speed` 1 is normal; 2 takes half the time. At most 30 seconds are made. */
export function spoken(text: string, speed = 1): Speech {
  const words = text.split(/\s+/).filter((word) => word !== '').length;
  const seconds = Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, words / WORDS_PER_SECOND / speed));
  return { text, seconds: Math.round(seconds * 100) / 100 };
}

/** What a file's comment says, so that {@link spokenText} finds it. */
export function spokenTag(text: string): string {
  return `${OPENING}${Buffer.from(text).toString('base64url')}${CLOSING}`;
}

/** The text of a speech file that was made here; `undefined` for any other. */
export function spokenText(file: Buffer): string | undefined {
  const at = file.indexOf(OPENING);
  const start = at + OPENING.length;
  const end = at === -1 ? -1 : file.indexOf(CLOSING, start);
  return end === -1 ? undefined : Buffer.from(file.toString('latin1', start, end), 'base64url').toString();
}
