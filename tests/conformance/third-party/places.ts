import { describe, inject } from 'vitest';

/** Tests of a client that need to know nothing but the base URL to talk to. */
export type Suite = (baseURL: string) => void;

const [mock] = inject('mockUrls');

const PLACES: Readonly<Record<string, string>> = {
  'the mock alone': `${mock}/v1`,
  'the mock behind the proxy': `${inject('proxyUrl')}/v1`,
};

/** Runs a suite twice, unchanged. What it expects are the mock's texts: a live run has nothing to say here. */
export function inBothPlaces(suite: Suite): void {
  for (const [place, baseURL] of Object.entries(PLACES)) {
    describe.skipIf(inject('live'))(place, () => suite(baseURL));
  }
}
