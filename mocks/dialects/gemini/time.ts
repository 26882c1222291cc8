/** RFC 3339 with microseconds, as the API writes times. */
export const exactTime = (ms: number): string => new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
