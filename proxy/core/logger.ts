/** One level of a log: fields first, then a sentence, as pino has it. */
export interface LogMethod {
  (fields: object, message: string): void;
  (message: string): void;
}

/** What every room writes its lines to; it is given one and makes none. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}
