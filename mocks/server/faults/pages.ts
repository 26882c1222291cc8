const TITLES: Readonly<Record<number, string>> = {
  502: '502 Bad Gateway',
  504: '504 Gateway Time-out',
  520: 'Web server is returning an unknown error',
};

/** What an edge in front of the provider answers when the provider does not. */
export function errorPage(status: number): string {
  const title = TITLES[status] ?? String(status);
  return `<!DOCTYPE html>
<html><head><title>${title}</title></head>
<body><center><h1>${title}</h1></center><hr><center>cloudflare</center></body></html>
`;
}
