/** What a call gives when Redis did not answer: to be treated as "not known", never as "not there". */
export const UNAVAILABLE: unique symbol = Symbol('redis unavailable');
export type Unavailable = typeof UNAVAILABLE;
