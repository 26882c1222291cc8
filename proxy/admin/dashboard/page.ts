import { createHash } from 'node:crypto';
import { ENTRY, IMPORT_MAP } from './assets.ts';

const hash = createHash('sha256').update(IMPORT_MAP).digest('base64');

/** Nothing from elsewhere, nothing inline but the import map. */
const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${hash}'`,
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** The one page; it is the same for all and holds no data. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>llmproxy</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/admin/assets/vendor.css">
<link rel="stylesheet" href="/admin/assets/style.css">
<script type="importmap">${IMPORT_MAP}</script>
<script type="module" src="/admin/assets/${ENTRY}"></script>
</head>
<body>
<div id="app"><noscript>The dashboard needs JavaScript. <code>llmproxy status</code> shows the same on a terminal.</noscript></div>
</body>
</html>
`;
