/** Loaded into a proxy before its program: its wall clock is a minute ahead. */
const now = Date.now.bind(Date);
Date.now = () => now() + 60_000;
