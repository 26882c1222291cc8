import type { Dialect } from './signs.ts';

/** What Anthropic, Gemini and Azure say on their own APIs, and gateways that repeat their words. */

export const ANTHROPIC_DIALECT: Dialect = {
  quota: { codes: ['billing_error'], texts: [/^you have reached your specified api usage limits/i] },
  permission: { codes: ['permission_error'], texts: [] },
  // The whole sentence: `model: claude-9`.
  model: { codes: [], texts: [/^model: [\w.:@/-]{1,256}$/] },
  context: { codes: [], texts: [/`?max_tokens`? exceed context limit/i] },
  filter: { codes: [], texts: [/^output blocked by content filtering policy/i] },
  reference: {
    codes: [],
    texts: [
      /^messages\.\d{1,6}\.content\.\d{1,6}: invalid `?(?:signature|data)`? in `?(?:redacted_)?thinking`? block/i,
    ],
  },
};

export const GEMINI_DIALECT: Dialect = {
  passing: { codes: [], texts: [/^quota exceeded for .{0,512}\bper (?:minute|second)/i] },
  key: { codes: ['API_KEY_INVALID', 'API_KEY_EXPIRED', 'ACCESS_TOKEN_EXPIRED'], texts: [] },
  model: {
    codes: [],
    texts: [
      /^(?:models|tunedModels)\/.{1,256} is not found for api version/i,
      /^(?:publisher model|this model) .{1,256} (?:was not found|is no longer available)/i,
    ],
  },
  // Caches, files and signatures belong to the project that made them.
  reference: {
    codes: [],
    texts: [
      /^cachedcontent not found/i,
      /^you do not have permission to access the file\b/i,
      /^(?:corrupted|invalid) thought signature/i,
    ],
  },
  region: {
    codes: [],
    texts: [/^user location is not supported/i, /^gemini api free tier is not available in your country/i],
  },
};

export const AZURE_DIALECT: Dialect = {
  key: { codes: [], texts: [/^access denied due to invalid subscription key/i] },
  permission: {
    codes: ['PermissionDenied'],
    texts: [/^the principal .{1,128} lacks the required data action/i],
  },
  model: {
    codes: ['DeploymentNotFound', 'OperationNotSupported'],
    texts: [/^the \w{1,64} operation does not work with the specified model/i],
  },
  region: { codes: [], texts: [/^access denied due to virtual network\/firewall rules/i] },
};
