import nock from 'nock';
import { afterEach } from 'vitest';

// nock speaks first, with the address in the message; loopback-only.ts stands behind it for clients nock does not see.
nock.disableNetConnect();
nock.enableNetConnect(/^(?:127\.0\.0\.1|localhost|\[?::1\]?)(?::\d+)?$/);
afterEach(() => nock.cleanAll());
