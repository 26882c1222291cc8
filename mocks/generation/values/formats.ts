import { isoDate, isoMoment } from '../question/dates.ts';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const EMAIL = /^\w{1,40}(?:[.+-]\w{1,40}){0,4}@[A-Za-z\d]{1,40}(?:-[A-Za-z\d]{1,40}){0,3}(?:\.[A-Za-z\d]{2,40}){1,4}$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

const isPage = (text: string): boolean =>
  /^https?:\/\/[!-~]+$/.test(text) && !/[<>"{}|\\^`]/.test(text) && URL.canParse(text);

/** Only formats whose texts stand in prompts. */
const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  uuid: (text) => UUID.test(text),
  email: (text) => EMAIL.test(text),
  date: (text) => isoDate(text) === text,
  time: (text) => TIME.test(text),
  'date-time': (text) => isoMoment(text) === text,
  uri: isPage,
  url: isPage,
};

/** Whether a text of the prompt has a format for sure; any text has none. */
export function formatted(format: unknown, text: string): boolean {
  return format === undefined || (typeof format === 'string' && CHECKS[format]?.(text) === true);
}
